import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import { detectDrift } from "../../../src/planning/drift.ts";
import { plan } from "../../../src/planning/plan.ts";
import { driftText } from "../../../src/render/text/drift.ts";
import { paint } from "../../../src/render/words/colors.ts";
import { understand } from "../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../support/simulator/engine.ts";
import { world } from "../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../support/simulator/reconcile.ts";
import type { World } from "../../support/simulator/world.ts";

const MIB = 1024 ** 2;
const WEB = { image: "busybox:1.36", network_mode: "none" };
const one: JsonObject = { name: "shop", containers: { web: WEB } };

async function looked(source: JsonObject, happens: (world: World) => void, later = source) {
  const engine = new SimulatedEngine(world("1.51"));
  const { stack } = understand(source);
  const first = await observed(engine, stack, new Map());
  const { errors } = await carriedOut(engine, plan(stack, first, policyOf()), new Map());
  expect(errors).toEqual([]);
  happens(engine.world);
  const wanted = understand(later).stack;
  const seen = await observed(engine, wanted, new Map());
  return { found: detectDrift(wanted, seen, policyOf()), todo: plan(wanted, seen, policyOf()) };
}

const gone =
  (...names: readonly string[]) =>
  (there: World) => {
    for (const name of names) {
      there.stop(name);
      there.removeContainer(name, false);
    }
  };

const MISSING = "it is missing: it was removed, or never applied";

describe("what is missing", () => {
  it.each<[string, JsonObject, (world: World) => void, readonly (readonly string[])[]]>([
    [
      "the only container",
      { ...one, volumes: { data: {} } },
      gone("shop-web-1"),
      [["container.web", MISSING]],
    ],
    [
      "the first replica",
      { name: "shop", containers: { web: { ...WEB, replicas: 3 } } },
      gone("shop-web-1"),
      [["container.web", "it is missing; container.web[2] is there"]],
    ],
    [
      "the last replica",
      { name: "shop", containers: { web: { ...WEB, replicas: 3 } } },
      gone("shop-web-3"),
      [["container.web[3]", MISSING]],
    ],
    [
      "all of a kind",
      { name: "shop", volumes: { data: {} }, containers: { web: WEB, db: WEB } },
      gone("shop-web-1", "shop-db-1"),
      [
        ["container.web", MISSING],
        ["container.db", MISSING],
      ],
    ],
    [
      "a network and a volume that nobody uses",
      { name: "shop", networks: { front: {} }, volumes: { data: {} }, containers: { web: WEB } },
      (there) => {
        there.removeNetwork("shop_front");
        there.removeVolume("shop_data");
      },
      [
        ["network.front", MISSING],
        ["volume.data", MISSING],
      ],
    ],
    [
      "a container whose name a stranger has taken",
      { ...one, volumes: { data: {} } },
      (there) => {
        gone("shop-web-1")(there);
        there.createContainer("shop-web-1", { Image: "busybox:1.36", HostConfig: {} });
      },
      [["container.web", MISSING]],
    ],
    [
      "a network whose name a stranger has taken",
      { name: "shop", networks: { front: {} }, containers: { web: WEB } },
      (there) => {
        there.removeNetwork("shop_front");
        there.createNetwork("shop_front", {});
      },
      [["network.front", "a network named shop_front exists and is not this stack's"]],
    ],
  ])("%s: is named, and in the plan", async (_, source, happens, expected) => {
    const { found, todo } = await looked(source, happens);
    expect(found.drifted.map(({ address, reason }) => [address, reason])).toEqual(expected);
    expect(found.drifted.every(({ what }) => what === "missing")).toBe(true);
    const planned = [...todo.changes, ...todo.conflicts].map(({ address }) => address);
    for (const [address] of expected) expect(planned).toContain(address);
  });

  it("is what the file newly asks for, too: nothing tells the two apart", async () => {
    const later = { name: "shop", containers: { web: WEB, db: WEB } };
    const { found } = await looked(one, () => {}, later);
    expect(found.drifted).toMatchObject([{ address: "container.db", reason: MISSING }]);
  });

  it("is an external network that is not there", async () => {
    const later = { ...one, networks: { theirs: { external: true } } };
    const { found } = await looked(one, () => {}, later);
    expect(found.drifted).toMatchObject([
      { address: "network.theirs", reason: "the external network theirs does not exist" },
    ]);
  });

  it("is the whole stack, which is said", async () => {
    const { found } = await looked(one, gone("shop-web-1"));
    expect(found).toMatchObject({ applied: false, drifted: [{ what: "missing" }] });
    const text = driftText(found, paint(false));
    expect(text).toContain("Nothing of the stack is on this engine: it was never applied");
    expect(text).toContain(`container.web (shop-web-1): ${MISSING}`);
  });
});

it("tells beside the drift what the engine had to restart", async () => {
  const { found } = await looked(one, () => {});
  expect(found.notes).toBeUndefined();
  const message = "it was restarted 2 times by the engine since its start, and is up now";
  const noted = { ...found, notes: [{ address: "container.web", message }] } as const;
  const text = driftText(noted, paint(false));
  expect(text).toContain(`Notes:\n  container.web: ${message}\n\nNo drift.`);
});

describe("what is stopped and changed", () => {
  it.each<[string, JsonObject, string]>([
    ["in place", { ...WEB, mem_limit: "64m" }, "update"],
    ["by a replacement alone", WEB, "replace"],
  ])("%s: is both in the plan and in the drift", async (_, web, action) => {
    const { found, todo } = await looked({ name: "shop", containers: { web } }, (there) => {
      there.update("shop-web-1", { Memory: 32 * MIB, MemorySwap: 64 * MIB });
      there.stop("shop-web-1");
    });
    expect(found.drifted).toMatchObject([
      { what: "not running", reason: "it is exited (137); it was changed" },
    ]);
    expect(found.drifted[0]?.deltas.map(({ attribute }) => attribute)).toContain("mem_limit");
    expect(todo.changes).toMatchObject([{ action, origin: "unknown" }]);
    expect(todo.changes[0]?.reason).toContain("it is exited (137)");
  });

  it("says why it is replaced in true words", async () => {
    const limit = (there: World) =>
      there.update("shop-web-1", { Memory: 32 * MIB, MemorySwap: 64 * MIB });
    const { todo } = await looked(one, limit);
    expect(todo.changes).toMatchObject([
      { reason: "this change of mem_limit cannot be made in place" },
    ]);
    const edited = { name: "shop", containers: { web: { ...WEB, command: ["other"] } } };
    const both = await looked(one, limit, edited);
    expect(both.todo.changes).toMatchObject([
      {
        reason:
          "command can only be set when it is created; this change of mem_limit cannot be made in place",
      },
    ]);
  });
});
