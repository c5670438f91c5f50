import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/model/json.ts";
import type { Step } from "../../../../src/model/plan.ts";
import type { Stack } from "../../../../src/model/stack.ts";
import { plan } from "../../../../src/planning/plan.ts";
import { stackOf } from "../../../support/fixtures/stackfile.ts";
import { type Fault, SimulatedEngine } from "../../../support/simulator/engine.ts";
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
  const waiting = todo.steps.find(
    (step) => step.operation === "container.wait" && step.address.endsWith(".a"),
  );
  engine.fate = ({ id }) => (id === waiting?.id ? "refused" : "fine");
  const { outcome } = await carriedOut(engine, todo, new Map());
  expect(outcome).toBe("rolled_back");
  engine.revive();
  const again = plan(before, await observed(engine, before, new Map()), policyOf());
  expect(again.changes).toEqual([]);
});

describe("containers that swap their names in place", () => {
  const swapped = async (mishap: (step: Step) => Fault, version = "1") => {
    const engine = new SimulatedEngine(world("1.51"));
    const swap = (a: string, b: string, limit: string) =>
      named({ container_name: a, mem_limit: limit }, { container_name: b });
    const before = swap("one", "two", "32m");
    const look = async (stack: Stack) =>
      plan(stack, await observed(engine, stack, new Map()), policyOf());
    await carriedOut(engine, await look(before), new Map());
    const todo = await look(swap("two", "one", version === "1" ? "32m" : "64m"));
    engine.fate = (step) => (todo.steps.some(({ id }) => id === step.id) ? mishap(step) : "fine");
    const { outcome } = await carriedOut(engine, todo, new Map());
    engine.revive();
    return { outcome, left: (await look(before)).changes };
  };

  it("have their own again when one of the renames is refused", async () => {
    for (const to of ["two.swap", "one", "two"]) {
      const refused = await swapped((step) =>
        step.operation === "container.rename" && step.to === to ? "refused" : "fine",
      );
      expect(refused, to).toEqual({ outcome: "rolled_back", left: [] });
    }
  });

  it("have their own again when one is not ready with its changes", async () => {
    const exited = await swapped(
      (step) => (step.operation === "container.wait" ? "exits" : "fine"),
      "2",
    );
    expect(exited).toEqual({ outcome: "rolled_back", left: [] });
  });
});
