import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { plan, planDestroy } from "../../../src/planning/plan.ts";
import { understand } from "../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../support/simulator/engine.ts";
import { IMAGES, world } from "../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../support/simulator/reconcile.ts";

/* This image declares a volume; no file names what an engine mounts there. */
const APP = "acme/app:1";
const TARGET = "/var/lib/app";
const WEB = { image: APP, network_mode: "none" };
const file = (web: JsonObject | undefined, more: JsonObject = {}): JsonObject => ({
  name: "shop",
  ...more,
  containers: { ...(web && { web }), other: { image: "busybox:1.36", network_mode: "none" } },
});

const planned = async (engine: SimulatedEngine, source: JsonObject): Promise<Plan> => {
  const { stack } = understand(source);
  return plan(stack, await observed(engine, stack, new Map()), policyOf());
};

async function applied(engine: SimulatedEngine, source: JsonObject): Promise<Plan> {
  const todo = await planned(engine, source);
  expect(todo.conflicts).toEqual([]);
  const { errors } = await carriedOut(engine, todo, new Map());
  expect(errors).toEqual([]);
  return todo;
}

async function made(source: JsonObject) {
  const engine = new SimulatedEngine(world("1.51"));
  await applied(engine, source);
  const volumes = engine.world.containers.flatMap(({ mounts }) => mounts.map(({ Name }) => Name));
  return { engine, volumes: [...new Set(volumes)] };
}

const kept = (volume: unknown) =>
  `its anonymous volume ${volume} (${TARGET}) is kept, and nothing mounts it any more; \`docker volume rm\` deletes it`;
const rollout = ({ changes }: Plan) =>
  changes.find(({ address }) => address === "container.web")?.rollout;

describe("an anonymous volume in whose place something else is mounted", () => {
  it.each<[string, JsonObject, JsonObject]>([
    ["a named volume", { volumes: [`data:${TARGET}`] }, { volumes: { data: {} } }],
    ["a bind", { volumes: [`/srv:${TARGET}`] }, {}],
    ["a tmpfs", { tmpfs: [TARGET] }, {}],
    ["a tmpfs among the mounts", { volumes: [{ type: "tmpfs", target: TARGET }] }, {}],
    ["nothing, by an image that declares none", { image: "busybox:1.37" }, {}],
  ])("is left behind, which is said, and delays nothing: %s", async (_, web, more) => {
    const { engine, volumes } = await made(file(WEB));
    const todo = await applied(engine, file({ ...WEB, ...web }, more));
    expect(rollout(todo)).toEqual({ order: "start-first" });
    expect(todo.notes).toEqual([{ address: "container.web", message: kept(volumes[0]) }]);
    expect(engine.world.volumes.map(({ Name }) => Name)).toContain(volumes[0]);
  });
});

describe("an anonymous volume whose successor has one there", () => {
  it.each<[string, JsonObject]>([
    ["the image's", { command: ["other"] }],
    ["one that the file asks for", { volumes: [TARGET], command: ["other"] }],
  ])("is carried over: %s", async (_, web) => {
    const { engine, volumes } = await made(file(WEB));
    const todo = await applied(engine, file({ ...WEB, ...web }));
    const reason = "its anonymous volume is carried over";
    expect(rollout(todo)).toEqual({ order: "stop-first", reason });
    expect(todo.notes).toBeUndefined();
    expect(engine.world.container("shop-web-1").mounts.map(({ Name }) => Name)).toEqual(volumes);
  });

  it.each<[string, string]>([
    ["with the same volume", "acme/app:2"],
    ["without one", "busybox:1.37"],
  ])(
    "is carried over to an image that is not here yet, %s, and is no difference",
    async (_, to) => {
      const web = { ...WEB, pull_policy: "always" };
      const { engine, volumes } = await made(file(web));
      const newer = IMAGES[to];
      if (newer) engine.world.registry.set(APP, newer);
      const todo = await applied(engine, file(web));
      expect(todo.changes.map(({ action }) => action)).toEqual(["pull", "replace"]);
      expect(engine.world.container("shop-web-1").mounts.map(({ Name }) => Name)).toEqual(volumes);
      expect((await planned(engine, file(web))).changes).toEqual([]);
    },
  );
});

describe("an anonymous volume whose container goes", () => {
  it("is kept, which is said: with its block, or with its replica", async () => {
    const one = await made(file(WEB));
    expect((await applied(one.engine, file(undefined))).notes).toEqual([
      { address: "container.web", message: kept(one.volumes[0]) },
    ]);
    const two = await made(file({ ...WEB, replicas: 2 }));
    expect((await applied(two.engine, file({ ...WEB, replicas: 1 }))).notes).toEqual([
      { address: "container.web[2]", message: kept(two.volumes[1]) },
    ]);
  });

  it("is no matter while another container mounts it", async () => {
    const { engine, volumes } = await made(file(WEB));
    const mount = { Type: "volume", Source: String(volumes[0]), Target: "/x" };
    const body = { Image: "busybox:1.36", HostConfig: { Mounts: [mount] } };
    engine.world.createContainer("theirs", body);
    expect((await planned(engine, file(undefined))).notes).toBeUndefined();
  });

  const destroyed = async (engine: SimulatedEngine, source: JsonObject, volumes: boolean) => {
    const { stack } = understand(source);
    const seen = await observed(engine, stack, new Map());
    return planDestroy(stack, seen, { ...policyOf(), volumes });
  };

  it("is kept by destroy, and deleted by its --volumes, each by its name", async () => {
    const source = file({ ...WEB, replicas: 2 });
    const { engine, volumes } = await made(source);
    const careful = await destroyed(engine, source, false);
    expect(careful.notes?.map(({ message }) => message).sort()).toEqual(
      volumes
        .map(
          (each) =>
            `its anonymous volume ${each} (${TARGET}) is kept; with --volumes it is deleted`,
        )
        .sort(),
    );
    const todo = await destroyed(engine, source, true);
    expect(todo.notes?.map(({ message }) => message).sort()).toEqual(
      volumes
        .map((each) => `its anonymous volume ${each} (${TARGET}) is deleted with its data`)
        .sort(),
    );
    await carriedOut(engine, todo, new Map());
    expect(engine.world.volumes).toEqual([]);
  });

  it("is deleted once where two containers of the stack mount it", async () => {
    const source: JsonObject = {
      name: "shop",
      containers: { web: WEB, sharer: { ...WEB, volumes_from: ["web"] } },
    };
    const { engine } = await made(source);
    const todo = await destroyed(engine, source, true);
    const removed = todo.steps.flatMap((step) =>
      step.operation === "volume.remove" ? [step.volume] : [],
    );
    expect(new Set(removed.map(({ name }) => name)).size).toBe(removed.length);
    expect(removed.length).toBeGreaterThan(0);
    const { errors } = await carriedOut(engine, todo, new Map());
    expect(errors).toEqual([]);
    expect(engine.world.volumes).toEqual([]);
  });

  it("is neither where the file declares it external, or names it", async () => {
    const { engine, volumes } = await made(file(WEB));
    const name = String(volumes[0]);
    const source = file(WEB, { volumes: { theirs: { external: true, name } } });
    const todo = await destroyed(engine, source, true);
    expect(todo.notes ?? []).toEqual([]);
    expect(todo.steps.filter((step) => step.operation === "volume.remove")).toEqual([]);
  });
});
