import { buffer as drain } from "node:stream/consumers";
import { extract, type Header, pack } from "tar-stream";
import { bytesOf, textOf } from "../../../attributes/values/binary-text.ts";
import type { ObservedFile } from "../../../model/observed-state.ts";
import type { ConfigFile } from "../../../model/stack.ts";
import type { Client } from "./client.ts";
import { path } from "./path.ts";

/** The time of change of what we write: a file that has another was written by somebody else. */
const MADE = new Date(0);

/** The bits of a regular file, without which tar-stream takes the mode 0000 for silence. */
const REGULAR = 0o100_000;
/** Six octal digits are all that tar-stream writes of an id; a larger one needs a record of its own. */
const PLAIN_ID = 0o777_777;

/** Records of the pax format (POSIX.1-2001), which the types of tar-stream do not tell. */
interface Extended {
  readonly pax?: Readonly<Record<string, string>> | null;
}

/** A tar archive of the files, to be unpacked in a folder that holds them all. */
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

/** A file inside a container, running or not; `null`: there is none, or it is no regular file. */
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
