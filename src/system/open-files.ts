import { write as writeSome } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { codeOf, type FileError } from "./file-errors.ts";

/** Text, or bytes as they come. */
export type Content = string | AsyncIterable<Uint8Array>;

const write = promisify(writeSome);
/** Milliseconds before a pipe that was full is tried again. */
const SOON = 10;

/** Writes all to a file that is open. @throws what `told` makes of an error; what the content throws */
export async function writeOpen(
  descriptor: number,
  content: Content,
  signal: AbortSignal | undefined,
  told: (error: unknown) => FileError,
): Promise<void> {
  const parts = typeof content === "string" ? [Buffer.from(content)] : content;
  for await (const part of parts) {
    signal?.throwIfAborted();
    await all(descriptor, part, signal).catch((error: unknown) => {
      throw codeOf(error) === undefined || signal?.aborted ? error : told(error);
    });
  }
}

async function all(descriptor: number, bytes: Uint8Array, signal: AbortSignal | undefined) {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += (await write(descriptor, bytes, at)).bytesWritten;
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      await sleep(SOON, undefined, signal && { signal });
    }
  }
}
