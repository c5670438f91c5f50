import { expect, it } from "vitest";
import type { JsonObject } from "../../../../src/model/json.ts";
import { plan, planDestroy } from "../../../../src/planning/plan.ts";
import { understand } from "../../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../../support/simulator/engine.ts";
import { world } from "../../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../../support/simulator/reconcile.ts";

/** Keys of volumes and networks, and the names on the engine that they ask for. */
const named = (names: Readonly<Record<string, string>>): JsonObject => {
  const entries = Object.fromEntries(Object.entries(names).map(([key, name]) => [key, { name }]));
  const keyOf = (name: string) => Object.keys(names).find((key) => names[key] === name) ?? "";
  const web = { image: "busybox:1.36", volumes: [`${keyOf("x")}:/x`], networks: [keyOf("x")] };
  return { name: "shop", volumes: entries, networks: entries, containers: { web } };
};

it.each<[string, Record<string, string>]>([
  ["two keys", { a: "y", b: "x", c: "z" }],
  ["three keys in a circle", { a: "y", b: "z", c: "x" }],
  ["a key that goes on, and a new one", { d: "x", a: "y", b: "z" }],
])("%s exchange what they name: nothing is made, and nothing lost", async (_, names) => {
  const engine = new SimulatedEngine(world("1.51"));
  const before = understand(named({ a: "x", b: "y", c: "z" })).stack;
  const first = plan(before, await observed(engine, before, new Map()), policyOf());
  expect((await carriedOut(engine, first, new Map())).errors).toEqual([]);
  const after = understand(named(names)).stack;
  const seen = await observed(engine, after, new Map());
  const { changes, steps, blocked, conflicts } = plan(after, seen, policyOf());
  expect({ changes, steps, held: blocked, conflicts }).toEqual({
    ...{ changes: [], steps: [], held: [], conflicts: [] },
  });
  const gone = planDestroy(after, seen, { ...policyOf(), volumes: true });
  expect((await carriedOut(engine, gone, new Map())).errors).toEqual([]);
  expect(engine.world.volumes).toEqual([]);
});
