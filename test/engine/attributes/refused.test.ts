import { afterAll, beforeAll, expect, it } from "vitest";
import { text } from "../../../src/attributes/values/json.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import type { OperationOf } from "../../../src/model/operations/operations.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { FILES } from "../../support/engine/live-tracks.ts";
import { BAD, TOGETHER } from "../../support/fixtures/bad-values.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

let live: Bench;
let name: string;
beforeAll(async () => {
  live = await bench("refused");
  name = live.stack();
  await live.settle(file(), { files: FILES });
});
afterAll(() => live.close());

const file = (web?: JsonObject): JsonObject => ({
  name,
  volumes: { data: {} },
  configs: { motd: { content: "x" } },
  secrets: { password: { file: "password.txt" } },
  containers: { db: { ...IDLE, ipc: "shareable" }, ...(web && { web }) },
});

/** Minutes for all of them: every tenth is tried unless all are asked for. */
const FULL = process.env.STACK_TEST_FULL === "1";

const all: readonly JsonObject[] = [
  ...Object.entries(BAD).flatMap(([attribute, values]) =>
    values.map((value) => ({ [attribute]: value })),
  ),
  ...TOGETHER,
];

const cases = FULL ? all : all.filter((_, index) => index % 10 === 0);

/** `refused` before anything is done, or what the engine makes of it. */
async function outcome(more: JsonObject): Promise<string> {
  const plan = await live
    .plan(file({ ...IDLE, ...more }), { files: FILES })
    .catch((error: Error) => error.message);
  if (typeof plan === "string")
    return plan.startsWith("the stack is invalid") ? "refused" : `broken: ${plan}`;
  if (plan.conflicts.length > 0) return "refused";
  const make = plan.steps.find(
    (step): step is typeof step & OperationOf<"container.create"> =>
      step.operation === "container.create",
  );
  if (!make) return "makes nothing";
  let id: string | undefined;
  try {
    id = text((await live.post(path`/containers/create`, make.body, { name: make.name })).Id);
    await live.post(path`/containers/${id}/start`);
    return "runs";
  } catch (error) {
    return `fails: ${(error as Error).message}`;
  } finally {
    const all = { force: "true", v: "true" };
    if (id) await live.client.delete(path`/containers/${id}`, { query: all });
  }
}

it("no value that an engine would refuse gets as far as a container", async () => {
  const count: Record<string, number> = {};
  const failed: string[] = [];
  for (const each of cases) {
    const [first = "", why = ""] = (await outcome(each)).split(/:(.*)/s);
    count[first] = (count[first] ?? 0) + 1;
    if (first !== "refused" && first !== "runs") failed.push(`${JSON.stringify(each)}: ${why}`);
  }
  console.log(
    `${cases.length} of ${all.length} values of ${Object.keys(BAD).length} attributes:`,
    count,
  );
  expect(failed).toEqual([]);
}, 600_000);
