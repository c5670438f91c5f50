import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import type { Build, BuildSources } from "../../model/build.ts";
import { dockerfileOf, type Entry, entriesOf, insideOf, rulesOf } from "./context-files.ts";

/** Files up to this many bytes are read at once and synchronously, which is faster. */
const WHOLE = 1 << 18;

/**
 * Digests of all client files that a build reads: contents, modes and names, not times or owners.
 * @throws FileError, or the file system's errors
 */
export async function sourcesOf(build: Build): Promise<BuildSources> {
  const { context, dockerfile, additional_contexts = {} } = build;
  const text = dockerfileOf(build);
  const own = insideOf(build);
  const named = entriesOf(context, rulesOf(context, dockerfile));
  const digests = await digestsOf(named.filter(({ path }) => path !== own));
  for (const [name, folder] of Object.entries(additional_contexts)) {
    if (folder.includes("://")) continue;
    const other = await digestsOf(entriesOf(folder, rulesOf(folder)));
    for (const [path, digest] of other) digests.set(`${name}:${path}`, digest);
  }
  const all = [...digests].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    dockerfile: createHash("sha256").update(text).digest("hex"),
    context: createHash("sha256").update(JSON.stringify(all)).digest("hex"),
    files: Object.fromEntries(all.map(([path, digest]) => [path, digest.slice(0, 6)])),
  };
}

/** Digest of name, mode and content for each entry. */
async function digestsOf(entries: readonly Entry[]): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const entry of entries) {
    const { path, type, mode, size, link = "", absolute } = entry;
    // Permissions of symbolic links mean nothing.
    const bits = type === "symlink" ? 0 : mode;
    const hash = createHash("sha256").update(JSON.stringify([path, type, bits, link]));
    if (type === "file" && size <= WHOLE) hash.update(readFileSync(absolute));
    else if (type === "file")
      for await (const part of createReadStream(absolute)) hash.update(part);
    digests.set(path, hash.digest("base64url"));
  }
  return digests;
}
