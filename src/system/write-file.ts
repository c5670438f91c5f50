import { randomBytes } from "node:crypto";
import { lstatSync, readlinkSync, realpathSync, rmSync, type Stats, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { access, constants, copyFile, link, open, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, FileError, isAbsence } from "./file-errors.ts";
import { descriptorOf, oddity } from "./file-kinds.ts";
import { type Content, writeOpen } from "./open-files.ts";

export interface Writing {
  /** Fails where such a file exists. */
  readonly fresh?: boolean;
  /** It may hold values: for its owner alone. */
  readonly secret?: boolean;
  readonly signal?: AbortSignal;
  /** What it is made of, which it may not replace. */
  readonly sources?: readonly string[];
}

const FOR_OWNER = 0o600;
/** As many as Linux follows. */
const MOST_LINKS = 40;
/** Milliseconds between two looks for a reader of a named pipe. */
const SOON = 50;

/**
 * Writes what a command's option names, and harms nothing: an ordinary file is replaced as a whole,
 * with its permissions, behind the links that lead to it; pipes and character devices are written
 * through; folders, sockets and block devices are refused. What fails leaves all as it was.
 * @throws FileError; what the content throws
 */
export async function writeWhole(path: string, content: Content, how: Writing = {}): Promise<void> {
  const given = descriptorOf(path, 1) ?? descriptorBehind(path);
  const told = (error: unknown) => new FileError("written", path, error);
  if (given !== undefined) return writeOpen(given, content, how.signal, told);
  const { file, stats } = destination(path, told);
  if (stats && oddity(stats) !== undefined) return writeThrough(file, stats, content, how, told);
  if (how.fresh && exists(path)) throw told("it exists already");
  if (stats && how.sources?.some((source) => isSame(source, stats)))
    throw told("it is one of the files that were read");
  await replace(file, stats, content, how, told);
}

type Told = (error: unknown) => FileError;

/** Where links lead to, be something there or not. */
function destination(path: string, told: Told): { readonly file: string; readonly stats?: Stats } {
  try {
    return { file: realpathSync(path), stats: statSync(path) };
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw told(error);
    const target = linkTarget(path);
    return target === undefined ? { file: path } : destination(target, told);
  }
}

/** The open file of this process that links lead to, as `log -> /dev/stdout`. */
function descriptorBehind(path: string): number | undefined {
  let at: string | undefined = path;
  for (let count = 0; at !== undefined && count < MOST_LINKS; count++) {
    at = linkTarget(at);
    const given = at === undefined ? undefined : descriptorOf(at, 1);
    if (given !== undefined) return given;
  }
  return undefined;
}

function linkTarget(path: string): string | undefined {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return undefined;
  }
}

function exists(path: string): boolean {
  try {
    return lstatSync(path) !== undefined;
  } catch {
    return false;
  }
}

function isSame(source: string, { dev, ino }: Stats): boolean {
  const stats = statSync(source, { throwIfNoEntry: false });
  return stats?.dev === dev && stats.ino === ino;
}

async function writeThrough(
  file: string,
  stats: Stats,
  content: Content,
  { signal }: Writing,
  told: Told,
): Promise<void> {
  if (!stats.isFIFO() && !stats.isCharacterDevice())
    throw told(stats.isBlockDevice() ? "it is a block device" : (oddity(stats) ?? ""));
  const handle = await opened(file, signal).catch((error: unknown) => {
    throw signal?.aborted ? error : told(error);
  });
  try {
    await writeOpen(handle.fd, content, signal, told);
  } finally {
    await handle.close();
  }
}

/** Waits for the reader of a pipe, as a shell does, but can be interrupted. */
async function opened(file: string, signal: AbortSignal | undefined): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  for (;;) {
    try {
      return await open(file, flags);
    } catch (error) {
      if (codeOf(error) !== "ENXIO" || !statSync(file).isFIFO()) throw error;
      await sleep(SOON, undefined, signal && { signal });
    }
  }
}

async function replace(
  file: string,
  former: Stats | undefined,
  content: Content,
  how: Writing,
  told: Told,
): Promise<void> {
  // In the same folder, so that it is on the same file system; short, whatever the file is called.
  const next = join(dirname(file), `.stack-${randomBytes(6).toString("hex")}.new`);
  const clear = () => rmSync(next, { force: true });
  // Who interrupts a run ends the process at once.
  process.once("exit", clear);
  try {
    // Its folder alone decides about a rename; a file that may not be written stays as it is.
    if (former) await access(file, constants.W_OK);
    const handle = await open(next, "wx", how.secret ? FOR_OWNER : 0o666);
    try {
      await writeOpen(handle.fd, content, how.signal, told);
      if (former) await takeOver(handle, former, how);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await (how.fresh ? place(next, file) : rename(next, file));
    await settled(dirname(file));
  } catch (error) {
    if (error instanceof FileError || codeOf(error) === undefined) throw error;
    throw told(isAbsence(error) ? "its folder does not exist" : error);
  } finally {
    process.off("exit", clear);
    await rm(next, { force: true });
  }
}

/** Whose it was, where the system permits that, and who may read it. */
async function takeOver(handle: FileHandle, former: Stats, { secret }: Writing): Promise<void> {
  await handle.chown(former.uid, former.gid).catch(() => {});
  await handle.chmod(secret ? FOR_OWNER : former.mode & 0o7777);
}

/** Under a name that nothing has. Not every file system knows of two names for one file. */
async function place(next: string, file: string): Promise<void> {
  try {
    await link(next, file);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw error;
    await copyFile(next, file, constants.COPYFILE_EXCL);
  }
}

/** So that a power failure does not bring the former file back; not every system can. */
async function settled(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
