import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FileError } from "../../../src/system/file-errors.ts";
import type { Content } from "../../../src/system/open-files.ts";
import { type Writing, writeWhole } from "../../../src/system/write-file.ts";
import { nodes } from "./nodes.ts";

let made: Awaited<ReturnType<typeof nodes>>;
beforeEach(async () => {
  made = await nodes();
});
afterEach(() => made.close());

const text = (name: string): string => readFileSync(made.path(name), "utf8");
const mode = (name: string): number => statSync(made.path(name)).mode & 0o777;

/** The reason of the refusal, after which every node is as it was. */
async function refused(name: string, content: Content, how: Writing = {}): Promise<string> {
  const before = listing();
  const error = await writeWhole(made.path(name), content, how).catch((error: unknown) => error);
  expect(listing()).toEqual(before);
  if (error instanceof FileError) return error.reason;
  throw error ?? new Error(`${name} was written`);
}

function listing(): unknown {
  return readdirSync(made.folder, { withFileTypes: true }).map((entry) => {
    const { mode, ino, size } = lstatSync(join(made.folder, entry.name));
    return [entry.name, mode, ino, size, entry.isFile() && text(entry.name)];
  });
}

async function* breaking(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("half");
  throw new Error("the source broke off");
}

describe("an ordinary file", () => {
  test("is replaced as a whole, with its permissions and behind its link", async () => {
    await writeWhole(made.path("link"), "new\n");
    expect([text("file"), readlinkSync(made.path("link")), mode("file")]).toEqual([
      "new\n",
      "file",
      0o640,
    ]);
  });

  test("is made where a link leads to none", async () => {
    await writeWhole(made.path("dangling"), "new\n");
    expect([text("absent"), readlinkSync(made.path("dangling"))]).toEqual(["new\n", "absent"]);
  });

  test("that may hold values is for its owner alone, whatever it was before", async () => {
    await writeWhole(made.path("file"), "new", { secret: true });
    await writeWhole(made.path("other"), "new", { secret: true });
    expect([mode("file"), mode("other")]).toEqual([0o600, 0o600]);
  });

  test("that is new follows the umask", async () => {
    const umask = process.umask(0o027);
    await writeWhole(made.path("other"), "new");
    process.umask(umask);
    expect(mode("other")).toBe(0o640);
  });

  test("stays as it was where the content breaks off, and nothing is left beside it", async () => {
    const before = listing();
    for (const name of ["file", "link", "dangling", "other"])
      await expect(writeWhole(made.path(name), breaking())).rejects.toThrow("broke off");
    expect(listing()).toEqual(before);
  });

  test("keeps its owner", async ({ skip }) => {
    skip(process.getuid?.() !== 0, "only root can give a file to somebody else");
    execFileSync("chown", ["1234:1235", made.path("file")]);
    await writeWhole(made.path("file"), "new");
    expect(statSync(made.path("file"))).toMatchObject({ uid: 1234, gid: 1235 });
  });

  test("is not made where one is, if it must be new", async () => {
    for (const name of ["file", "link", "dangling"])
      expect(await refused(name, "x", { fresh: true }), name).toBe("it exists already");
    await writeWhole(made.path("other"), "new", { fresh: true });
    expect(text("other")).toBe("new");
  });

  test("does not replace what it is made of, under no name", async () => {
    const sources = [made.path("file"), made.path("absent")];
    for (const name of ["file", "link", "folder/../file"])
      expect(await refused(name, "x", { sources }), name).toContain("files that were read");
  });

  test("takes a name as long as the system permits", async () => {
    const name = "x".repeat(255);
    await writeWhole(made.path(name), "new");
    expect(text(name)).toBe("new");
    expect(await refused("x".repeat(256), "new")).toBe("its name is too long");
  });
});

test.each([
  ["folder", "it is a folder"],
  ["socket", "it is a socket"],
  ["circle", "its links go in a circle"],
  ["no/file", "its folder does not exist"],
  ["file/x", "a part of its path is not a folder"],
  ["a\0b", "its name contains a zero byte"],
])("%j is refused in words", async (name, reason) => {
  for (const how of [{}, { fresh: true }, { secret: true }])
    expect(await refused(name, "x", how)).toBe(reason);
});

test("a pipe is written through, once somebody reads it", async () => {
  const reader = spawn("cat", [made.path("fifo")], { stdio: ["ignore", "pipe", "ignore"] });
  const read = (async () => Buffer.concat(await reader.stdout.toArray()).toString())();
  const long = "x".repeat(1 << 20);
  await writeWhole(made.path("fifo"), long, { secret: true, fresh: true });
  expect(await read).toHaveLength(long.length);
  expect(lstatSync(made.path("fifo")).isFIFO()).toBe(true);
});

test("a pipe that nobody reads can be given up", async () => {
  const stop = new AbortController();
  const waiting = writeWhole(made.path("fifo"), "x", { signal: stop.signal });
  setTimeout(() => stop.abort(), 100);
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
});

test("a reader that goes away ends it in words", async () => {
  const reader = spawn("head", ["-c", "1", made.path("fifo")], { stdio: "ignore" });
  const error = await writeWhole(made.path("fifo"), "x".repeat(1 << 20)).catch((each) => each);
  expect(error).toMatchObject({ reason: "nobody reads it any more" });
  reader.kill();
});

test("devices are written through, or refused in words, and never replaced", async ({ skip }) => {
  skip(!made.devices, "this user may not make device nodes");
  for (const how of [{}, { fresh: true }, { secret: true }])
    await writeWhole(made.path("null"), "x", how);
  expect(await refused("full", "x")).toBe("the disk is full");
  expect(await refused("disk", "x")).toBe("it is a block device");
  const { mode, rdev } = lstatSync(made.path("null"));
  expect({ kind: mode & 0o170000, rdev }).toEqual({ kind: 0o020000, rdev: 0x103 });
});

test("what the shell has open is written as it is", () => {
  const script = `import { writeWhole } from ${JSON.stringify(join(import.meta.dirname, "../../../src/system/write-file.ts"))};
    for (const path of process.argv.slice(1)) await writeWhole(path, "to " + path + "\\n");`;
  const run = (line: string) =>
    spawnSync("bash", ["-c", line, process.execPath, script], { encoding: "utf8" });
  const node = `"$0" --input-type=module -e "$1"`;
  const all = run(`${node} - /w/- /dev/stdout /dev/fd/1 | cat`);
  expect(all.stdout).toBe("to -\nto /w/-\nto /dev/stdout\nto /dev/fd/1\n");
  const out = made.path("out");
  run(`ln -s /dev/stdout ${out}.link && ln -s ${out}.link ${out}.far`);
  expect(run(`${node} ${out}.far | cat`).stdout).toBe(`to ${out}.far\n`);
  run(`{ echo first; ${node} /dev/stdout; echo last; } > ${out}`);
  expect(readFileSync(out, "utf8")).toBe("first\nto /dev/stdout\nlast\n");
  run(`${node} >(cat > ${out}) | cat`);
  expect(readFileSync(out, "utf8")).toMatch(/^to \/dev\/fd\/\d+\n$/);
  expect(run(`${node} /dev/fd/99`).stderr).toContain("it is not open");
});

test("who has no permission is told so, and nothing changes", ({ skip }) => {
  const root = process.getuid?.() === 0;
  skip(root && spawnSync("setpriv", ["--version"]).status !== 0, "root needs setpriv for this");
  const folder = mkdtempSync(join(tmpdir(), "stack-denied-"));
  chmodSync(folder, 0o777);
  const file = (name: string) => join(folder, name);
  writeFileSync(file("closed"), "old", { mode: 0o444 });
  mkdirSync(file("shut"));
  writeFileSync(file("shut/open"), "old", { mode: 0o666 });
  chmodSync(file("shut"), 0o555);
  const module = join(import.meta.dirname, "../../../src/system/write-file.ts");
  const script = `import { writeWhole } from ${JSON.stringify(module)};
    for (const path of process.argv.slice(1))
      await writeWhole(path, "new").catch((error) => console.log(error.reason));`;
  const node = [process.execPath, "--input-type=module", "-e", script];
  const paths = [file("closed"), file("shut/new"), file("shut/open")];
  const drop = root ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
  const [program = "", ...rest] = [...drop, ...node, ...paths];
  const { stdout } = spawnSync(program, rest, { encoding: "utf8" });
  const left = readdirSync(folder, { recursive: true }).length;
  rmSync(folder, { recursive: true });
  expect({ stdout, left }).toEqual({ stdout: "permission denied\n".repeat(3), left: 3 });
});
