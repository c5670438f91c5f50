import { readFileSync, statfsSync, writeFileSync } from "node:fs";
import type { Around } from "./around.ts";
import { EXIT, Stop } from "./exit.ts";
import { replaceFile } from "./own-files.ts";

const WHY: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EPERM: "no permission",
  EISDIR: "it is a folder",
  EEXIST: "it exists already",
  ENOENT: "its folder does not exist",
  ENOTDIR: "a part of its path is not a folder",
  ENOSPC: "the disk is full",
  EROFS: "the file system is read-only",
};

/** `-` is standard input. */
export const readFile: Around["read"] = (path) => {
  try {
    return readFileSync(path === "-" || path.endsWith("/-") ? 0 : path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw failure(`${path} can not be read`, error);
  }
};

export const writeFile: Around["write"] = (path, text, { fresh = false, secret = false }) => {
  const mode = secret ? 0o600 : 0o644;
  try {
    if (fresh) writeFileSync(path, text, { flag: "wx", mode });
    else replaceFile(path, text, mode);
  } catch (error) {
    throw failure(`${path} can not be written`, error);
  }
};

export const spaceUnder: Around["space"] = (path) => {
  try {
    const { bsize, bavail, blocks } = statfsSync(path);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return undefined;
  }
};

/** Whether it tells that there is no such file. */
export function isAbsence(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}

function failure(what: string, error: unknown): Stop {
  const code = codeOf(error);
  return new Stop(EXIT.failed, `${what}: ${WHY[code ?? ""] ?? (error as Error).message}`);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
