import { expect, it } from "vitest";
import type { JsonObject } from "../../../../src/model/json.ts";
import { plan } from "../../../../src/planning/plan.ts";
import { stackOf } from "../../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../../support/simulator/engine.ts";
import { world } from "../../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../../support/simulator/reconcile.ts";

const web = { image: "busybox:1.36", network_mode: "none" };
const named = (a: JsonObject, b: JsonObject) =>
  stackOf({ containers: { a: { ...web, ...a }, b: { ...web, ...b } } });

it("names that one gives up in place, and the other by its replacement, are given back", async () => {
  const engine = new SimulatedEngine(world("1.51"));
  const before = named({ container_name: "one" }, { container_name: "two" });
  await carriedOut(
    engine,
    plan(before, await observed(engine, before, new Map()), policyOf()),
    new Map(),
  );
  const after = named({ container_name: "two", command: ["other"] }, { container_name: "one" });
  const todo = plan(after, await observed(engine, after, new Map()), policyOf());
  const waiting = todo.steps.find((step) => step.do === "await" && step.target.endsWith(".a"));
  engine.fate = ({ id }) => (id === waiting?.id ? "refused" : "fine");
  const { outcome } = await carriedOut(engine, todo, new Map());
  expect(outcome).toBe("rolled back");
  engine.revive();
  const again = plan(before, await observed(engine, before, new Map()), policyOf());
  expect(again.changes).toEqual([]);
});
