import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { bytesOf, textOf as textOfBytes } from "../../attributes/values/binary-text.ts";
import type { Build } from "../../model/build.ts";
import { FileError } from "../../system/file-errors.ts";
import { readWhole } from "../../system/read-file.ts";
import { BadPattern, type Ignore, ignore, type Matched } from "./dockerignore.ts";

/** A path for system calls; bytes if it is not valid UTF-8. */
type SystemPath = string | Buffer;

/** A file, folder or symbolic link of a build's context. */
export interface Entry {
  /**
   * Path from the context's root with slashes, such as `src/main.go`. Bytes as text
   * (`attributes/bytes.ts`).
   */
  readonly path: string;
  readonly absolute: SystemPath;
  readonly type: "file" | "directory" | "symlink";
  /** Permission bits. */
  readonly mode: number;
  readonly size: number;
  readonly changed: Date;
  /** Target of a symbolic link. Bytes as text. */
  readonly link?: string;
}

/**
 * The context's entries that are not ignored, sorted by path, without sockets, pipes and devices.
 * Reads synchronously, which is many times faster for small folders.
 */
export function entriesOf(root: string, rules: Ignore): readonly Entry[] {
  const found: Entry[] = [];
  collect(root, "", [], rules, found);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function collect(
  root: string,
  folder: string,
  parent: Matched,
  rules: Ignore,
  found: Entry[],
): void {
  for (const child of children(join(root, folder), folder === "")) {
    const name = readable(child.name);
    const path = folder === "" ? name : `${folder}/${name}`;
    const matched = rules.match(path, parent);
    const ignored = rules.ignored(matched);
    const entry = ignored ? undefined : entryOf(root, path);
    if (entry) found.push(entry);
    if (child.isDirectory() && (!ignored || rules.keepsBelow(path)))
      collect(root, path, matched, rules, found);
  }
}

function children(folder: string, isRoot: boolean) {
  try {
    const how = { withFileTypes: true, encoding: "buffer" } as const;
    return readdirSync(systemPath(folder), how);
  } catch (error) {
    const noFolder = isRoot && (error as NodeJS.ErrnoException).code === "ENOTDIR";
    throw new FileError("read", folder, noFolder ? "it is not a folder" : error);
  }
}

/** Fast path of `textOfBytes` for valid UTF-8. */
function readable(bytes: Buffer): string {
  const text = bytes.toString();
  return /[\uFFFD\uE000\uE001]/.test(text) ? textOfBytes(bytes) : text;
}

function systemPath(path: string): SystemPath {
  return /[\uDC80-\uDCFF]/u.test(path) ? Buffer.from(bytesOf(path)) : path;
}

function entryOf(root: string, path: string): Entry | undefined {
  const absolute = systemPath(join(root, path));
  const stats = lstatSync(absolute);
  const common = { path, absolute, mode: stats.mode & 0o7777, changed: stats.mtime };
  if (stats.isFile()) return { ...common, type: "file", size: stats.size };
  if (stats.isDirectory()) return { ...common, type: "directory", size: 0 };
  if (!stats.isSymbolicLink()) return undefined;
  return { ...common, type: "symlink", size: 0, link: readable(readlinkSync(absolute, "buffer")) };
}

/**
 * The ignore rules of a folder: those beside its Dockerfile if present, else its `.dockerignore`.
 */
export function rulesOf(folder: string, dockerfile?: string): Ignore {
  const own = dockerfile === undefined ? undefined : rulesIn(`${dockerfile}.dockerignore`);
  return own ?? rulesIn(join(folder, ".dockerignore")) ?? ignore("");
}

function rulesIn(file: string): Ignore | undefined {
  const text = textOf(file);
  try {
    return text === undefined ? undefined : ignore(text);
  } catch (error) {
    throw error instanceof BadPattern ? new FileError("read", file, error.message) : error;
  }
}

/** The text of a file; `undefined` if it does not exist. @throws FileError */
export function textOf(path: string): string | undefined {
  return readWhole(path)?.toString();
}

/** The Dockerfile's bytes. @throws FileError if there is no Dockerfile */
export function dockerfileOf({ dockerfile, dockerfile_inline: inline = "" }: Build): Buffer {
  if (dockerfile === undefined) return Buffer.from(inline);
  const bytes = readWhole(dockerfile);
  if (!bytes) throw new FileError("read", dockerfile, "it does not exist");
  return bytes;
}

/**
 * The Dockerfile's path inside the context; `undefined` if it is outside, or inline in the stack
 * file.
 */
export function insideOf({ context, dockerfile }: Build): string | undefined {
  if (dockerfile === undefined) return undefined;
  const path = relative(context, join(dirname(dockerfile), basename(dockerfile)));
  return path.startsWith("..") ? undefined : path.split(sep).join("/");
}
