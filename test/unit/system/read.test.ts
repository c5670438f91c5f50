import { spawnSync } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FileError, reasonOf } from "../../../src/system/file-errors.ts";
import { LARGEST_TEXT, readWhole } from "../../../src/system/read-file.ts";
import { nodes } from "./nodes.ts";

let made: Awaited<ReturnType<typeof nodes>>;
beforeAll(async () => {
  made = await nodes();
});
afterAll(() => made.close());

const main = resolve(import.meta.dirname, "../../../src/main.ts");

function failure(path: string, limit?: number): FileError {
  try {
    readWhole(path, limit);
  } catch (error) {
    if (error instanceof FileError) return error;
    throw error;
  }
  throw new Error(`${path} was read`);
}

test("files are read through links, and absence is no failure", () => {
  expect(readWhole(made.path("file"))?.toString()).toBe("old\n");
  expect(readWhole(made.path("link"))?.toString()).toBe("old\n");
  for (const name of ["absent", "dangling", "file/x"])
    expect(readWhole(made.path(name)), name).toBeUndefined();
  expect(readWhole("/proc/self/status")?.toString()).toContain("Name:");
});

test.each([
  ["folder", "it is a folder"],
  ["fifo", "it is a named pipe"],
  ["socket", "it is a socket"],
  ["circle", "its links go in a circle"],
  ["x".repeat(300), "its name is too long"],
  ["a\0b", "its name contains a zero byte"],
])("what is no file is refused in words: %s", (name, reason) => {
  expect(failure(made.path(name))).toMatchObject({ reason, path: made.path(name) });
});

test("devices are refused, but for the empty one", ({ skip }) => {
  skip(!made.devices, "this user may not make device nodes");
  expect(readWhole(made.path("null"))).toHaveLength(0);
  for (const name of ["zero", "full", "disk"])
    expect(failure(made.path(name)).reason, name).toBe("it is a device");
});

describe("the limit", () => {
  test("is told, and holds to the byte", () => {
    const path = made.path("long");
    writeFileSync(path, "x".repeat(100));
    expect(readWhole(path, 100)).toHaveLength(100);
    expect(failure(path, 99).reason).toBe("it is larger than 99 bytes");
    const handle = openSync(made.path("huge"), "w");
    closeSync(handle);
    spawnSync("truncate", ["-s", "1T", made.path("huge")]);
    expect(failure(made.path("huge")).reason).toBe(`it is larger than ${LARGEST_TEXT >> 20} MiB`);
  });

  test.each(["-f", "--var-file"])(
    "ends a %s that never ends",
    (option) => {
      const file = made.path("stack.yaml");
      writeFileSync(file, "name: shop\ncontainers: { web: { image: a } }\n");
      const script = `exec "$0" "$1" validate ${option === "-f" ? "" : `-f ${file}`} ${option} <(cat /dev/zero)`;
      const env = { PATH: process.env.PATH, HOME: made.folder };
      const { status, stderr } = spawnSync("bash", ["-c", script, process.execPath, main], {
        ...{ env, cwd: made.folder, encoding: "utf8", timeout: 30_000 },
      });
      expect({ status, stderr }).toMatchObject({
        status: 3,
        stderr: expect.stringContaining("it is larger than 16 MiB"),
      });
    },
    40_000,
  );
});

test("what the shell hands over is read, and relative paths start from the working folder", () => {
  writeFileSync(made.path("page.txt"), "hello");
  const text =
    "name: shop\nconfigs: { page: { file: page.txt } }\ncontainers: { web: { image: a } }\n";
  const source = join(made.folder, "given.yaml");
  writeFileSync(source, text);
  const env = { PATH: process.env.PATH, HOME: made.folder };
  for (const form of [
    `-f <(cat ${source})`,
    `-f - < ${source}`,
    `-f /dev/stdin < ${source}`,
    `-f /dev/fd/5 5< ${source}`,
    `-f /proc/self/fd/5 5< ${source}`,
  ]) {
    const script = `exec "$0" "$1" validate ${form}`;
    const { status, stdout, stderr } = spawnSync("bash", ["-c", script, process.execPath, main], {
      ...{ env, cwd: made.folder, encoding: "utf8", timeout: 30_000 },
    });
    expect({ form, status, stderr, stdout }).toMatchObject({ form, status: 0, stderr: "" });
  }
});

test("a code that has no words is told with those of the system", () => {
  const error = Object.assign(new Error("ENOLCK: no locks available, open '/x'"), {
    code: "ENOLCK",
  });
  expect(reasonOf(error)).toBe("no locks available (ENOLCK)");
});
