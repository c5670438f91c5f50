/** What the system's error codes mean for whoever named the file (errno(3)). */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "it does not exist",
  EEXIST: "it exists already",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is not a folder",
  ELOOP: "its links go in a circle",
  ENAMETOOLONG: "its name is too long",
  ENXIO: "it is a socket, or nobody is at its other end",
  ENODEV: "its device is not there",
  EBADF: "it is not open",
  EMFILE: "this process has too many files open",
  ENFILE: "the system has too many files open",
  ENOMEM: "there is not enough memory",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "it would be larger than is permitted",
  EROFS: "the file system is read-only",
  EBUSY: "it is in use, or a mount point",
  ETXTBSY: "it is a program that is running",
  EIO: "its device reports an error",
  EPIPE: "nobody reads it any more",
  ESTALE: "its server no longer knows it",
  ETIMEDOUT: "its server does not answer",
  ENOTSUP: "its file system cannot do that",
  EOPNOTSUPP: "its file system cannot do that",
  EXDEV: "it lies on another file system",
  EINVAL: "its file system does not take that name, or cannot do that",
  ERR_INVALID_ARG_VALUE: "its name contains a zero byte",
};

/** An error's code; `undefined`: it has none, so that it is not the system's. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

/** Why a file cannot be used, as a clause. Node writes `CODE: words, call 'path'`. */
export function reasonOf(error: unknown): string {
  if (error instanceof FileError) return error.reason;
  const code = codeOf(error) ?? "";
  const message = error instanceof Error ? error.message : String(error);
  const words = /^[A-Z0-9]+: ([^,]+),/.exec(message)?.[1];
  return REASONS[code] ?? (words === undefined ? message : `${words} (${code})`);
}

/** Whether the file, and not the program, is at fault. */
export function isFault(error: unknown): boolean {
  return error instanceof FileError || codeOf(error) !== undefined;
}

/** Whether it tells that there is no such file. */
export function isAbsence(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** A file that cannot be read or written: a mistake of its user or a state of the machine. */
export class FileError extends Error {
  override readonly name = "FileError";
  /** A clause: `it is a folder`. */
  readonly reason: string;
  readonly path: string;
  /** The system's, where it was the system that refused. */
  readonly code: string | undefined;
  constructor(done: "read" | "written", path: string, cause: unknown) {
    const reason = typeof cause === "string" ? cause : reasonOf(cause);
    const standard = done === "read" ? "standard input" : "standard output";
    const what = path === "-" || path.endsWith("/-") ? standard : path;
    super(`${what} cannot be ${done}: ${reason}`);
    this.reason = reason;
    this.path = path;
    this.code = codeOf(cause);
  }
}
