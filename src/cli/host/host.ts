import type { Redactor } from "../../attributes/secrets/redactor.ts";
import type { Paint } from "../../render/words/colors.ts";
import type { Content } from "../../system/open-files.ts";
import type { Writing } from "../../system/write-file.ts";
import type { Pipeline } from "./pipeline.ts";

/** Bytes of a file system; `undefined`: it is not on this machine. */
export interface Space {
  readonly free: number;
  readonly total: number;
}

/** A stream that people or programs read. */
interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/**
 * Everything a command may touch outside of itself: time, environment, files, terminal. It comes in
 * here and nowhere else.
 */
export interface CliHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  /** A folder for what later runs of this very build may use again; `undefined`: there is none. */
  readonly cache: string | undefined;
  readonly stdin: { readonly isTTY?: boolean | undefined };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Data: plans, tables, documents. */
  out(text: string): void;
  /** Progress, questions, complaints: wrapped at the width of a terminal. */
  err(text: string): void;
  /** Lines for programs on the same stream, never wrapped. */
  errData(text: string): void;
  readonly paintOut: Paint;
  readonly paintErr: Paint;
  now(): number;
  /** Bytes of the file system under a path; `undefined`: there is no such path here. */
  space(path: string): Space | undefined;
  /** Who runs this, as others are told who meet the lock of a stack. */
  readonly runner: Runner;
  /**
   * Content of a file; `undefined`: there is none. `-` is standard input.
   * @param limit bytes; 16 MiB where it is not given @throws FileError
   */
  read(path: string, limit?: number): Uint8Array | undefined;
  /** Writes a file as `src/system/write-file.ts` has it. `-` is standard output. @throws FileError */
  write(path: string, content: Content, how: Writing): Promise<void>;
  /** One line from the person at the terminal; `undefined`: end of input. */
  ask(question: string): Promise<string | undefined>;
  readonly interrupts: Interrupts;
  /** Every sensitive value that this process has met, to be hidden in text from elsewhere. */
  readonly hidden: Redactor;
  readonly parts: Pipeline;
}

interface Runner {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
}

export interface Interrupts {
  /** Aborted by the first interruption. */
  readonly signal: AbortSignal;
  /**
   * While `work` runs, the first interruption only aborts the signal and is `told`; the second ends
   * the process. Outside of it the first one does.
   */
  guard<T>(told: () => void, work: () => Promise<T>): Promise<T>;
}
