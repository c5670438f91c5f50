import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, expect, test } from "vitest";
import { eventsSchema } from "../../../src/render/json/events-schema.ts";
import { planSchema } from "../../../src/render/json/plan-schema.ts";
import { validationSchema } from "../../../src/render/json/validation-schema.ts";

const root = resolve(import.meta.dirname, "../../..");
const main = join(root, "src/main.ts");
const cwd = mkdtempSync(join(tmpdir(), "stack-"));
afterAll(() => rmSync(cwd, { recursive: true }));

const env = { PATH: process.env.PATH, HOME: cwd, DOCKER_HOST: `unix://${cwd}/none.sock` };

function stack(...args: string[]) {
  return spawnSync(process.execPath, [main, ...args], { cwd, env, encoding: "utf8" });
}

test("for programs, mistakes and errors are data", () => {
  const file = join(cwd, "bad.yaml");
  writeFileSync(file, "name: shop\ncontainers:\n  web: { image: busybox, helthcheck: {} }\n");
  const bad = stack("validate", "-f", file, "--format", "json");
  expect(bad).toMatchObject({ status: 3, stderr: "" });
  const document = JSON.parse(bad.stdout);
  const isValidation = new Ajv2020({ strict: true }).compile(validationSchema);
  isValidation(document);
  expect(isValidation.errors ?? []).toEqual([]);
  expect(document).toMatchObject({
    ...{ valid: false, errorCount: 1, warningCount: 0, files: [file] },
    diagnostics: [
      {
        ...{ severity: "error", code: "unknown-attribute", hint: "did you mean `healthcheck`?" },
        place: { file, line: 3, column: 26, length: 10 },
      },
    ],
  });
  writeFileSync(file, "name: shop\ncontainers: { web: { image: busybox } }\n");
  const good = stack("validate", "-f", file, "--format", "json");
  expect(good).toMatchObject({ status: 0, stderr: "" });
  isValidation(JSON.parse(good.stdout));
  expect(isValidation.errors ?? []).toEqual([]);
  expect(JSON.parse(good.stdout)).toMatchObject({ valid: true, stack: "shop", diagnostics: [] });
  const alone = stack("plan", "-f", file, "--format", "json");
  expect(alone).toMatchObject({ status: 4, stdout: "" });
  expect(JSON.parse(alone.stderr)).toMatchObject({
    ...{ type: "error", code: "unreachable", exitCode: 4 },
  });
  writeFileSync(file, "name: shop\nnetworks: 1\n");
  const wrong = stack("plan", "-f", file, "--format=json");
  expect(wrong).toMatchObject({ status: 3, stdout: "" });
  const lines = wrong.stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([{ type: "diagnostic", code: "wrong-type", place: { line: 2 } }]);
});

test("the process: what it prints, where, and how it ends", () => {
  expect(stack("version")).toMatchObject({ status: 0, stdout: "0.0.0-source\n", stderr: "" });
  expect(stack("--version")).toMatchObject({ status: 0, stdout: "0.0.0-source\n" });
  expect(stack("--help").stdout).toContain("Usage: stack COMMAND");
  expect(stack("completion", "--help").stdout).toContain("Usage: stack completion SHELL");
  expect(stack()).toMatchObject({ status: 1, stdout: "" });
  expect(stack("aply")).toMatchObject({
    status: 1,
    stderr: 'error: no command is named "aply"\n  did you mean `apply`?\n',
  });
  expect(stack("up").stderr).toContain("`stack apply` makes the engine match the stack file");
  expect(stack("--nonsense")).toMatchObject({ status: 1, stdout: "" });
});

test("the starter is a valid stack, and is never overwritten", () => {
  const file = join(cwd, "stack.yaml");
  expect(stack("init")).toMatchObject({ status: 0 });
  expect(stack("validate")).toMatchObject({ status: 0, stderr: "" });
  // The part that is commented out is valid too.
  const starter = readFileSync(file, "utf8");
  const [before = "", after = ""] = starter.split("ends by itself.\n");
  writeFileSync(file, `${before}ends by itself.\n${after.replace(/^ {2}# /gm, "  ")}`);
  expect(stack("validate")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("2 containers"),
  });
  expect(stack("init")).toMatchObject({ status: 1, stderr: expect.stringContaining("exists") });
  expect(readFileSync(file, "utf8")).not.toBe(starter);
});

test("no engine is exit 4, an invalid stack 3", () => {
  expect(stack("plan")).toMatchObject({ status: 4, stdout: "" });
  writeFileSync(join(cwd, "bad.yaml"), "name: shop\ncontainers: {web: {imge: x}}\n");
  const { status, stderr } = stack("plan", "-f", "bad.yaml");
  expect(status).toBe(3);
  expect(stderr).toContain("bad.yaml:2:");
  expect(stack("plan", "-f", "none.yaml").status).toBe(3);
});

test("who stops reading does not make it crash", async () => {
  const child = spawn(process.execPath, [main, "help", "apply"], { cwd, env });
  child.stdout.destroy();
  let complaint = "";
  child.stderr.on("data", (text) => {
    complaint += text;
  });
  const code = await new Promise((done) => child.on("close", done));
  expect({ code, complaint }).toEqual({ code: 0, complaint: "" });
});

const PRINTING = [
  ...[["version"], ["help"], ["help", "apply"], ["schema"], ["explain", "ports"], ["--help"]],
  ...[["completion", "bash"], ["validate"], ["config"], ["config", "--format", "json"]],
];

test.each(PRINTING)("a disk that is full is told in a line: stack %s %s", (...args) => {
  const full = openSync("/dev/full", "w");
  const how = { cwd, env, encoding: "utf8" } as const;
  try {
    const words = args.filter((word) => typeof word === "string");
    const run = spawnSync(process.execPath, [main, ...words], {
      ...how,
      stdio: ["ignore", full, "pipe"],
    });
    expect(run.stderr).toBe("error: the output cannot be written: the disk is full\n");
    expect(run.status).toBe(1);
    const deaf = spawnSync(process.execPath, [main, ...words], {
      ...how,
      stdio: ["ignore", full, full],
    });
    expect(deaf.status).toBe(1);
  } finally {
    closeSync(full);
  }
});

test("complaints that cannot be written do no harm", () => {
  const full = openSync("/dev/full", "w");
  const run = (command: string) =>
    spawnSync(process.execPath, [main, command], { cwd, env, stdio: ["ignore", "pipe", full] });
  expect(run("plan")).toMatchObject({ status: 4 });
  expect(run("version")).toMatchObject({ status: 0 });
  closeSync(full);
});

test("schemas/ holds what the code says", () => {
  for (const [name, schema] of Object.entries({ plan: planSchema, events: eventsSchema })) {
    const text = readFileSync(join(root, `schemas/${name}.schema.json`), "utf8");
    expect(JSON.parse(text), `${name}: run scripts/generate.ts`).toEqual(schema);
  }
});

test("a written file appears as a whole, for its owner alone where it must", async () => {
  const { readFile, writeFile } = await import("../../../src/cli/host/files.ts");
  const path = join(cwd, "x.plan");
  writeFileSync(path, "old", { mode: 0o666 });
  await writeFile(path, "new", { secret: true });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(new TextDecoder().decode(readFile(path))).toBe("new");
  expect(readFile(join(cwd, "none"))).toBeUndefined();
  expect(() => readFile(cwd)).toThrow("it is a folder");
  await expect(writeFile(join(cwd, "no/x"), "", {})).rejects.toThrow("its folder does not exist");
});
