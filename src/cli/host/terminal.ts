import { EXIT } from "./exit-codes.ts";
import type { Interrupts } from "./host.ts";

/** What keeps a stream from being written to; who only stopped reading (`| head`) is none. */
export type Unwritten = (error: NodeJS.ErrnoException) => void;

/**
 * Writes to a stream for as long as someone reads it. Whatever ends that, a reader that is gone or
 * a disk that is full, ends the output and not the work: an apply goes on.
 */
export function writer(stream: NodeJS.WriteStream, unwritten: Unwritten): (text: string) => void {
  let closed = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (closed) return;
    closed = true;
    if (error.code !== "EPIPE" && error.code !== "EIO") unwritten(error);
  });
  return (text) => {
    if (!closed && text !== "") stream.write(text);
  };
}

/**
 * A line of standard input, read in the terminal's own line mode: Ctrl-C stays a signal, where
 * readline's would swallow it.
 */
export async function askLine(question: string): Promise<string | undefined> {
  const { createInterface } = await import("node:readline");
  process.stderr.write(question);
  const reader = createInterface({ input: process.stdin, terminal: false });
  try {
    return await new Promise<string | undefined>((resolve) => {
      reader.once("line", resolve);
      reader.once("close", () => resolve(undefined));
      // Of what cannot be read nothing comes, as of what has ended.
      reader.once("error", () => resolve(undefined));
      process.stdin.once("error", () => resolve(undefined));
    });
  } finally {
    reader.close();
    process.stdin.pause();
  }
}

/** The one reaction to SIGINT and SIGTERM. `leave` ends the process. */
export function interrupts(leave: (code: number) => never): Interrupts {
  const controller = new AbortController();
  let guarding: (() => void) | undefined;
  const react = () => {
    const first = !controller.signal.aborted;
    controller.abort();
    if (!first || !guarding) leave(EXIT.interrupted);
    guarding?.();
  };
  process.on("SIGINT", react);
  process.on("SIGTERM", react);
  return {
    signal: controller.signal,
    async guard(told, work) {
      guarding = told;
      try {
        return await work();
      } finally {
        guarding = undefined;
      }
    },
  };
}
