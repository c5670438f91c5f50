import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { copiedProgram } from "../support/engine/program.ts";

const folder = mkdtempSync(join(tmpdir(), "stack-launch-"));
const home = join(folder, "home");
const kept = join(home, ".cache/stackwright");
const main = copiedProgram(folder);
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home);
});

function stack(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    env: { HOME: home, ...env },
    encoding: "utf8",
    timeout: 20_000,
  });
  return { status, stdout, stderr };
}

const works = { status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: "" };

function cacheOf(command: string): string {
  const [build, ...others] = readdirSync(kept);
  expect(others).toEqual([]);
  return join(kept, build ?? "", command);
}

const rounds = (file: string): number => readFileSync(file).readUInt32LE(4);
const age = (path: string, days: number): void => {
  const then = Date.now() / 1000 - days * 86_400;
  utimesSync(path, then, then);
};

test("a command's code is kept for its next run, by its owner alone", () => {
  expect(stack(["version"])).toEqual(works);
  const file = cacheOf("version");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
  for (const expected of [1, 2, 3, 4, 4]) {
    expect(rounds(file)).toBe(expected);
    expect(stack(["version"])).toEqual(works);
  }
  // Its own for each command, and one for all that no command's name is.
  stack(["schema"]);
  stack(["../../../evil"]);
  expect(readdirSync(join(file, "..")).sort()).toEqual(["schema", "stack", "version"]);
  expect(statSync(cacheOf("schema")).size).toBeGreaterThan(statSync(file).size);
});

test("what has been called since is added, at first and then daily", () => {
  stack(["help"]);
  const file = cacheOf("help");
  const small = statSync(file).size;
  stack(["help", "apply"]);
  expect(statSync(file).size).toBeGreaterThan(small);
  for (let round = 0; round < 3; round += 1) stack(["help"]);
  const learned = statSync(file).mtimeMs;
  stack(["help"]);
  expect(statSync(file).mtimeMs).toBe(learned);
  age(file, 2);
  stack(["help"]);
  expect(statSync(file).mtimeMs).toBeGreaterThan(learned);
});

test.each([
  ["is cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ["has one other bit", (bytes: Buffer) => bytes.fill(bytes.readUInt8(5000) ^ 1, 5000, 5001)],
  ["is empty", () => Buffer.alloc(0)],
  ["is all zeros", (bytes: Buffer) => Buffer.alloc(bytes.length)],
])("a cache that %s is made anew", (_, spoil) => {
  stack(["version"]);
  stack(["version"]);
  const file = cacheOf("version");
  expect(rounds(file)).toBe(2);
  writeFileSync(file, spoil(readFileSync(file)));
  expect(stack(["version"])).toEqual(works);
  expect(rounds(file)).toBe(1);
  expect(stack(["version"])).toEqual(works);
  expect(rounds(file)).toBe(2);
});

test.skipIf(process.getuid?.() !== 0)("what somebody else wrote is not run (needs root)", () => {
  stack(["version"]);
  stack(["version"]);
  const file = cacheOf("version");
  chownSync(file, 65_534, 65_534);
  expect(stack(["version"])).toEqual(works);
  expect(rounds(file)).toBe(1);
  expect(statSync(file).uid).toBe(0);
});

test("what the files came to is kept beside it, and holds until they change", () => {
  const write = (text: string) => writeFileSync(join(folder, "stack.yaml"), text);
  const valid = {
    status: 0,
    stdout: expect.stringContaining("shop is valid (nothing"),
    stderr: "",
  };
  write("name: shop\n");
  // The first run has no folder yet.
  for (let run = 0; run < 2; run += 1) expect(stack(["validate"])).toMatchObject(valid);
  const [name = ""] = readdirSync(cacheOf(".")).filter((each) => each.startsWith("files-"));
  const { mtimeMs, mode } = statSync(cacheOf(name));
  expect(mode & 0o777).toBe(0o600);
  expect(stack(["validate"])).toMatchObject(valid);
  expect(statSync(cacheOf(name)).mtimeMs).toBe(mtimeMs);
  write("name: shop\ncontainers: { web: { image: busybox } }\n");
  const other = { ...valid, stdout: expect.stringContaining("shop is valid (1 container") };
  for (let run = 0; run < 2; run += 1) expect(stack(["validate"])).toMatchObject(other);
  write("name: shop\ncontainer: {}\n");
  const mistake = expect.stringContaining("did you mean");
  for (let run = 0; run < 2; run += 1)
    expect(stack(["validate"])).toMatchObject({ status: 3, stdout: "", stderr: mistake });
});

test("nowhere to keep it is no error", () => {
  writeFileSync(join(home, ".cache"), "");
  expect(stack(["version"])).toEqual(works);
  expect(stack(["version"], { HOME: "/proc/none" })).toEqual(works);
  const own = join(home, "own");
  expect(stack(["version"], { XDG_CACHE_HOME: own })).toEqual(works);
  expect(existsSync(join(own, "stackwright"))).toBe(true);
});

test("what an earlier build kept goes when it was long unused", () => {
  for (const name of ["old", "recent"]) {
    mkdirSync(join(kept, name), { recursive: true });
    writeFileSync(join(kept, name, "plan"), "");
  }
  age(join(kept, "old"), 40);
  age(join(kept, "recent"), 20);
  stack(["version"]);
  expect(readdirSync(kept)).not.toContain("old");
  expect(readdirSync(kept)).toContain("recent");
});

test("a failure is one without a cache too, and the program is as it was built", () => {
  for (let round = 0; round < 2; round += 1) {
    const { status, stderr } = stack(["aply"]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'error: no command is named "aply"\n  did you mean `apply`?\n',
    });
  }
  chmodSync(main, 0o755);
  const direct = spawnSync(main, ["version"], {
    env: { PATH: process.env.PATH, HOME: home },
    encoding: "utf8",
  });
  expect(direct).toMatchObject(works);
});
