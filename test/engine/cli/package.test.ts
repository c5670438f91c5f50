import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, bench, SOCKET } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "stack-package-"));

/** Npm has each version of Node's executable as a package by platform. */
const NODE = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

let live: Bench;
let cli: Shop;
let tarball: string;

beforeAll(async () => {
  live = await bench("package");
  cli = shop();
  // It is built already; to build it anew would pull the program away from other tests.
  npm("pack", ROOT, "--ignore-scripts", "--pack-destination", folder);
  tarball = join(folder, readdirSync(folder).find((file) => file.endsWith(".tgz")) ?? "none");
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  cli.close();
  await live.close();
});

function npm(...args: readonly string[]): string {
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
  return execFileSync("npm", [...args, ...quiet], { cwd: folder, encoding: "utf8" });
}

/** The executable of a version of Node, or why there is none. */
function nodeOf(major: number): { readonly path: string } | { readonly lacks: string } {
  const prefix = join(folder, `node${major}`);
  try {
    npm("install", "--prefix", prefix, "--no-save", `${NODE}@${major}`);
    return { path: join(prefix, "node_modules", NODE, "bin/node") };
  } catch (error) {
    return { lacks: String((error as { readonly stderr?: unknown }).stderr ?? error) };
  }
}

/** Of a fresh install in an empty folder, without the registry. */
function installed(major: number): string {
  const prefix = join(folder, `prefix${major}`);
  mkdirSync(prefix);
  npm("install", "--global", "--offline", "--prefix", prefix, tarball);
  const modules = readdirSync(join(prefix, "lib/node_modules"));
  expect(modules, "the package depends on no other").toEqual(["stackwright"]);
  return join(prefix, "bin/stack");
}

function run(node: string, program: string, args: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: cli.cwd, DOCKER_HOST: `unix://${SOCKET}` };
  const options = { cwd: cli.cwd, env, encoding: "utf8", timeout: 600_000 } as const;
  const { status, stdout, stderr } = spawnSync(node, [program, ...args], options);
  return { status, stdout, stderr };
}

describe("the package, installed into an empty folder,", () => {
  test("has the program, its schemas and the licences of what it contains", () => {
    const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).split("\n");
    for (const file of ["dist/main.js", "dist/stack.js", "dist/third-party-licenses.txt"])
      expect(files).toContain(`package/${file}`);
    for (const schema of readdirSync(join(ROOT, "schemas")))
      expect(files).toContain(`package/schemas/${schema}`);
    const strange = files.filter((file) => /\.ts$|node_modules|\/test\/|\/src\//.test(file));
    expect(strange).toEqual([]);
    console.log(`the package has ${Math.round(statSync(tarball).size / 1024)} KiB`);
  });

  test.for([22, 24])("plans and applies a stack on Node %i", async (major, { skip }) => {
    const node = nodeOf(major);
    if ("lacks" in node) return skip(`npm gives no Node ${major} here: ${node.lacks}`);
    const program = installed(major);
    cli.given(live.stack());
    const stack = (...args: readonly string[]) => run(node.path, program, args);
    expect(stack("version")).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: "",
    });
    expect(stack("plan", "--detailed-exitcode")).toMatchObject({ status: 2 });
    expect(stack("apply", "--yes", "--detach")).toMatchObject({ status: 0 });
    expect(stack("plan", "--detailed-exitcode")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("No changes."),
    });
    expect(stack("destroy", "--yes")).toMatchObject({ status: 0 });
  });

  test("says on Node 20 which version it needs", ({ skip }) => {
    const node = nodeOf(20);
    if ("lacks" in node) return skip(`npm gives no Node 20 here: ${node.lacks}`);
    expect(run(node.path, join(ROOT, "dist/main.js"), ["version"])).toEqual({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^error: stack needs Node 22\.13 or later; this is 20\..*\n {2}Install a current LTS /,
      ),
    });
  });
});
