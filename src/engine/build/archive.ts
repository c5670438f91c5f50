import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";
import type { Build } from "../../model/build.ts";
import { type Entry, entriesOf, insideOf, rulesOf, textOf } from "./context.ts";

export interface ContextArchive {
  readonly tar: Readable;
  /** The Dockerfile's path in the archive. */
  readonly dockerfile: string;
  /** Settles once all is read; rejects where a file cannot be. */
  readonly done: Promise<void>;
}

const OUTSIDE = ".dockerfile.stackwright";

/**
 * The context as the classic builder takes it. A Dockerfile that is not part of it goes along under
 * a name that the archive's `.dockerignore` hides from `COPY`, as Docker's own client does.
 */
export async function contextArchive(build: Build): Promise<ContextArchive> {
  const { context, dockerfile, dockerfile_inline: inline = "" } = build;
  const inside = insideOf(build);
  const entries = entriesOf(context, await rulesOf(context, dockerfile));
  const text = dockerfile === undefined ? Buffer.from(inline) : await readFile(dockerfile);
  const rules = (await textOf(`${context}/.dockerignore`)) ?? "";
  const extra: Readonly<Record<string, Buffer | string>> =
    inside === undefined
      ? { [OUTSIDE]: text, ".dockerignore": `${rules}\n${OUTSIDE}\n.dockerignore\n` }
      : {
          // The builder needs them, even where they are ignored.
          ...(entries.some(({ path }) => path === inside) ? {} : { [inside]: text }),
          ...(rules && !entries.some(({ path }) => path === ".dockerignore")
            ? { ".dockerignore": rules }
            : {}),
        };
  const tar = pack();
  const done = fill(tar, entries, extra).catch((error: Error) => {
    tar.destroy(error);
    throw error;
  });
  return { tar: tar as unknown as Readable, dockerfile: inside ?? OUTSIDE, done };
}

async function fill(
  tar: Pack,
  entries: readonly Entry[],
  extra: Readonly<Record<string, Buffer | string>>,
): Promise<void> {
  for (const [name, content] of Object.entries(extra))
    tar.entry({ name, uid: 0, gid: 0, mode: 0o644 }, content);
  for (const { path, absolute, type, mode, size, changed, link } of entries) {
    if (Object.hasOwn(extra, path)) continue;
    // With the bit of a regular file, since tar-stream takes the mode 0000 for silence.
    const header = {
      name: path,
      type,
      mode: mode | 0o100_000,
      mtime: changed,
      uid: 0,
      gid: 0,
      size,
    };
    if (type === "file") await pipeline(createReadStream(absolute), tar.entry(header));
    else tar.entry(link === undefined ? header : { ...header, linkname: link });
  }
  tar.finalize();
}

/** Empty where it cannot be read any more: it only serves to tell a line. */
export async function dockerfileText({ dockerfile, dockerfile_inline: inline }: Build) {
  if (dockerfile === undefined) return inline ?? "";
  return readFile(dockerfile, "utf8").catch(() => "");
}
