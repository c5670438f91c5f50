import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/model/json.ts";
import { plan } from "../../../../src/planning/plan.ts";
import { IDLE, understand } from "../../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../../support/simulator/engine.ts";
import { world } from "../../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../../support/simulator/reconcile.ts";

/** Applies each in turn, all of them without a failure, and tells the notes of the plan after it. */
async function notes(engine: SimulatedEngine, states: readonly JsonObject[]) {
  const said: (readonly string[])[] = [];
  for (const state of states) {
    const web = { ...IDLE, ...state };
    const { stack, secrets } = understand({ name: "shop", containers: { web } });
    const policy = policyOf({ secrets });
    const look = async () => plan(stack, await observed(engine, stack, secrets), policy);
    expect((await carriedOut(engine, await look(), secrets)).errors).toEqual([]);
    const after = await look();
    expect(after.changes).toEqual([]);
    said.push((after.notes ?? []).map(({ message }) => message));
  }
  return said;
}

const without = (names: string) =>
  `the kernel of the engine's machine cannot do ${names}, so the container runs without`;

describe("what the engine's kernel cannot do", () => {
  it("is noted, when only the container tells that it was left out", async () => {
    const engine = new SimulatedEngine(world("1.51"));
    const weight = (value: number) => ({ blkio_config: { weight: value } });
    expect(await notes(engine, [{}, weight(300), weight(500), { ...weight(500), tty: true }, {}]))
      // Another weight is no change either: the container has none.
      .toEqual([[], ...Array(3).fill([without("`blkio_config.weight`")]), []]);
  });

  it("is noted, and not asked, where the engine tells it", async () => {
    const engine = new SimulatedEngine(world("1.51"));
    engine.world.countsSwap = false;
    const limits = (swap: string) => ({ mem_limit: "64m", memswap_limit: swap });
    const note = [without("`memswap_limit`")];
    expect(await notes(engine, [limits("96m"), limits("128m"), { mem_limit: "32m" }])).toEqual([
      note,
      note,
      [],
    ]);
  });

  it("is an ordinary difference where the kernel can do it", async () => {
    const engine = new SimulatedEngine(world("1.51"));
    const limits = { mem_limit: "64m", memswap_limit: "96m" };
    expect(await notes(engine, [limits])).toEqual([[]]);
    const [container] = engine.world.containers;
    if (container) container.host.MemorySwap = -1;
    const { stack, secrets } = understand({
      name: "shop",
      containers: { web: { ...IDLE, ...limits } },
    });
    const { changes } = plan(stack, await observed(engine, stack, secrets), policyOf({ secrets }));
    expect(changes.flatMap(({ deltas }) => deltas)).toMatchObject([
      { attribute: "memswap_limit", before: -1, after: "96m", origin: "unknown" },
    ]);
  });
});
