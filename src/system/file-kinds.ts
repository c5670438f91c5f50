import type { Stats } from "node:fs";

/** What is no ordinary file, in words; `undefined`: it is one. */
export function oddity(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "it is a folder";
  if (stats.isFIFO()) return "it is a named pipe";
  if (stats.isSocket()) return "it is a socket";
  return "it is a device";
}

/** Linux' number of /dev/null, wherever its node is. */
const NULL_DEVICE = 0x103;

/** The device that is always empty, and takes everything. */
export function isNull(path: string, stats: Stats): boolean {
  return stats.isCharacterDevice() && (path === "/dev/null" || stats.rdev === NULL_DEVICE);
}

/**
 * The open file of this process that a path stands for, as of `<(...)` in a shell; `undefined`: it
 * names a file. `-` is standard input or output, also as the last part of an absolute path.
 */
export function descriptorOf(path: string, dash: 0 | 1): number | undefined {
  if (path === "-" || path.endsWith("/-")) return dash;
  const standard = ["/dev/stdin", "/dev/stdout", "/dev/stderr"].indexOf(path);
  if (standard >= 0) return standard;
  const [, number] = /^\/(?:dev|proc\/self)\/fd\/(\d{1,6})$/.exec(path) ?? [];
  return number === undefined ? undefined : Number(number);
}
