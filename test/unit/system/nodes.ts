import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder with one of each kind of node that a path may lead to; never those of /dev. */
export async function nodes() {
  const folder = mkdtempSync(join(tmpdir(), "stack-nodes-"));
  const path = (name: string) => join(folder, name);
  writeFileSync(path("file"), "old\n", { mode: 0o640 });
  symlinkSync("file", path("link"));
  symlinkSync("absent", path("dangling"));
  symlinkSync("circle", path("circle"));
  mkdirSync(path("folder"));
  execFileSync("mkfifo", [path("fifo")]);
  const server = createServer();
  await new Promise<void>((done) => server.listen(path("socket"), done));
  const node = (name: string, kind: string, major: number, minor: number) =>
    execFileSync("mknod", [path(name), kind, String(major), String(minor)], { stdio: "ignore" });
  let devices = true;
  try {
    node("null", "c", 1, 3);
    node("zero", "c", 1, 5);
    node("full", "c", 1, 7);
    node("disk", "b", 7, 250);
  } catch {
    devices = false;
  }
  return {
    folder,
    path,
    /** Whether this user may make device nodes. */
    devices,
    close() {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
