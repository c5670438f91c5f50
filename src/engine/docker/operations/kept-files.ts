import { dirname } from "node:path/posix";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";

/** A file by its path, as an archive of the engine's; `undefined`: it was not there. */
export type KeptFiles = Map<string, Buffer | undefined>;

/** Reads files of a container, running or not, whole: with owner, mode and time. */
export async function keepFiles(
  client: Client,
  container: string,
  files: readonly string[],
  kept: KeptFiles,
  signal: AbortSignal,
): Promise<void> {
  for (const file of files) {
    const query = { path: file };
    const to = path`/containers/${container}/archive`;
    kept.set(file, await client.raw(to, { query, accept: [404], signal }));
  }
}

/** Writes them as they were, where the container is still there. Gives those that were not. */
export async function putFilesBack(
  client: Client,
  container: string,
  files: readonly string[],
  kept: KeptFiles,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const known = files.filter((file) => kept.has(file));
  for (const file of known) {
    const archive = kept.get(file);
    if (!archive) continue;
    const query = { path: dirname(file) };
    const to = path`/containers/${container}/archive`;
    await client.put(to, archive, { query, accept: [404], signal });
  }
  return known.filter((file) => kept.get(file) === undefined);
}
