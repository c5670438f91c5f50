/** What a process ends with: the one table (README repeats it). */
export const EXIT = {
  /** Done, or nothing to do. */
  done: 0,
  /** Something failed; also wrong usage. */
  failed: 1,
  /** `plan --detailed-exitcode`: changes are pending. `drift`: there is some. */
  pending: 2,
  /** The stack, its inputs or a saved plan are not valid. */
  invalid: 3,
  /** No engine answers, or it may not be used. */
  unreachable: 4,
  /** Not done on purpose: stale plan, held change, something in the way, no consent, another run. */
  refused: 5,
  /** Something failed, and what ran before runs again. */
  rolledBack: 6,
  /** Ended by SIGINT or SIGTERM. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * The errors of the command line: what each code means, and the status with which the process ends.
 * Errors of an engine have codes of their own (`src/engine/docker/errors`).
 */
export const ERRORS = {
  usage: { status: EXIT.failed, meaning: "Wrong usage: a command, an option or its value." },
  "not-found": {
    status: EXIT.failed,
    meaning: "What the command line names is not in the stack, or not on the engine.",
  },
  failed: { status: EXIT.failed, meaning: "What was done has not led to what was asked." },
  file: { status: EXIT.failed, meaning: "A file cannot be read or written." },
  registry: { status: EXIT.failed, meaning: "A registry that was asked has not answered." },
  internal: { status: EXIT.failed, meaning: "A bug in stack." },
  "no-stack-file": { status: EXIT.invalid, meaning: "There is no stack file, or more than one." },
  "invalid-stack": {
    status: EXIT.invalid,
    meaning: "The stack is not valid; its diagnostics have codes of their own.",
  },
  "invalid-lock-file": {
    status: EXIT.invalid,
    meaning: "The lock file cannot be read, or lacks an image.",
  },
  "invalid-plan": { status: EXIT.invalid, meaning: "A saved plan cannot be read." },
  "invalid-archive": { status: EXIT.invalid, meaning: "An archive cannot be read." },
  "unknown-target": { status: EXIT.invalid, meaning: "A target is not an object of the stack." },
  unreachable: {
    status: EXIT.unreachable,
    meaning: "No engine answers, or none is chosen; often with the code of the connection's error.",
  },
  "stale-plan": {
    status: EXIT.refused,
    meaning: "The engine or the stack has changed since the plan was made.",
  },
  "wrong-engine": { status: EXIT.refused, meaning: "The plan was made for another engine." },
  "missing-input": {
    status: EXIT.refused,
    meaning: "A saved plan needs sensitive values, or files, that are not given.",
  },
  conflict: {
    status: EXIT.refused,
    meaning: "Something that is not the stack's is in the way: see `conflicts` of the plan.",
  },
  "not-confirmed": { status: EXIT.refused, meaning: "Nobody has confirmed what is to be done." },
  "not-on-engine": {
    status: EXIT.refused,
    meaning: "An image is not on the engine as the stack asks for it.",
  },
  exists: { status: EXIT.refused, meaning: "What would be written is there already." },
  "no-lock": { status: EXIT.refused, meaning: "The lock does not exist any more." },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** Ends a command with a message to its user: nothing is wrong with us. */
export class CliError extends Error {
  override readonly name = "Stop";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** Empty message: all has been said already. */
  constructor(code: ErrorCode, message = "", hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/** How a process ends. */
export interface Exit {
  readonly status: ExitCode;
  /** A stable code: of `ERRORS`, or of the engine's errors. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/**
 * The end that an error stands for; `undefined`: a bug of ours. Errors of files and of the
 * engine are told by their names, so that a command need not load what defines them.
 */
export function endingOf(error: unknown): Exit | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  const hint = "hint" in error && typeof error.hint === "string" ? { hint: error.hint } : {};
  if (error instanceof CliError)
    return { status: ERRORS[error.code].status, code: error.code, message, ...hint };
  if (error.name === "FileError") return { status: EXIT.failed, code: "file", message, ...hint };
  if (error.name !== "EngineError") return undefined;
  const code = "code" in error ? String(error.code) : "refused";
  if (code === "interrupted") return { status: EXIT.interrupted, code, message };
  if (code === "locked") return { status: EXIT.refused, code, message, ...hint };
  const connecting = "phase" in error && error.phase === "connect";
  return { status: connecting ? EXIT.unreachable : EXIT.failed, code, message, ...hint };
}
