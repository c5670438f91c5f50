import type { Stats } from "node:fs";

// `getBuiltinModule`: the launcher is a module, in which an import evaluates all of node:fs.

/**
 * A new file takes the old one's place in one move: a reader sees the one or the other.
 * @param mode is set as it is: the umask may have narrowed it, never widened
 */
export function replaceFile(path: string, content: string | Uint8Array, mode: number): void {
  const { chmodSync, renameSync, rmSync, writeFileSync } = process.getBuiltinModule("node:fs");
  const next = `${path}.${process.pid}.new`;
  try {
    writeFileSync(next, content, { flag: "wx", mode });
    chmodSync(next, mode);
    renameSync(next, path);
  } finally {
    rmSync(next, { force: true });
  }
}

/**
 * A file of the cache, and when it was written. Refuses one of somebody else: with `sudo`, the home
 * may be another user's, who would choose what root runs.
 * @throws where there is none that is ours
 */
export function readOwn(path: string): { readonly bytes: Buffer; readonly mtimeMs: number } {
  return readIf(path, ({ uid }) => uid === (process.geteuid?.() ?? uid));
}

/**
 * A file that passes a look at it, and when it was written. To open a pipe waits for nobody here.
 * @throws where there is none that passes
 */
export function readIf(path: string, passes: (stats: Stats) => boolean) {
  const fs = process.getBuiltinModule("node:fs");
  const { constants, closeSync, fstatSync, openSync, readFileSync } = fs;
  const handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(handle);
    if (!passes(stats)) throw new Error(`${path} is not to be read`);
    return { bytes: readFileSync(handle), mtimeMs: stats.mtimeMs };
  } finally {
    closeSync(handle);
  }
}
