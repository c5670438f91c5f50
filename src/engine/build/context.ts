import { lstat, readdir, readFile, readlink } from "node:fs/promises";
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

/** The context's entries that are not ignored, sorted. Sockets, pipes and devices are left out. */
export async function entriesOf(root: string, rules: Ignore): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  await collect(root, "", [], rules, found);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function collect(
  root: string,
  folder: string,
  parent: Matched,
  rules: Ignore,
  found: Entry[],
): Promise<void> {
  const children = await readdir(join(root, folder), { withFileTypes: true });
  const below = children.flatMap((child) => {
    const path = folder === "" ? child.name : `${folder}/${child.name}`;
    const matched = rules.match(path, parent);
    const ignored = rules.ignored(matched);
    if (ignored && !(child.isDirectory() && rules.keepsBelow(path))) return [];
    return [{ path, matched, ignored, isFolder: child.isDirectory() }];
  });
  await Promise.all(
    below.map(async ({ path, matched, ignored, isFolder }) => {
      if (!ignored) {
        const entry = await entryOf(root, path);
        if (entry) found.push(entry);
      }
      if (isFolder) await collect(root, path, matched, rules, found);
    }),
  );
}

async function entryOf(root: string, path: string): Promise<Entry | undefined> {
  const absolute = join(root, path);
  const stats = await lstat(absolute);
  const common = { path, absolute, mode: stats.mode & 0o7777, changed: stats.mtime };
  if (stats.isFile()) return { ...common, type: "file", size: stats.size };
  if (stats.isDirectory()) return { ...common, type: "directory", size: 0 };
  if (!stats.isSymbolicLink()) return undefined;
  return { ...common, type: "symlink", size: 0, link: await readlink(absolute) };
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
