import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/model/json.ts";
import type { OperationName } from "../../../../src/model/operations/operations.ts";
import type { Plan } from "../../../../src/model/plan.ts";
import { detectDrift } from "../../../../src/planning/drift.ts";
import { plan, planDestroy } from "../../../../src/planning/plan.ts";
import { understand } from "../../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../../support/simulator/engine.ts";
import { world } from "../../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../../support/simulator/reconcile.ts";

/* What the file says is external stays as it is, though the stack made it and its labels say so. */

const WEB = { image: "busybox:1.36", networks: ["front"], volumes: ["data:/data"] };
const own: JsonObject = {
  name: "shop",
  networks: { front: {}, back: {} },
  volumes: { data: {}, cache: {} },
  containers: { web: WEB },
};
const EXTERNAL = {
  networks: {
    front: { external: true, name: "shop_front" },
    back: { external: true, name: "shop_back" },
  },
  volumes: {
    data: { external: true, name: "shop_data" },
    cache: { external: true, name: "shop_cache" },
  },
};
const external: JsonObject = { ...own, ...EXTERNAL };

const FILES: readonly (readonly [string, JsonObject])[] = [
  ["the same containers", external],
  ["a changed container", { ...external, containers: { web: { ...WEB, command: ["other"] } } }],
  ["a dropped container", { ...external, containers: {} }],
  [
    "other keys for them",
    {
      ...external,
      networks: { ext: { external: true, name: "shop_front" }, back: EXTERNAL.networks.back },
      volumes: { ext: { external: true, name: "shop_data" }, cache: EXTERNAL.volumes.cache },
      containers: { web: { ...WEB, networks: ["ext"], volumes: ["ext:/data"] } },
    },
  ],
];

async function applied(source: JsonObject): Promise<SimulatedEngine> {
  const engine = new SimulatedEngine(world("1.51"));
  const { stack } = understand(source);
  const seen = await observed(engine, stack, new Map());
  const { errors } = await carriedOut(engine, plan(stack, seen, policyOf()), new Map());
  expect(errors).toEqual([]);
  return engine;
}

const TOUCHES: readonly OperationName[] = [
  ...(["network.create", "network.remove", "volume.create", "volume.remove"] as const),
];
const touched = ({ steps, rollback }: Plan) =>
  [...steps, ...rollback].filter((step) => TOUCHES.includes(step.operation));

describe.each(FILES)("with %s", (_, source) => {
  const { stack } = understand(source);
  const permitted = policyOf({
    allowDataLoss: ["data", "ext", "cache", "shop_data", "shop_cache"],
  });

  it("an apply neither removes nor makes it", async () => {
    const engine = await applied(own);
    const seen = await observed(engine, stack, new Map());
    const made = plan(stack, seen, permitted);
    expect(touched(made)).toEqual([]);
    expect(made.changes.filter(({ kind }) => kind !== "container")).toEqual([]);
    expect(made.blocked).toEqual([]);
    expect(made.conflicts).toEqual([]);
    expect(detectDrift(stack, seen, permitted).drifted).toEqual([]);
  });

  it("nor does a replacement that is asked for", async () => {
    const engine = await applied(own);
    const networks = stack.resources.filter(({ kind }) => kind === "network");
    const replacing = stack.resources
      .filter(({ kind }) => kind === "network" || kind === "volume")
      .map(({ address }) => address);
    expect(networks.length).toBeGreaterThan(0);
    const seen = await observed(engine, stack, new Map());
    expect(touched(plan(stack, seen, { ...permitted, replacing }))).toEqual([]);
  });

  it("destroy with the volumes leaves it", async () => {
    const engine = await applied(own);
    const seen = await observed(engine, stack, new Map());
    const made = planDestroy(stack, seen, { ...permitted, volumes: true });
    expect(made.changes.map(({ address }) => address)).toEqual(["container.web"]);
    expect(touched(made)).toEqual([]);
    await carriedOut(engine, made, new Map());
    const names = [...engine.world.networks, ...engine.world.volumes].map(({ Name }) => Name);
    for (const name of ["shop_front", "shop_back", "shop_data", "shop_cache"])
      expect(names).toContain(name);
  });
});

it("without the line it is the stack's again, as its labels say", async () => {
  const engine = await applied(own);
  const { stack } = understand({ name: "shop", containers: {} });
  const seen = await observed(engine, stack, new Map());
  const made = planDestroy(stack, seen, { ...policyOf(), volumes: true });
  expect(made.changes.map(({ name }) => name).sort()).toEqual(
    ["shop-web-1", "shop_back", "shop_cache", "shop_data", "shop_front"].sort(),
  );
});

describe("a container without a block that another one refers to by its name", () => {
  const host = { image: "busybox:1.36" };
  const lender = { ...host, ipc: "shareable" };
  const both: JsonObject = { name: "shop", containers: { host: lender, web: host } };
  it.each<[string, JsonObject]>([
    ["its network", { network_mode: "container:shop-host-1" }],
    ["its processes", { pid: "container:shop-host-1" }],
    ["its memory", { ipc: "container:shop-host-1" }],
    ["its mounts", { volumes_from: ["container:shop-host-1:ro"] }],
    ["a link", { external_links: ["shop-host-1:host"] }],
  ])("stays: %s", async (_, more) => {
    const engine = await applied(both);
    const { stack } = understand({ name: "shop", containers: { web: { ...host, ...more } } });
    const seen = await observed(engine, stack, new Map());
    const made = plan(stack, seen, policyOf());
    expect(made.conflicts).toEqual([]);
    const { id } = engine.world.container("shop-host-1");
    const gone = planDestroy(stack, seen, { ...policyOf(), volumes: true });
    for (const { steps } of [made, gone])
      expect(steps.filter((step) => "container" in step && step.container.id === id)).toEqual([]);
    const { errors } = await carriedOut(engine, made, new Map());
    expect(errors).toEqual([]);
  });
});
