/**
 * A new file takes the old one's place in one move: a reader sees the one or the other.
 * @param mode is set as it is: the umask may have narrowed it, never widened
 */
export function replaceFile(path: string, content: string | Uint8Array, mode: number): void {
  // Not imported: the launcher is a module, in which an import evaluates all of node:fs.
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
