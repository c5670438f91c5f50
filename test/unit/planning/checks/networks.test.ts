import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/model/json.ts";
import type { Stack } from "../../../../src/model/stack.ts";
import { plan } from "../../../../src/planning/plan.ts";
import { stackOf } from "../../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../../support/simulator/engine.ts";
import { world } from "../../../support/simulator/images.ts";
import {
  anyOrder,
  carriedOut,
  observed,
  policyOf,
  spell,
} from "../../../support/simulator/reconcile.ts";

/** Applies the documents one after the other, each in the order that is worst for it. */
async function applied(api: string, choose: (ready: number) => number, ...documents: JsonObject[]) {
  const engine = new SimulatedEngine(world(api));
  const plans = [];
  for (const document of documents) {
    const stack = stackOf(document);
    const made = plan(stack, await observed(engine, stack, new Map()), policyOf());
    expect(made.conflicts).toEqual([]);
    await anyOrder(engine, made, new Map(), choose);
    const again = plan(stack, await observed(engine, stack, new Map()), policyOf());
    expect(again.steps.map(spell), made.steps.map(spell).join("\n")).toEqual([]);
    plans.push(made);
  }
  return { engine, plans };
}

const orders = [(_: number) => 0, (ready: number) => ready - 1, (ready: number) => ready >> 1];
const image = { image: "busybox:1.36" };
const net = (label: string) => ({
  ipam: { config: [{ subnet: "10.213.1.0/24" }] },
  labels: { label },
});

describe.each(["1.41", "1.51"])("on API %s", (api) => {
  it.each(orders)("fixed addresses are taken before others are given away", async (choose) => {
    const file = (label: string) => ({
      networks: { n: net(label) },
      containers: {
        any: { ...image, networks: ["n"] },
        fixed: { ...image, networks: { n: { ipv4_address: "10.213.1.2" } } },
        late: { ...image, networks: ["n"], depends_on: ["any"] },
      },
    });
    const { engine } = await applied(api, choose, file("1"), file("2"));
    const { endpoints } = engine.world.container("shop-fixed-1");
    expect(endpoints.get("shop_n")?.IPAddress).toBe("10.213.1.2");
  });

  it("a container comes before one with a fixed address that needs it", async () => {
    const file = (label: string) => ({
      networks: { n: net(label) },
      containers: {
        db: { ...image, networks: ["n"] },
        fixed: {
          ...image,
          networks: { n: { ipv4_address: "10.213.1.9" } },
          depends_on: ["db"],
        },
      },
    });
    await applied(api, () => 0, file("1"), file("2"));
  });

  it.each(orders)("a container is not given the address of a later one", async (choose) => {
    const file = (label: string) => ({
      networks: { n: net(label) },
      containers: {
        base: { ...image, networks: ["n"] },
        db: { ...image, networks: { n: { aliases: ["x"] } }, depends_on: ["base"] },
        other: { ...image, networks: ["n"] },
        fixed: { ...image, networks: { n: { ipv4_address: "10.213.1.2" } }, depends_on: ["db"] },
        third: {
          ...{ ...image, networks: { n: { ipv4_address: "10.213.1.3" } } },
          depends_on: ["fixed"],
        },
      },
    });
    const { engine, plans } = await applied(api, choose, file("1"), file("2"));
    const has = (key: string) =>
      engine.world.container(`shop-${key}`).endpoints.get("shop_n")?.IPAddress;
    expect(has("fixed-1")).toBe("10.213.1.2");
    expect(has("third-1")).toBe("10.213.1.3");
    expect(plans.flatMap(({ notes = [] }) => notes)).toEqual([]);
    // Whoever is to have an address of our choice has it.
    const chosen = has("base-1") ?? "";
    const next = file("2");
    const late = { ...image, networks: { n: { ipv4_address: chosen } } };
    Object.assign(next.containers, { late });
    const stack = stackOf(next);
    const todo = plan(stack, await observed(engine, stack, new Map()), policyOf());
    await anyOrder(engine, todo, new Map(), choose);
    const again = plan(stack, await observed(engine, stack, new Map()), policyOf());
    expect(again.steps.map(spell)).toEqual([]);
    expect(has("late-1")).toBe(chosen);
  });

  it("a plan notes which container is only started before one with a fixed address", async () => {
    const at = (range: JsonObject) => ({
      networks: { n: { ipam: { config: [{ subnet: "10.213.1.0/24", ...range }] } } },
      containers: {
        db: { ...image, networks: ["n"] },
        fixed: { ...image, networks: { n: { ipv4_address: "10.213.1.2" } } },
      },
    });
    for (const range of [{}, { ip_range: "10.213.1.64/26" }]) {
      const { engine } = await applied(api, () => 0, at(range));
      for (const key of ["db", "fixed"]) engine.world.stop(`shop-${key}-1`);
      const { networks, containers } = at(range);
      const fixed = { ...containers.fixed, depends_on: ["db"] };
      const stack = stackOf({ networks, containers: { ...containers, fixed } });
      const { notes = [] } = plan(stack, await observed(engine, stack, new Map()), policyOf());
      const told = {
        address: "container.db",
        message: expect.stringMatching(/^it starts before container.fixed, .* 10\.213\.1\.2, /),
      };
      expect(notes).toEqual("ip_range" in range ? [] : [told]);
    }
  });

  const pools = [{ subnet: "10.213.1.0/24" }, { subnet: "fd00:213::/64" }];
  const dual = { enable_ipv6: true, ipam: { config: pools } };
  const holding = (ips: JsonObject) => ({
    networks: { n: dual },
    containers: Object.fromEntries(
      Object.entries(ips).map(([key, ip]) => {
        const family = String(ip).includes(":") ? "ipv6_address" : "ipv4_address";
        return [key, { ...image, networks: { n: { [family]: ip } } }];
      }),
    ),
  });

  it.each(orders)("addresses of both families are swapped and passed on", async (choose) => {
    for (const [one, two, three] of [
      ["10.213.1.20", "10.213.1.21", "10.213.1.22"],
      ["fd00:213::20", "fd00:213::21", "fd00:213::22"],
    ] as const) {
      const rounds = [
        { a: one, b: two },
        { a: two, b: one },
        { a: three, b: two },
        { a: two, b: one, c: three },
      ];
      await applied(api, choose, ...rounds.map(holding));
    }
  });

  it.each(orders)("a container makes way for one whose address it was given", async (choose) => {
    const file = {
      networks: { n: { ipam: { config: [{ subnet: "10.213.1.0/24", gateway: "10.213.1.1" }] } } },
      containers: {
        any: { ...image, networks: { n: { aliases: ["x"] } } },
        fixed: { ...image, networks: { n: { ipv4_address: "10.213.1.2" } } },
        guest: { ...image, network_mode: "service:any" },
      },
    };
    const { engine } = await applied(api, choose, file);
    const has = (key: string) =>
      engine.world.container(`shop-${key}-1`).endpoints.get("shop_n")?.IPAddress;
    // As after a restart of the engine, which starts them in any order.
    for (const key of ["any", "fixed"]) engine.world.stop(`shop-${key}-1`);
    engine.world.start("shop-any-1");
    expect(has("any")).toBe("10.213.1.2");
    const stack = stackOf(file);
    const todo = plan(stack, await observed(engine, stack, new Map()), policyOf());
    await anyOrder(engine, todo, new Map(), choose);
    expect(has("fixed")).toBe("10.213.1.2");
    const again = plan(stack, await observed(engine, stack, new Map()), policyOf());
    expect(again.changes).toEqual([]);
  });

  it.each(orders)("an address is passed on when its holder has the next", async (choose) => {
    const before = { a: "10.213.1.20", b: "10.213.1.21" };
    const { engine } = await applied(api, choose, holding(before));
    const after = { new: "10.213.1.20", a: "10.213.1.21", b: "10.213.1.66" };
    const stack = stackOf(holding(after));
    const todo = plan(stack, await observed(engine, stack, new Map()), policyOf());
    const refused = todo.steps.find(
      (step) => step.operation === "network.connect" && step.address.endsWith(".b"),
    );
    engine.fate = ({ id }) => (id === refused?.id ? "refused" : "fine");
    const { outcome } = await carriedOut(engine, todo, new Map());
    expect(outcome).toBe("rolled_back");
    engine.revive();
    const old = stackOf(holding(before));
    const left = plan(old, await observed(engine, old, new Map()), policyOf());
    expect(left.changes.filter(({ action }) => action !== "remove")).toEqual([]);
    await applied(api, choose, holding(before), holding(after));
  });

  it.each(orders)("the network of the mode is there before any is joined", async (choose) => {
    const file = (label: string) => ({
      networks: { a: { labels: { label } }, b: { labels: { label } } },
      containers: { web: { ...image, networks: ["a", "b"] } },
    });
    await applied(api, choose, file("1"), file("2"));
  });

  it("a container goes with the network that it was made with, at the latest with that", async () => {
    const file = (on: readonly string[], declared = on) => ({
      networks: Object.fromEntries(declared.map((key) => [key, {}])),
      containers: { web: { ...image, networks: on } },
    });
    const { plans } = await applied(
      api,
      () => 0,
      ...[file(["m", "n"]), file(["n"], ["m", "n"]), file(["n"]), file(["nn"])],
    );
    const changes = plans.map(({ changes }) =>
      changes.flatMap(({ kind, action, reason }) => (kind === "container" ? [action, reason] : [])),
    );
    expect(changes).toEqual([
      ["create", "it does not exist"],
      ["update", "networks can be changed in place"],
      ["replace", "its network mode names shop_m, which the stack no longer has"],
      ["replace", "its network mode names shop_n, which the stack no longer has"],
    ]);
  });

  it("a network mode that names nothing is a difference", async () => {
    const file = {
      networks: { n: {} },
      containers: { web: { ...image, networks: ["n"] } },
    };
    const { engine } = await applied(api, () => 0, file);
    const stack = stackOf(file);
    const { host, endpoints } = engine.world.container("shop-web-1");
    host.NetworkMode = endpoints.get("shop_n")?.NetworkID;
    const byId = plan(stack, await observed(engine, stack, new Map()), policyOf());
    expect(byId.changes).toEqual([]);
    host.NetworkMode = "gone";
    const made = plan(stack, await observed(engine, stack, new Map()), policyOf());
    expect(made.changes).toMatchObject([
      { action: "replace", reason: "its network mode names gone, which does not exist" },
    ]);
  });

  it("the bridge of another network is a conflict", async () => {
    const engine = new SimulatedEngine(world(api));
    const option = "com.docker.network.bridge.name";
    engine.world.createNetwork("theirs", { Options: { [option]: "br-theirs" } });
    engine.world.createNetwork("others", {});
    const id = String(engine.world.network("others").Id).slice(0, 12);
    const named = async (name: string) => {
      const stack = stackOf({
        networks: { n: { driver_opts: { [option]: name } } },
        containers: { web: { ...image, networks: ["n"] } },
      });
      const { conflicts } = plan(stack, await observed(engine, stack, new Map()), policyOf());
      return conflicts.map(({ message }) => message);
    };
    expect(await named("br-mine")).toEqual([]);
    expect(await named("br-theirs")).toEqual([
      "its bridge br-theirs is that of the network theirs",
    ]);
    expect(await named(`br-${id}`)).toEqual([`its bridge br-${id} is that of the network others`]);
  });

  it("an address outside of an external network's subnets is a conflict", async () => {
    const engine = new SimulatedEngine(world(api));
    engine.world.createNetwork("theirs", { IPAM: { Config: [{ Subnet: "10.213.9.0/24" }] } });
    const at = async (ip: string) => {
      const stack = stackOf({
        networks: { theirs: { external: true, name: "theirs" } },
        containers: { web: { ...image, networks: { theirs: { ipv4_address: ip } } } },
      });
      const { conflicts } = plan(stack, await observed(engine, stack, new Map()), policyOf());
      return conflicts.map(({ message }) => message);
    };
    expect(await at("10.213.9.9")).toEqual([]);
    expect(await at("10.213.8.9")).toEqual([
      "its address 10.213.8.9 is in no subnet of the network theirs",
    ]);
  });

  it("an address outside of the subnets of a network whose change is ignored is a conflict", async () => {
    const file = (third: number, ip?: string) =>
      stackOf({
        networks: {
          n: {
            ipam: { config: [{ subnet: `10.213.${third}.0/24` }] },
            ignore_changes: "all",
          },
        },
        containers: {
          web: { ...image, networks: { n: ip === undefined ? {} : { ipv4_address: ip } } },
        },
      });
    const engine = new SimulatedEngine(world(api));
    const look = async (stack: Stack) =>
      plan(stack, await observed(engine, stack, new Map()), policyOf());
    await carriedOut(engine, await look(file(9)), new Map());
    expect((await look(file(8))).conflicts).toEqual([]);
    expect((await look(file(9, "10.213.9.9"))).conflicts).toEqual([]);
    expect((await look(file(8, "10.213.8.9"))).conflicts).toMatchObject([
      {
        address: "container.web",
        message:
          "its address 10.213.8.9 needs other subnets of network.n, whose change is held, or ignored",
      },
    ]);
  });
});
