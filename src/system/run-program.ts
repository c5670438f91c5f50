import { type ChildProcess, spawn } from "node:child_process";
import { ending } from "../attributes/values/last-lines.ts";

export interface Asked {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What it reads; absent: nothing. */
  readonly input?: string;
  /** Milliseconds until the program is ended; absent: it may take as long as it likes. */
  readonly deadline?: number;
  /** Bytes of output after which the program is ended. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** It may ask its user on the terminal, and so stays in our process group. */
  readonly asks?: boolean;
  /** Milliseconds that it has to end by itself once it is interrupted; absent: none. */
  readonly grace?: number;
  /** Told of its complaints as they come, instead of keeping their end. */
  complains?(part: string): void;
}

/** What a program wrote, or why it did not do so properly, with its complaints in its own words. */
export type Output =
  | { readonly bytes: Uint8Array }
  | {
      readonly why: string;
      /** Its exit code; `null`: it was ended, or never run. */
      readonly code: number | null;
      readonly bytes: Uint8Array;
      readonly complaints: string;
    };

/** Characters of the complaints that are worth keeping. */
const COMPLAINTS = 4000;
/** Characters of complaints after which a program is ended, where nobody follows them. */
const FLOOD = 16 << 20;
/** Milliseconds of silence after its end, in which what it has started may still write. */
const QUIET = 1000;

/**
 * Runs a program without a shell, in a process group of its own: at its deadline, at its limit and
 * when it is not wanted any more, it ends together with all that it has started. What it leaves
 * behind, with its output still open, is not waited for, and ended.
 */
export function output(asked: Asked): Promise<Output> {
  return asked.signal.aborted
    ? Promise.resolve({ why: "was not run", code: null, bytes: Buffer.of(), complaints: "" })
    : new Promise((resolve) => new Running(asked, resolve));
}

class Running {
  readonly #asked: Asked;
  readonly #child: ChildProcess;
  readonly #resolve: (output: Output) => void;
  readonly #parts: Buffer[] = [];
  #size = 0;
  #complaints = "";
  #complained = 0;
  /** Why it was told to end. */
  #told: string | undefined;
  #code: number | null = null;
  #fault: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #over = false;

  constructor(asked: Asked, resolve: (output: Output) => void) {
    const { argv, cwd, env, deadline, signal, input } = asked;
    const [program = "", ...rest] = argv;
    this.#asked = asked;
    this.#resolve = resolve;
    const stdio = [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] as const;
    this.#child = spawn(program, rest, { cwd, env, stdio: [...stdio], detached: !asked.asks });
    signal.addEventListener("abort", this.#interrupted, { once: true });
    if (deadline !== undefined)
      this.#timer = setTimeout(() => this.#late(deadline / 1000), deadline);
    this.#listen(input);
  }

  #listen(input: string | undefined): void {
    const child = this.#child;
    // It may end without having read, and a pipe that breaks is told by its end.
    for (const stream of child.stdio) stream?.on("error", () => {});
    child.stdin?.end(input);
    child.stdout?.on("data", (part: Buffer) => this.#wrote(part));
    child.stderr?.setEncoding("utf8").on("data", (part: string) => this.#complains(part));
    child.on("error", (error) => this.#settle(said(error)));
    child.on("exit", (code, by) => {
      this.#code = code;
      if (code !== 0)
        this.#fault = by === null ? `ended with exit code ${code}` : `was ended by ${by}`;
      if (!this.#over) this.#silence = setTimeout(() => this.#left(), QUIET);
    });
    child.on("close", () => this.#settle(this.#told ?? this.#fault));
  }

  #wrote(part: Buffer): void {
    this.#silence?.refresh();
    this.#size += part.length;
    if (this.#size > this.#asked.limit) this.#end(`writes more than ${this.#asked.limit} bytes`);
    else this.#parts.push(part);
  }

  #complains(part: string): void {
    this.#silence?.refresh();
    if (this.#asked.complains) {
      this.#asked.complains(part);
      return;
    }
    this.#complaints = ending(this.#complaints + part, COMPLAINTS);
    this.#complained += part.length;
    if (this.#complained > FLOOD) this.#end(`writes more than ${FLOOD >> 20} MiB to stderr`);
  }

  readonly #interrupted = (): void => {
    const { grace } = this.#asked;
    if (grace === undefined) this.#end("was interrupted");
    else {
      this.#told = "was interrupted";
      this.#kill("SIGTERM");
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#end("was interrupted"), grace);
    }
  };

  #late(seconds: number): void {
    const gone = this.#child.exitCode !== null || this.#child.signalCode !== null;
    this.#end(
      gone
        ? `has ended, but what it has started still writes after ${seconds} s`
        : `did not end within ${seconds} s`,
    );
  }

  /** What keeps its output open is no service that it has left behind on purpose. */
  #left(): void {
    this.#kill("SIGTERM");
    this.#settle(this.#told ?? this.#fault);
  }

  #end(why: string): void {
    this.#kill("SIGKILL");
    this.#settle(why);
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    const gone = exitCode !== null || signalCode !== null;
    // The number of one that is gone may be another's, but not that of its group while that lives.
    if (pid === undefined || (this.#asked.asks && gone)) return;
    try {
      process.kill(this.#asked.asks ? pid : -pid, signal);
    } catch {
      // Nothing of it is left.
    }
  }

  #settle(why: string | undefined): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#asked.signal.removeEventListener("abort", this.#interrupted);
    for (const stream of this.#child.stdio) stream?.destroy();
    this.#child.unref();
    const bytes = Buffer.concat(this.#parts);
    const complaints = this.#complaints;
    this.#resolve(why === undefined ? { bytes } : { why, code: this.#code, bytes, complaints });
  }
}

function said({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "was not found";
  return code === "EACCES" ? "may not be run" : `cannot be run: ${message}`;
}
