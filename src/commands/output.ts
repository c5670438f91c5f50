import { spawn } from "node:child_process";

export interface Asked {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until the program is ended. */
  readonly deadline: number;
  /** Bytes of output after which the program is ended. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** What a program wrote, or why it did not do so properly, with its complaints in its own words. */
export type Output =
  | { readonly bytes: Uint8Array }
  | { readonly why: string; readonly bytes: Uint8Array; readonly complaints: string };

/** As much of the complaints as is worth keeping. */
const COMPLAINTS = 4000;

/** Runs a program without a shell and without input; it may ask its user on the terminal. */
export function output(asked: Asked): Promise<Output> {
  const [program = "", ...rest] = asked.argv;
  const { cwd, env, signal } = asked;
  const child = spawn(program, rest, { cwd, env, stdio: ["ignore", "pipe", "pipe"], signal });
  const parts: Buffer[] = [];
  let size = 0;
  let complaints = "";
  return new Promise((resolve) => {
    const settle = (why?: string) => {
      clearTimeout(timer);
      const bytes = Buffer.concat(parts);
      resolve(why === undefined ? { bytes } : { why, bytes, complaints });
    };
    const end = (why: string) => {
      child.kill("SIGKILL");
      // What it has started may hold the pipes open.
      child.stdout.destroy();
      child.stderr.destroy();
      settle(why);
    };
    const seconds = asked.deadline / 1000;
    const timer = setTimeout(() => end(`did not end within ${seconds} s`), asked.deadline);
    child.stdout.on("data", (part: Buffer) => {
      parts.push(part);
      size += part.length;
      if (size > asked.limit) end(`writes more than ${asked.limit} bytes`);
    });
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      complaints = (complaints + part).slice(-COMPLAINTS);
    });
    child.on("error", (error: NodeJS.ErrnoException) => settle(said(error)));
    child.on("close", (code, by) => {
      if (code === 0) settle();
      else settle(by === null ? `ended with exit code ${code}` : `was ended by ${by}`);
    });
  });
}

function said({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "was not found";
  return code === "EACCES" ? "may not be run" : `cannot be run: ${message}`;
}
