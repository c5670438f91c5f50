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

/** Ends a command with a message to its user: nothing is wrong with us. */
export class CliError extends Error {
  override readonly name = "Stop";
  readonly code: ExitCode;
  readonly hint: string | undefined;
  /** Empty message: all has been said already. */
  constructor(code: ExitCode, message = "", hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export interface Exit {
  readonly code: ExitCode;
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
  if (error instanceof CliError) return { code: error.code, message, ...hint };
  if (error.name === "FileError") return { code: EXIT.failed, message, ...hint };
  if (error.name !== "EngineError") return undefined;
  if ("code" in error && error.code === "interrupted") return { code: EXIT.interrupted, message };
  if ("code" in error && error.code === "locked") return { code: EXIT.refused, message, ...hint };
  const connecting = "phase" in error && error.phase === "connect";
  return { code: connecting ? EXIT.unreachable : EXIT.failed, message, ...hint };
}
