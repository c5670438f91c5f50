import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import type { Build } from "../../model/build.ts";
import { type Ignore, ignore, type Matched } from "./ignore.ts";

/** A file, folder or symbolic link of a build's context. */
export interface Entry {
  /** From the context's root, with slashes: `src/main.go`. */
  readonly path: string;
  readonly absolute: string;
  readonly type: "file" | "directory" | "symlink";
  /** Permission bits. */
  readonly mode: number;
  readonly size: number;
  readonly changed: Date;
  /** Of a symbolic link: what it says. */
  readonly link?: string;
}

/**
 * The context's entries that are not ignored, sorted. Sockets, pipes and devices are left out. Reads
 * synchronously, which is many times quicker for what is mostly small.
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
  for (const child of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === "" ? child.name : `${folder}/${child.name}`;
    const matched = rules.match(path, parent);
    const ignored = rules.ignored(matched);
    const entry = ignored ? undefined : entryOf(root, path);
    if (entry) found.push(entry);
    if (child.isDirectory() && (!ignored || rules.keepsBelow(path)))
      collect(root, path, matched, rules, found);
  }
}

function entryOf(root: string, path: string): Entry | undefined {
  const absolute = join(root, path);
  const stats = lstatSync(absolute);
  const common = { path, absolute, mode: stats.mode & 0o7777, changed: stats.mtime };
  if (stats.isFile()) return { ...common, type: "file", size: stats.size };
  if (stats.isDirectory()) return { ...common, type: "directory", size: 0 };
  if (!stats.isSymbolicLink()) return undefined;
  return { ...common, type: "symlink", size: 0, link: readlinkSync(absolute) };
}

/** The rules of a folder: those of its Dockerfile alone, else its `.dockerignore`. */
export async function rulesOf(folder: string, dockerfile?: string): Promise<Ignore> {
  const own = dockerfile && (await textOf(`${dockerfile}.dockerignore`));
  return ignore(own ?? (await textOf(join(folder, ".dockerignore"))) ?? "");
}

export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The Dockerfile's path inside the context; `undefined`: it lies elsewhere, or in the stack file. */
export function insideOf({ context, dockerfile }: Build): string | undefined {
  if (dockerfile === undefined) return undefined;
  const path = relative(context, join(dirname(dockerfile), basename(dockerfile)));
  return path.startsWith("..") ? undefined : path.split(sep).join("/");
}
