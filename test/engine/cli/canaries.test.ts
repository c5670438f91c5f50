import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, SOCKET } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

/*
 * Sensitive values of every kind, pushed through every output there is, failures above all: of none
 * is a line, or an encoding of one, to be seen.
 */

const mark = () => `canary${randomBytes(6).toString("hex")}`;
const CANARIES: Readonly<Record<string, string>> = {
  plain: mark(),
  lines: `-----BEGIN ${mark()}-----\n${mark()}\n  ${mark()}\n-----END-----`,
  long: Array.from({ length: 110 }, mark).join("/"),
  quotes: `${mark()}"it's" \\n \\"${mark()}\\\\`,
  foreign: `${mark()} é漢😀 <&> ${mark()}`,
  spaces: `  ${mark()}  `,
  dollars: `${mark()}$HOME%41%%s${mark()}`,
  address: `postgres://user:${mark()}@db.example:5432/${mark()}?a=b`,
};
/** What none of the outputs may hold, whatever encodes the rest. */
const marks = (values: Readonly<Record<string, string>>) =>
  Object.values(values).flatMap((value) => value.match(/canary[0-9a-f]{12}/g) ?? []);
const base64 = (text: string) => Buffer.from(text).toString("base64").slice(4, 16);
const hex = (text: string) => Buffer.from(text).toString("hex");

let live: Bench;
let cli: Shop;
beforeAll(async () => {
  live = await bench("canaries");
  cli = shop();
});
afterAll(async () => {
  await live.close();
  cli.close();
});

const env = Object.fromEntries(Object.keys(CANARIES).map((key) => [`V_${key}`, `\${${key}}`]));
const variables = Object.fromEntries(
  Object.keys(CANARIES).map((key) => [key, { type: "string", sensitive: true }]),
);
/** Prints every value, as it is and encoded, in one line and in several. */
const TELL = `for v in ${Object.keys(CANARIES)
  .map((key) => `"$V_${key}"`)
  .join(
    " ",
  )}; do printf '%s\\n' "$v"; printf '%s' "$v" | base64; printf 'x%s' "$v" | base64 -w0; printf '%s' "$v" | hexdump -ve '1/1 "%02x"'; printf '%s' "$v" | sed "s/./&$(printf '\\033[1m')/g"; echo; done`;

/** The same without any program, so that it is over long before a container counts as ready. */
const SHOUT = `for v in ${Object.keys(CANARIES)
  .map((key) => `"$V_${key}"`)
  .join(" ")}; do printf '%s\\n' "$v" "x$v"; done`;

let seen = "";

/** Runs a command, and keeps all that it says. */
async function said(...args: string[]) {
  const ran = await cli.stack(args, { env: { DOCKER_HOST: `unix://${SOCKET}` } });
  seen += ran.stdout + ran.stderr;
  return ran;
}

function given(containers: JsonObject, more: JsonObject = {}): string {
  const name = live.stack();
  cli.write("stack.yaml", JSON.stringify({ name, variables, ...more, containers }));
  return name;
}

function expectNothing(values = CANARIES): void {
  const text = seen;
  seen = "";
  expect(text).toContain("(sensitive value)");
  for (const each of marks(values)) {
    const shown = [each, base64(each), hex(each)].filter((code) => text.includes(code));
    expect(shown).toEqual([]);
  }
  // What a terminal's codes or a line's end break up is put together again.
  const joined = text.replace(/\\u001b\[[0-9;]*m|\u001b\[[0-9;]*m|\s|\\n/g, "");
  expect(marks(values).filter((each) => joined.includes(each))).toEqual([]);
}

const write = (values = CANARIES) => cli.write("values.json", JSON.stringify(values));
const SHORT = { stop_grace_period: "1s", init: true };
const shell = (script: string) => ["sh", "-c", script.replaceAll("$", "$$$$")];

describe("no sensitive value is in what is told of", () => {
  it.each<[string, JsonObject, number]>([
    ["a job that fails", { job: true, command: shell(`${TELL}; exit 3`), environment: env }, 1],
    [
      "a container that does not stay up",
      { command: shell(`${SHOUT}; exit 3`), environment: env },
      1,
    ],
    [
      "a health check that fails",
      {
        ...IDLE,
        environment: env,
        healthcheck: {
          test: ["CMD-SHELL", `${TELL.replaceAll("$", "$$$$")}; exit 1`],
          interval: "200ms",
          retries: 1,
        },
      },
      1,
    ],
    [
      "a hook that fails",
      { ...IDLE, ...SHORT, environment: env, post_start: [{ command: shell(`${TELL}; exit 4`) }] },
      1,
    ],
    [
      "a hook that is given the value",
      {
        ...IDLE,
        ...SHORT,
        post_start: [{ command: shell("echo $A; exit 4"), environment: { A: "${quotes}" } }],
      },
      1,
    ],
    ["a program that is not there", { command: ["${quotes}", "${lines}"], init: false }, 1],
    ["an entrypoint that is not there", { entrypoint: ["/${foreign}"], init: false }, 1],
  ])("%s", async (_, container, status) => {
    const values = write();
    given({ web: { image: IDLE.image, ...container } as JsonObject });
    const inputs = ["--var-file", values];
    expect((await said("apply", "--yes", ...inputs)).status).toBe(status);
    await said("apply", "--yes", "--progress", "json", ...inputs);
    await said("destroy", "--yes", ...inputs);
    expectNothing();
  });

  it("a plan, and all else that reads", async () => {
    const inputs = ["--var-file", write()];
    const configs = { c: { content: "password=${plain}" } };
    const web = { ...IDLE, ...SHORT, environment: env, configs: ["c"] };
    const name = given({ web }, { configs });
    await said("apply", "--yes", ...inputs);
    cli.write(
      "stack.yaml",
      JSON.stringify({ name, variables, configs, containers: { web: { ...web, hostname: "x" } } }),
    );
    write(Object.fromEntries(Object.keys(CANARIES).map((key) => [key, mark()])));
    await said("plan", "--format", "json", "--out", "x.plan", ...inputs);
    seen += readFileSync(join(cli.cwd, "x.plan"), "utf8");
    for (const command of ["plan", "drift", "config", "ps", "doctor", "validate"])
      await said(command, ...inputs);
    await said("destroy", "--yes", ...inputs);
    expectNothing();
  });

  it("values that are rotated: the former ones as well", async () => {
    const former = Object.fromEntries(Object.keys(CANARIES).map((key) => [key, `old${mark()}`]));
    const container = (script: string) => ({
      ...IDLE,
      ...SHORT,
      environment: env,
      pre_stop: [{ command: shell(`${TELL}; exit 5`) }],
      command: shell(script),
    });
    const name = given({ web: container("sleep 3600") });
    await said("apply", "--yes", "--var-file", write(former));
    write();
    expect((await said("apply", "--yes", "--var-file", "values.json")).status).toBe(0);
    cli.write(
      "stack.yaml",
      JSON.stringify({ name, variables, containers: { web: container(`${SHOUT}; exit 3`) } }),
    );
    write(former);
    expect((await said("apply", "--yes", "--var-file", "values.json")).status).toBe(6);
    await said("destroy", "--yes", "--var-file", "values.json");
    expectNothing({
      ...former,
      ...Object.fromEntries(Object.entries(CANARIES).map(([k, v]) => [`x${k}`, v])),
    });
  });

  it("a build that prints them, and fails", async () => {
    const inputs = ["--var-file", write()];
    const script = `for v in ${Object.keys(CANARIES).join(" ")}; do cat "$v"; base64 "$v"; done; exit 7`;
    for (const [key, value] of Object.entries(CANARIES)) cli.write(`context/${key}`, value);
    cli.write("context/Dockerfile", `FROM ${IDLE.image}\nCOPY . /c\nWORKDIR /c\nRUN ${script}\n`);
    given(
      { web: { ...IDLE, image: "app", environment: env } as JsonObject },
      {
        images: { app: { build: "./context" } },
      },
    );
    for (const progress of ["plain", "json"]) {
      const ran = await said("apply", "--yes", "--progress", progress, ...inputs);
      expect(ran.status).toBe(1);
    }
    expectNothing();
  });

  it("a registry that is given a login, and the listings", async () => {
    const inputs = ["--var-file", write()];
    const pair = `me:${CANARIES.plain}`;
    const auth = Buffer.from(pair).toString("base64");
    cli.write(".docker/config.json", { auths: { "127.0.0.1:9": { auth } } });
    const web = { ...IDLE, ...SHORT, environment: env, entrypoint: ["/bin/sh", "-c"] };
    const name = given({ web: { ...web, command: ["touch /x-${plain}; sleep 3600"] } });
    expect((await said("apply", "--yes", ...inputs)).status).toBe(0);
    const made = `${name}:told`;
    const commit = await live.client.post<JsonObject>(
      path`/commit`,
      {},
      {
        query: { container: `${name}-web-1`, repo: name, tag: "told" },
      },
    );
    expect(commit?.Id).toBeDefined();
    for (const format of ["text", "json"])
      for (const listing of [["ps"], ["df"], ["images"], ["changes", "web"], ["history", made]])
        expect((await said(...listing, "--format", format, ...inputs)).status, listing[0]).toBe(0);
    cli.write(
      "stack.yaml",
      JSON.stringify({ name, variables, containers: { web, no: { image: "127.0.0.1:9/a:1" } } }),
    );
    expect((await said("outdated", ...inputs)).status).toBe(1);
    expect((await said("apply", "--yes", ...inputs)).status).toBe(1);
    await said("destroy", "--yes", ...inputs);
    await live.client.delete(path`/images/${reference(made)}`);
    expect(seen).not.toContain(auth);
    expectNothing();
  });

  it("a stack that is imported again", async () => {
    const name = given({ web: { ...IDLE, environment: { URL: "db://${plain}@db", ...env } } });
    await said("apply", "--yes", "--var-file", write());
    await said("import", "--stack", name, "--out", "again.yaml");
    seen += `${readFileSync(join(cli.cwd, "again.yaml"), "utf8")}(sensitive value)`;
    expect(readFileSync(join(cli.cwd, "again.yaml"), "utf8")).toContain("db://${plain}@db");
    await said("destroy", "--yes", "--var-file", "values.json");
    expectNothing();
  });
});

it("nothing of them is kept on this machine", () => {
  expect(existsSync(join(cli.cwd, "stack.lock.yaml"))).toBe(false);
});
