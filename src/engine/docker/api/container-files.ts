import { buffer as drain } from "node:stream/consumers";
import { extract, type Header, pack } from "tar-stream";
import { bytesOf, textOf } from "../../../attributes/values/binary-text.ts";
import type { ObservedFile } from "../../../model/observed-state.ts";
import type { ConfigFile } from "../../../model/stack.ts";
import type { Client } from "./client.ts";
import { path } from "./path.ts";

/**
 * Modification time of files that Stackwright writes. A file with another time was written by
 * somebody else.
 */
const MADE = new Date(0);

/** The file type bit of a regular file; without it tar-stream treats a mode of 0000 as missing. */
const REGULAR = 0o100_000;
/** tar-stream writes IDs with at most six octal digits; a larger one needs a pax record. */
const PLAIN_ID = 0o777_777;

/** Pax records (POSIX.1-2001), which tar-stream's types lack. */
interface Extended {
  readonly pax?: Readonly<Record<string, string>> | null;
}

/** A tar archive of files, relative to a folder that contains them all. */
export function archive(
  files: readonly ConfigFile[],
  folder: string,
): NodeJS.ReadableStream & AsyncIterable<Buffer> {
  const tar = pack();
  for (const { target, uid, gid, mode, content } of files) {
    const entry = {
      name: target.slice(folder.length).replace(/^\/+/, ""),
      uid,
      gid,
      mode: mode | REGULAR,
      mtime: MADE,
      ...(Math.max(uid, gid) > PLAIN_ID ? { pax: { uid: String(uid), gid: String(gid) } } : {}),
    };
    tar.entry(entry, Buffer.from(bytesOf(content)));
  }
  tar.finalize();
  return tar as unknown as NodeJS.ReadableStream & AsyncIterable<Buffer>;
}

/**
 * Reads a file inside a container, running or not; `null` if it is missing or not a regular file.
 */
export async function readFile(
  client: Client,
  container: string,
  file: string,
  signal: AbortSignal,
): Promise<ObservedFile | null> {
  const answer = await client.raw(path`/containers/${container}/archive`, {
    query: { path: file },
    accept: [404],
    signal,
  });
  if (!answer) return null;
  const tar = extract();
  tar.end(answer);
  for await (const entry of tar) {
    const { type, mode = 0, mtime, pax, ...plain } = entry.header as Header & Extended;
    const [uid, gid] = [Number(pax?.uid ?? plain.uid), Number(pax?.gid ?? plain.gid)];
    if (type !== "file") return null;
    const touched = mtime?.getTime() !== MADE.getTime();
    return { uid, gid, mode: mode & 0o7777, content: textOf(await drain(entry)), touched };
  }
  return null;
}
