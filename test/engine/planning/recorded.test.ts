import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { text } from "../../../src/attributes/values/json.ts";
import { type Path, path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import type { ObservedState } from "../../../src/model/observed-state.ts";
import { print } from "../../golden/format-plan.ts";
import { type RecordedCase, recordedCases } from "../../golden/recorded.ts";
import { type Bench, bench } from "../../support/engine/live.ts";

/*
 * What the pure tests take for an engine's answers is what this engine answers: it leads to the same
 * plan. With STACK_TEST_RECORD=1 the answers of an engine of the case's kind are recorded.
 */

const STACK = "recorded";
const ROOT = resolve(import.meta.dirname, "../../..");

let live: Bench;
let info: JsonObject;
beforeAll(async () => {
  live = await bench("recorded");
  info = await live.client.get(path`/info`);
});
afterAll(() => live.close());

// It has one name, which the recorded plans tell: what a run left behind that was killed goes first.
const cleared = async () => void (await live.destroy(STACK));
beforeEach(cleared);
afterEach(cleared);

/** `28.5 with containerd`: the engine as a case names it. */
function kind(): string {
  const [major, minor] = text(info.ServerVersion).split(".");
  const store = /containerd\.snapshotter/.test(JSON.stringify(info.DriverStatus));
  return `${major}.${minor}${store ? " with containerd" : ""}`;
}

/** Without names and folders of this machine. */
function scrubbed(seen: ObservedState): string {
  const own = text(info.DockerRootDir);
  const engine: ObservedState["engine"] = {
    ...seen.engine,
    endpoint: "unix:///var/run/docker.sock",
  };
  const told = JSON.stringify({ ...seen, engine }, undefined, 1).replaceAll(own, "/var/lib/docker");
  const machine = new RegExp(`${ROOT}/\\.engine/[\\w-]+`, "g");
  return `${told.replaceAll(machine, "/run/docker").replaceAll(`"${hostname()}"`, `"machine"`)}\n`;
}

async function stagedCase({ read, since = [] }: RecordedCase): Promise<void> {
  const before = read("before.yaml");
  if (before !== undefined) await live.settle(before);
  for (const [method, to, body] of since)
    await (method === "POST" ? live.post(to as Path, body) : live.client.delete(to as Path));
}

it.for(recordedCases)("what is told of $name leads to the recorded plan", async (one, { skip }) => {
  const recording = process.env.STACK_TEST_RECORD === "1";
  skip(recording && one.engine !== kind(), `it is recorded on engine ${one.engine}`);
  await stagedCase(one);
  const source = one.read("stack.yaml") ?? "";
  const planned = print(await live.plan(source));
  if (recording) {
    writeFileSync(one.path("observed.json"), scrubbed(await live.observe(source)));
    writeFileSync(one.path("plan.txt"), planned);
  }
  expect(planned).toBe(one.read("plan.txt"));
});
