import { text as drain } from "node:stream/consumers";
import { extract, pack } from "tar-stream";
import type { ConfigFile } from "../../model/stack.ts";
import type { Client } from "./client.ts";
import { path } from "./path.ts";

/** A tar archive of the files, to be unpacked at the container's root. */
export function archive(
  files: readonly ConfigFile[],
): NodeJS.ReadableStream & AsyncIterable<Buffer> {
  const tar = pack();
  for (const { target, uid, gid, mode, content } of files) {
    tar.entry({ name: target.replace(/^\/+/, ""), uid, gid, mode, mtime: new Date(0) }, content);
  }
  tar.finalize();
  return tar as unknown as NodeJS.ReadableStream & AsyncIterable<Buffer>;
}

/** A file's text inside a container, running or not; `null`: it is not there. */
export async function readFile(
  client: Client,
  container: string,
  file: string,
  signal: AbortSignal,
): Promise<string | null> {
  const answer = await client.raw(path`/containers/${container}/archive`, {
    query: { path: file },
    accept: [404],
    signal,
  });
  if (answer.length === 0) return null;
  const tar = extract();
  tar.end(answer);
  for await (const entry of tar) return drain(entry);
  return null;
}
