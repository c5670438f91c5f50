import { expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import { detectDrift } from "../../../src/planning/drift.ts";
import { plan } from "../../../src/planning/plan.ts";
import { planText } from "../../../src/render/text/plan.ts";
import { paint } from "../../../src/render/words/colors.ts";
import { understand } from "../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../support/simulator/engine.ts";
import { world } from "../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../support/simulator/reconcile.ts";
import type { World } from "../../support/simulator/world.ts";

/*
 * What has been changed in place and is set back in the file leaves the very same traces as what
 * somebody else has changed: neither may be told as the other.
 */

const MIB = 1024 ** 2;
const file = (web: JsonObject): JsonObject => ({
  name: "shop",
  networks: { front: {}, back: {} },
  containers: { web: { image: "busybox:1.36", networks: ["front"], ...web } },
});

async function planned(engine: SimulatedEngine, web: JsonObject) {
  const { stack, secrets } = understand(file(web));
  const seen = await observed(engine, stack, secrets);
  const policy = policyOf({ secrets });
  return { todo: plan(stack, seen, policy), found: detectDrift(stack, seen, policy) };
}

async function applied(engine: SimulatedEngine, web: JsonObject) {
  const { todo } = await planned(engine, web);
  const { errors } = await carriedOut(engine, todo, new Map());
  expect(errors).toEqual([]);
  return todo;
}

const LIMITED = { mem_limit: "64m", memswap_limit: "-1" };
const limited = (there: World, limit: number) =>
  there.update("shop-web-1", { Memory: limit * MIB, MemorySwap: -1 });

it.each<[string, JsonObject, JsonObject, ((there: World) => void)?]>([
  ["mem_limit", LIMITED, { ...LIMITED, mem_limit: "96m" }, (there) => limited(there, 96)],
  ["mem_limit, newly asked", {}, LIMITED, (there) => limited(there, 64)],
  [
    "restart",
    { restart: "no" },
    { restart: "always" },
    (there) => there.update("shop-web-1", { RestartPolicy: { Name: "always" } }),
  ],
  ["cpus", { cpus: 1 }, { cpus: 0.5 }],
  ["pids_limit", { pids_limit: 10 }, { pids_limit: 12 }],
  [
    "networks, one more",
    {},
    { networks: ["front", "back"] },
    (there) => there.connect("shop-web-1", "shop_back", { Aliases: ["web"] }),
  ],
  ["networks, another alias", {}, { networks: { front: { aliases: ["other"] } } }],
  [
    "container_name",
    {},
    { container_name: "other" },
    (there) => there.rename("shop-web-1", "other"),
  ],
  ["state: stopped", {}, { state: "stopped" }, (there) => there.stop("shop-web-1")],
  ["state: paused", {}, { state: "paused" }, (there) => there.pause("shop-web-1", true)],
])("%s: changed in place and set back, or changed by somebody else", async (_, one, other, by) => {
  const engine = new SimulatedEngine(world("1.51"));
  await applied(engine, one);
  const change = await applied(engine, other);
  expect(change.changes.map(({ origin }) => origin)).toEqual(["file"]);
  expect(change.changes[0]?.action).not.toBe("replace");
  const after = await planned(engine, one);

  expect(after.todo.changes.map(({ origin }) => origin)).toEqual(["unknown"]);
  const text = planText(after.todo, paint(false));
  expect(text).not.toContain("changed on the engine");
  expect(after.found.drifted.map(({ address }) => address)).toEqual(["container.web"]);
  if (!by) return;

  const second = new SimulatedEngine(world("1.51"));
  await applied(second, one);
  by(second.world);
  const others = await planned(second, one);
  expect(others.todo.changes.map(({ deltas, origin }) => [origin, deltas])).toEqual(
    after.todo.changes.map(({ deltas, origin }) => [origin, deltas]),
  );
});

it("a job that is done does not run again for what somebody else has changed of it", async () => {
  const engine = new SimulatedEngine(world("1.51"));
  const job = { job: true, ...LIMITED };
  await applied(engine, job);
  const [container] = engine.world.containers;
  Object.assign(container ?? {}, { status: "exited", exitCode: 0 });
  limited(engine.world, 96);
  const { todo } = await planned(engine, job);
  expect(todo.changes).toMatchObject([{ action: "update", origin: "unknown" }]);
  const { todo: again } = await planned(engine, { ...job, mem_limit: "32m" });
  expect(again.changes).toMatchObject([{ action: "replace" }]);
});
