import { expect, test } from "vitest";
import type { JsonObject } from "../../../../src/model/json.ts";
import type { Step } from "../../../../src/model/plan.ts";
import { plan } from "../../../../src/planning/plan.ts";
import { stackOf } from "../../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../../support/simulator/engine.ts";
import { world } from "../../../support/simulator/images.ts";
import { carriedOut, observed, policyOf, spell } from "../../../support/simulator/reconcile.ts";

/* Who follows another container is started again after that has come back. */

async function failed(
  containers: (version: string) => Record<string, JsonObject>,
  isFailing: (step: Step) => boolean,
) {
  const engine = new SimulatedEngine(world("1.51"));
  const stackAt = (version: string) => stackOf({ containers: containers(version) });
  const first = stackAt("1");
  const made = plan(first, await observed(engine, first, new Map()), policyOf());
  await carriedOut(engine, made, new Map());
  const ids = engine.world.containers.map(({ id }) => id);
  const second = stackAt("2");
  const todo = plan(second, await observed(engine, second, new Map()), policyOf());
  engine.fate = (step) => (isFailing(step) ? "exits" : "fine");
  engine.performed = [];
  const { outcome } = await carriedOut(engine, todo, new Map(), { concurrency: 4 });
  const did = engine.performed.map(spell).join("\n");
  const now = engine.world.containers.filter(({ id }) => ids.includes(id));
  const named = new Map(now.map((each) => [each.name, each]));
  return {
    outcome,
    named,
    did: `${[...todo.steps, ...todo.rollback].map(spell).join("\n")}\n${did}`,
  };
}

test("a container that is restarted with another starts after it on the way back, too", async () => {
  const { outcome, named, did } = await failed(
    (version) => ({
      db: { image: "busybox:1.36", environment: { V: version } },
      web: {
        image: "busybox:1.36",
        depends_on: { db: { condition: "service_started", restart: true } },
      },
      api: {
        image: "busybox:1.36",
        depends_on: { web: { condition: "service_started", restart: true } },
      },
    }),
    (step) =>
      step.operation === "container.wait" &&
      step.staysReady === true &&
      step.address === "container.db",
  );
  expect(outcome, did).toBe("rolled_back");
  const [db, web, api] = ["db", "web", "api"].map((key) => named.get(`shop-${key}-1`));
  expect([db?.status, web?.status, api?.status], did).toEqual(["running", "running", "running"]);
  expect(web?.started, did).toBeGreaterThan(db?.started ?? 0);
  expect(api?.started, did).toBeGreaterThan(web?.started ?? 0);
});

test("a replica that shares namespaces, and was not begun, runs as before after the way back", async () => {
  const { outcome, named, did } = await failed(
    (version) => ({
      host: { image: "busybox:1.36", environment: { V: version } },
      guest: { image: "busybox:1.36", network_mode: "service:host", replicas: 3 },
    }),
    // By then its predecessor is stopped, and the second and the third guest run on without a network.
    (step) =>
      step.operation === "container.wait" &&
      step.minUptime !== undefined &&
      step.address === "container.host",
  );
  expect(outcome, did).toBe("rolled_back");
  const host = named.get("shop-host-1");
  expect(host?.status, did).toBe("running");
  for (const index of [1, 2, 3]) {
    const guest = named.get(`shop-guest-${index}`);
    expect([index, guest?.status], did).toEqual([index, "running"]);
    expect(guest?.started, did).toBeGreaterThan(host?.started ?? 0);
  }
});
