import { resolve } from "node:path";
import { descriptorOf } from "../../system/file-kinds.ts";
import type { CliHost } from "./host.ts";

export interface Destination {
  /** As it was written. */
  readonly file: string;
  /** Absolute, or `-`. */
  readonly path: string;
  /** What people read: stderr where the result itself goes to stdout. */
  tell(text: string): void;
  readonly isStdout: boolean;
}

/** Where `--out FILE` sends a result. */
export function destination(file: string, host: CliHost): Destination {
  const path = absolute(file, host);
  const isStdout = descriptorOf(path, 1) === 1;
  return { file, path, tell: isStdout ? host.err : host.out, isStdout };
}

/** A path of the command line; `-` stays what it is. */
export const absolute = (path: string, { cwd }: Pick<CliHost, "cwd">): string =>
  path === "-" ? path : resolve(cwd, path);
