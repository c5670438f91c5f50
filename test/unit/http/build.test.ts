import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { buildWithBuildx } from "../../../src/engine/docker/build/buildx.ts";
import { vertices } from "../../../src/engine/docker/build/buildx-progress.ts";
import { builderOf, buildxOf } from "../../../src/engine/docker/build/find-buildx.ts";
import type { BuildRequest } from "../../../src/engine/docker/build/request.ts";
import type { Endpoint } from "../../../src/engine/docker/connection/endpoint.ts";
import type { EngineError } from "../../../src/engine/docker/errors/engine-error.ts";
import type { Build } from "../../../src/model/build.ts";

const folder = mkdtempSync(join(tmpdir(), "stack-buildx-"));
afterAll(() => rmSync(folder, { recursive: true }));

const vertex = (name: string, more: object = {}) =>
  JSON.stringify({ vertexes: [{ digest: name, name, started: "now", ...more }] });
const log = (name: string, text: string) =>
  JSON.stringify({ logs: [{ vertex: name, data: Buffer.from(text).toString("base64") }] });

test("BuildKit's progress, step by step", () => {
  const steps = vertices();
  expect(steps.line("ERROR: x")).toBeUndefined();
  expect(steps.line("{no json")).toBeUndefined();
  expect(steps.line(vertex("[internal] load build definition"))).toBe("");
  expect(steps.line(vertex("[2/4] RUN a"))).toBe("step 2 of 4: RUN a");
  expect(steps.line(vertex("[2/4] RUN a", { completed: "now" }))).toBe("");
  expect(steps.line(vertex("[stage-1 1/2] RUN b"))).toBe("step 1 of 2: RUN b");
  expect(steps.line(vertex("[tools 3/3] RUN c"))).toBe("step 3 of 3 of tools: RUN c");
  steps.line(log("[tools 3/3] RUN c", "one\n"));
  steps.line(log("[tools 3/3] RUN c", "two\n"));
  steps.line(vertex("[2/4] RUN a", { error: "context canceled" }));
  expect(steps.failed()).toBeUndefined();
  steps.line(vertex("[tools 3/3] RUN c", { error: "exit code: 1" }));
  expect(steps.failed()).toMatchObject({ instruction: "RUN c", output: "one\ntwo\n" });
});

const UNIX: Endpoint = { kind: "unix", path: "/s", display: "unix:///s", source: "DOCKER_HOST" };
const tcp = (tls: object): Endpoint => ({
  ...{ kind: "tcp", host: "h", port: 443, prefix: "", display: "https://h", source: "--host" },
  tls: { verify: true, ...tls },
});

test("where Docker's client could not go, the classic builder builds", () => {
  const buildx = { env: {}, program: () => "/b" };
  expect(builderOf("Docker/28.5.2", buildx, tcp({ ca: "pem" }))).toEqual({ builder: "buildkit" });
  expect(builderOf("Docker/28.5.2", buildx, tcp({}))).toEqual({
    builder: "classic",
    withoutBuildKit: "docker buildx needs a CA of its own for this connection",
  });
});

test.each([
  ["Docker/28.5.2", "/b", {}, "buildkit", undefined],
  ["Docker/20.10.24", undefined, {}, "classic", "docker buildx was not found"],
  ["Docker/28.5.2", "/b", { DOCKER_BUILDKIT: "0" }, "classic", undefined],
  ["Libpod/5.4.2", "/b", {}, "classic", "the engine is not Docker's"],
])("%s with buildx at %s and %j builds with %s", (server, program, env, builder, why) => {
  const found = builderOf(server, { env, program: () => program }, UNIX);
  expect(found).toEqual({ builder, ...(why && { withoutBuildKit: why }) });
});

test("buildx is found where Docker's client finds it, in its order", () => {
  const home = mkdtempSync(join(tmpdir(), "stack-plugins-"));
  const plugin = (folder: string) => {
    const file = join(home, folder, "docker-buildx");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "#!/bin/sh\n", { mode: 0o755 });
    return file;
  };
  const configs: Record<string, string> = {};
  const found = (env: Record<string, string> = {}) =>
    buildxOf({
      env: { PATH: join(home, "bin"), ...env },
      home,
      readFile: (path) => configs[path],
    }).program();
  const inPath = plugin("bin");
  const system = found();
  expect([inPath, "/usr/libexec/docker/cli-plugins/docker-buildx"]).toContain(system);
  const own = plugin(".docker/cli-plugins");
  expect(found()).toBe(own);
  const extra = plugin("extra");
  configs[join(home, ".docker/config.json")] = JSON.stringify({
    cliPluginsExtraDirs: [join(home, "none"), join(home, "extra")],
  });
  expect(found()).toBe(extra);
  expect(found({ DOCKER_CONFIG: join(home, "other") })).toBe(system);
  configs[join(home, ".docker/config.json")] = "{";
  expect(found()).toBe(own);
  rmSync(home, { recursive: true });
});

/** A program in place of buildx, that writes down how it was called. */
async function called(build: Partial<Build>, endpoint = UNIX, script = "") {
  const file = join(folder, "docker-buildx");
  const out = join(folder, "called");
  const tell = `{ printf '%s\\n' "$@"; echo; env; echo; cat; } > ${out}`;
  writeFileSync(file, `#!/bin/sh\n${tell}\n${script}\n`, { mode: 0o755 });
  const env = { PATH: process.env.PATH, BUILDX_BUILDER: "other", DOCKER_CONTEXT: "there" };
  const order: BuildRequest = {
    work: {
      ...{ operation: "image.build", image: "app", by: "buildkit", bases: [], record: {} },
      build: { context: "/c", ...build },
    },
    labels: { l: "1" },
    context: {
      signal: new AbortController().signal,
      advance: () => {},
      secrets: new Map([["secret.t", "hidden-value"]]),
    },
  };
  await buildWithBuildx(endpoint, { env, program: () => file }, order);
  const { readFileSync } = await import("node:fs");
  const [args = "", variables = "", input = ""] = readFileSync(out, "utf8").split("\n\n");
  return { args: args.split("\n"), variables: variables.split("\n"), input };
}

describe("buildx is called", () => {
  test("with all that is asked", async () => {
    const { args } = await called({
      ...{ dockerfile: "/c/D", args: { A: "1 2" }, target: "t", cache_from: ["c"], shm_size: 5 },
      ...{ network: "host", platform: "linux/amd64", extra_hosts: ["a:1.2.3.4"], tags: ["b:1"] },
      ...{ no_cache: true, ssh: ["default"], additional_contexts: { lib: "/lib" } },
    });
    expect(args.join(" ")).toBe(
      "build --builder default --load --progress rawjson --provenance=false --sbom=false --file /c/D --tag app --tag b:1 --label l=1 --build-arg A=1 2 --build-context lib=/lib --cache-from c --add-host a:1.2.3.4 --ssh default --target t --network host --platform linux/amd64 --shm-size 5 --no-cache /c",
    );
  });

  test("for the engine that was chosen, whatever the environment says", async () => {
    const unix = await called({});
    expect(unix.variables).toContain("DOCKER_HOST=unix:///s");
    expect(unix.variables.filter((each) => /^(DOCKER_CONTEXT|BUILDX_BUILDER)=/.test(each))).toEqual(
      [],
    );
    const context = await called({}, { ...UNIX, source: "context prod" });
    expect(context.variables).toContain("DOCKER_CONTEXT=prod");
    expect(context.variables.filter((each) => each.startsWith("DOCKER_HOST="))).toEqual([]);
  });

  test("with the Dockerfile of the stack file as its input, and secrets in its environment", async () => {
    const secrets = [{ id: "t", content: "\uE000secret.t\uE001" }];
    const { args, variables, input } = await called({ dockerfile_inline: "FROM a\n", secrets });
    expect(input).toBe("FROM a\n");
    expect(args.join(" ")).toContain("--file - ");
    expect(args.join(" ")).toContain("--secret id=t,env=STACK_BUILD_SECRET_0");
    expect(args.join(" ")).not.toContain("hidden-value");
    expect(variables).toContain("STACK_BUILD_SECRET_0=hidden-value");
  });

  test.each<[string, string, RegExp]>([
    ["echo 'ERROR: failed to build: no such builder' >&2; exit 1", "the build", /no such builder$/],
    ["exit 3", "the build", /ended with exit code 3$/],
  ])("and what it says when it fails is told: %s", async (script, step, expected) => {
    const error = (await called({}, UNIX, script).catch((thrown) => thrown)) as EngineError;
    expect(error).toMatchObject({ code: "build-failed", retry: "no" });
    expect(error.message).toMatch(expected);
    expect(error.message.startsWith(step)).toBe(true);
  });
});
