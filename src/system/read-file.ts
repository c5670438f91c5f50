import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  type ReadStream,
  readSync,
  type Stats,
  statSync,
} from "node:fs";
import { codeOf, FileError, isAbsence } from "./file-errors.ts";
import { descriptorOf, isNull, oddity } from "./file-kinds.ts";

/** Bytes up to which stack files, files of variables, Dockerfiles and the like are read. */
export const LARGEST_TEXT = 16 << 20;
const PIECE = 1 << 16;
/** Milliseconds before a descriptor that has nothing yet is asked again. */
const SOON = 10;

/**
 * A whole file; `undefined`: there is none. What has no end, devices and named pipes are refused,
 * but not what is open already: standard input, and the pipe of `<(...)`.
 * @throws FileError
 */
export function readWhole(path: string, limit = LARGEST_TEXT): Buffer | undefined {
  try {
    const given = descriptorOf(path, 0);
    if (given !== undefined) return readOpen(given, path, limit);
    const stats = statSync(path);
    if (isNull(path, stats)) return Buffer.alloc(0);
    refuseOdd(stats, path);
    // A pipe that has taken its place since keeps nobody waiting.
    const handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      refuseOdd(fstatSync(handle), path);
      return pieces(handle, path, limit);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error instanceof FileError ? error : new FileError("read", path, error);
  }
}

/** A file that is read to its end, piece by piece; anything else is refused. @throws FileError */
export function readStream(path: string): ReadStream {
  requireFile(path);
  return createReadStream(path);
}

/** @throws FileError where the path does not lead to an ordinary file */
export function requireFile(path: string): Stats {
  try {
    const stats = statSync(path);
    refuseOdd(stats, path);
    return stats;
  } catch (error) {
    throw error instanceof FileError ? error : new FileError("read", path, error);
  }
}

function refuseOdd(stats: Stats, path: string): void {
  const odd = oddity(stats);
  if (odd !== undefined) throw new FileError("read", path, odd);
}

/** By its name where it is an ordinary file, so that it can be read again, and else as it is. */
function readOpen(descriptor: number, path: string, limit: number): Buffer {
  const named = descriptor > 2 && fstatSync(descriptor).isFile();
  if (!named) return pieces(descriptor, path, limit);
  const handle = openSync(path, constants.O_RDONLY);
  try {
    return pieces(handle, path, limit);
  } finally {
    closeSync(handle);
  }
}

function pieces(descriptor: number, path: string, limit: number): Buffer {
  const stats = fstatSync(descriptor);
  const tooLong = () => new FileError("read", path, `it is larger than ${sizeOf(limit)}`);
  if (stats.isFile() && stats.size > limit) throw tooLong();
  const parts: Buffer[] = [];
  let total = 0;
  for (;;) {
    const part = Buffer.allocUnsafe(Math.max(PIECE, Math.min(stats.size, limit) + 1 - total));
    const read = readSome(descriptor, part);
    if (read === 0) return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    total += read;
    if (total > limit) throw tooLong();
    parts.push(part.subarray(0, read));
  }
}

function readSome(descriptor: number, into: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, into);
    } catch (error) {
      const code = codeOf(error);
      // A terminal's end, as Windows tells it.
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SOON);
    }
  }
}

const sizeOf = (bytes: number): string =>
  bytes % (1 << 20) === 0 ? `${bytes >> 20} MiB` : `${bytes} bytes`;
