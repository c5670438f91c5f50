import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Header, type Pack, pack } from "tar-stream";
import { isBinary } from "../../attributes/values/binary-text.ts";
import type { Build } from "../../model/build.ts";
import { dockerfileOf, type Entry, entriesOf, insideOf, rulesOf, textOf } from "./context-files.ts";
import { foreignNames } from "./foreign-names.ts";

export interface ContextArchive {
  readonly tar: Readable;
  /** The Dockerfile's path in the archive. */
  readonly dockerfile: string;
  /** Resolves when every file has been read; rejects if one cannot be read. */
  readonly done: Promise<void>;
}

const OUTSIDE = ".dockerfile.stackwright";

/**
 * The build context as a tar archive for the classic builder. A Dockerfile from outside the context
 * is added under a name that the archive's `.dockerignore` hides from `COPY`, as Docker's CLI does.
 */
export async function contextArchive(build: Build): Promise<ContextArchive> {
  const { context, dockerfile } = build;
  const inside = insideOf(build);
  const entries = entriesOf(context, rulesOf(context, dockerfile));
  const text = dockerfileOf(build);
  const rules = textOf(`${context}/.dockerignore`) ?? "";
  const extra: Readonly<Record<string, Buffer | string>> =
    inside === undefined
      ? { [OUTSIDE]: text, ".dockerignore": `${rules}\n${OUTSIDE}\n.dockerignore\n` }
      : {
          // The builder needs both files, even if they are ignored.
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
    await small(tar, { name, uid: 0, gid: 0, mode: 0o644 }, content);
  for (const entry of entries) {
    const { path, absolute, type, mode, size, changed, link } = entry;
    if (Object.hasOwn(extra, path)) continue;
    // Written between two entries, which are awaited one by one.
    const told = foreignNames(entry);
    if (told.length > 0) tar.push(told);
    // tar-stream would write its own header for such a name after this one.
    const name = isBinary(path) ? "-" : path;
    const linkname = link !== undefined && isBinary(link) ? "-" : link;
    // Includes the file type bit: tar-stream treats a mode of 0000 as missing.
    const bits = mode | 0o100_000;
    const header = { name, type, mode: bits, mtime: changed, uid: 0, gid: 0, size };
    if (type === "file") await pipeline(createReadStream(absolute), tar.entry(header));
    else await small(tar, linkname === undefined ? header : { ...header, linkname });
  }
  tar.finalize();
}

/** Adds an entry that has little or no content. */
function small(
  tar: Pack,
  header: Partial<Header> & Pick<Header, "name">,
  content?: Buffer | string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    if (content === undefined) tar.entry(header, done);
    else tar.entry(header, content, done);
  });
}

/**
 * The Dockerfile's text, used only to locate a failing line; empty if it cannot be read any more.
 */
export async function dockerfileText(build: Build): Promise<string> {
  try {
    return dockerfileOf(build).toString();
  } catch {
    return "";
  }
}
