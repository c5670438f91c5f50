import { expect, test } from "vitest";
import type { JsonObject } from "../../../../src/model/json.ts";
import { plan } from "../../../../src/planning/plan.ts";
import { stackOf } from "../../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../../support/simulator/engine.ts";
import { world } from "../../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../../support/simulator/reconcile.ts";

/** What the plan notes when `web`, with an address on `n`, is replaced by one that is on `other` alone. */
async function noted(before: JsonObject, networks: JsonObject) {
  const file = (all: JsonObject, web: JsonObject) =>
    stackOf({ networks: all, containers: { web: { image: "busybox:1.36", ...web } } });
  const engine = new SimulatedEngine(world("1.51"));
  const first = file({ n: pool(9) }, before);
  await carriedOut(
    engine,
    plan(first, await observed(engine, first, new Map()), policyOf()),
    new Map(),
  );
  const second = file({ ...networks, other: {} }, { networks: ["other"], command: ["v2"] });
  const { notes } = plan(second, await observed(engine, second, new Map()), policyOf());
  return notes ?? [];
}

const pool = (third: number) => ({ ipam: { config: [{ subnet: `10.213.${third}.0/24` }] } });
const fixed = { networks: { n: { ipv4_address: "10.213.9.9" } } };
const lost = (what: string) => [
  {
    address: "container.web",
    message: `if it fails, what ran before cannot be on the network shop_n again, which ${what} then`,
  },
];

test("a plan notes that there is no way back to an address that its network loses", async () => {
  expect(await noted(fixed, { n: pool(8) })).toEqual(lost("has other subnets"));
  expect(await noted({ networks: ["n"] }, { n: pool(8) })).toEqual([]);
  expect(await noted(fixed, { n: { ...pool(9), internal: true } })).toEqual([]);
});

test("a plan notes that there is no way back to a network that makes room for another", async () => {
  expect(await noted({ networks: ["n"] }, { m: pool(9) })).toEqual(lost("is gone"));
});
