import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, record, text } from "../../../src/attributes/values/json.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, changed, expectNothing } from "../../support/engine/live.ts";
import { FULL } from "../../support/engine/trials.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

/* What must hold after each change of networks: it can be taken back, and all start again. */

let live: Bench;
beforeAll(async () => {
  live = await bench("ways");
});
afterAll(() => live.close());

const subnet = (prefix: string): JsonObject => ({ ipam: { config: [{ subnet: prefix }] } });
const onNetwork = async (container: string, network: string): Promise<JsonObject> =>
  record(at(await live.inspect(container), "NetworkSettings", "Networks", network));

/** Restarts every container of the stack, as a reboot would, and holds it to an empty plan. */
async function restarted(source: JsonObject): Promise<void> {
  for (const key of Object.keys(record(source.containers)))
    await live.post(path`/containers/${`${text(source.name)}-${key}-1`}/restart`, undefined, {
      t: "1",
    });
  expectNothing(await live.plan(source));
}

/** A container of nobody's that has an address on a network. */
async function stranger(network: string, address: string): Promise<string> {
  const made = await live.post(path`/containers/create`, {
    Image: "busybox:1.36",
    Cmd: ["sleep", "3600"],
    HostConfig: { NetworkMode: network, Init: true },
    NetworkingConfig: {
      EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } },
    },
  });
  await live.post(path`/containers/${text(made.Id)}/start`);
  return text(made.Id);
}

const remove = (container: string) =>
  live.client.delete(path`/containers/${container}`, { query: { force: true } });

describe("an address that somebody else has", () => {
  const file = (name: string, last: number): JsonObject => ({
    name,
    networks: { net: subnet("10.223.41.0/24") },
    containers: {
      web: { ...IDLE, networks: { net: { ipv4_address: `10.223.41.${last}`, aliases: ["www"] } } },
    },
  });

  it("is not given, and the container has its former one again", async () => {
    const name = live.stack();
    await live.settle(file(name, 10));
    const other = await stranger(`${name}_net`, "10.223.41.77");
    const ran = await live.apply(file(name, 77));
    expect(ran.outcome).toBe("rolled_back");
    expect(ran.failures.join()).toMatch(/ddress already in use/);
    const entry = await onNetwork(`${name}-web-1`, `${name}_net`);
    expect(entry.IPAddress).toBe("10.223.41.10");
    expect(entry.Aliases).toEqual(expect.arrayContaining(["web", "www"]));
    expect(changed(await live.plan(file(name, 77)), "container.web")).toBe("update networks");
    await restarted(file(name, 10));
    await remove(other);
    await live.settle(file(name, 77));
    await restarted(file(name, 77));
    await live.destroy(name);
  });

  it("leaves an entry without an endpoint, which is a difference and can be mended", async () => {
    const name = live.stack();
    await live.settle(file(name, 10));
    const other = await stranger(`${name}_net`, "10.223.41.77");
    const Container = `${name}-web-1`;
    await live.post(path`/networks/${`${name}_net`}/disconnect`, { Container });
    const IPAMConfig = { IPv4Address: "10.223.41.77" };
    const refused = live.post(path`/networks/${`${name}_net`}/connect`, {
      ...{ Container, EndpointConfig: { IPAMConfig } },
    });
    await expect(refused).rejects.toThrow(/ddress already in use/);
    expect(changed(await live.plan(file(name, 10)), "container.web")).toBe("update networks");
    await live.settle(file(name, 10));
    await restarted(file(name, 10));

    await live.post(path`/networks/create`, {
      ...{ Name: `${name}-more`, IPAM: { Config: [{ Subnet: "10.223.42.0/24" }] } },
    });
    const more = await stranger(`${name}-more`, "10.223.42.77");
    const joined = live.post(path`/networks/${`${name}-more`}/connect`, {
      ...{ Container, EndpointConfig: { IPAMConfig: { IPv4Address: "10.223.42.77" } } },
    });
    await expect(joined).rejects.toThrow(/ddress already in use/);
    expect(changed(await live.plan(file(name, 10)), "container.web")).toBe("update networks");
    await live.settle(file(name, 10));
    await restarted(file(name, 10));
    await Promise.all([remove(other), remove(more)]);
    await live.client.delete(path`/networks/${`${name}-more`}`);
    await live.destroy(name);
  });
});

describe("the network that a container was made with", () => {
  it("goes under another key, or as the first of two, and the container starts again", async () => {
    const name = live.stack();
    const file = (keys: readonly string[], declared = keys): JsonObject => ({
      name,
      networks: Object.fromEntries(declared.map((key) => [key, {}])),
      containers: { web: { ...IDLE, networks: keys }, other: { ...IDLE, networks: keys } },
    });
    await live.settle(file(["m"]));
    const { plan } = await live.settle(file(["mm"]));
    expect(changed(plan, "container.web")).toBe("replace networks");
    await restarted(file(["mm"]));
    await live.settle(file(["mm", "n"]));
    await restarted(file(["mm", "n"]));
    // As long as it is there, it need not be left by a replacement.
    const kept = file(["n"], ["mm", "n"]);
    expect(changed((await live.settle(kept)).plan, "container.web")).toBe("update networks");
    await restarted(kept);
    expect(changed((await live.settle(file(["n"]))).plan, "container.web")).toMatch(/^replace/);
    await restarted(file(["n"]));
    await live.destroy(name);
  });

  it("is replaced together with another one", async () => {
    const name = live.stack();
    const file = (label: string): JsonObject => ({
      name,
      networks: { a: { labels: { label } }, b: { labels: { label } } },
      containers: {
        one: { ...IDLE, networks: { a: null, b: { aliases: ["x"] } } },
        two: { ...IDLE, networks: ["b", "a"] },
      },
    });
    await live.settle(file("1"));
    await live.settle(file("2"));
    await restarted(file("2"));
    await live.destroy(name);
  });
});

describe("a network whose successor is refused", () => {
  it("is made again as it was, with its containers", async () => {
    const name = live.stack();
    const file = (more: JsonObject, environment: JsonObject = {}): JsonObject => ({
      name,
      networks: { net: { ...subnet("10.223.43.0/24"), labels: { a: "1" }, ...more } },
      containers: {
        web: { ...IDLE, networks: { net: { ipv4_address: "10.223.43.9", aliases: ["www"] } } },
        changed: { ...IDLE, networks: ["net"], environment },
      },
    });
    await live.settle(file({}));
    // The engine's machine has such an interface, and it is no bridge.
    const refused = { driver_opts: { "com.docker.network.bridge.name": "lo" } };
    const ran = await live.apply(file(refused, { A: "1" }));
    expect(ran.outcome).toBe("rolled_back");
    expect(await onNetwork(`${name}-web-1`, `${name}_net`)).toMatchObject({
      ...{ IPAddress: "10.223.43.9", Aliases: expect.arrayContaining(["www"]) },
    });
    expect((await onNetwork(`${name}-changed-1`, `${name}_net`)).EndpointID).not.toBe("");
    expectNothing(await live.plan(file({})));
    await restarted(file({}));
    const next = await live.plan(file(refused));
    expect(changed(next, "network.net")).toMatch(/^replace driver_opts/);
    await live.destroy(name);
  });
});

describe("a network that an engine would not make", () => {
  it("is a conflict of the plan", async () => {
    const name = live.stack();
    const bridge = await live.client.get<JsonObject>(path`/networks/bridge`);
    const option = "com.docker.network.bridge.name";
    const refused = [
      [{ driver: "no-such-driver" }, "the engine has no network driver `no-such-driver`"],
      [{ driver: "overlay" }, "is made by the manager of a swarm"],
      [
        { driver_opts: { [option]: text(record(bridge.Options)[option]) } },
        "is that of the network bridge",
      ],
    ] as const;
    for (const [net, message] of refused) {
      const file = { name, networks: { net }, containers: { web: { ...IDLE, networks: ["net"] } } };
      const { conflicts } = await live.plan(file);
      expect(conflicts.map((each) => each.message).join()).toContain(message);
    }
  });

  it("has an address for each container that is to join, or is refused before", async () => {
    const name = live.stack();
    const file = (prefix: string, keys: string): JsonObject => ({
      ...{ name, networks: { net: subnet(prefix) } },
      containers: Object.fromEntries([...keys].map((key) => [key, { ...IDLE, networks: ["net"] }])),
    });
    await live.settle(file("10.223.46.0/29", "abcde"));
    await expect(live.plan(file("10.223.46.0/29", "abcdef"))).rejects.toThrow(/only 5 to give/);
    await live.destroy(name);
  });
});

describe("fixed addresses", () => {
  it("are taken before the engine gives any away, also when a network is replaced", async () => {
    const name = live.stack();
    const file = (label: string): JsonObject => ({
      name,
      networks: { net: { ...subnet("10.223.44.0/24"), labels: { label } } },
      containers: {
        any: { ...IDLE, networks: ["net"] },
        other: { ...IDLE, networks: ["net"] },
        third: { ...IDLE, networks: ["net"] },
        fixed: { ...IDLE, networks: { net: { ipv4_address: "10.223.44.2" } } },
      },
    });
    await live.settle(file("1"));
    await live.settle(file("2"));
    expect((await onNetwork(`${name}-fixed-1`, `${name}_net`)).IPAddress).toBe("10.223.44.2");
    await live.destroy(name);
  });

  it("are not given to whoever has to start before", async () => {
    const name = live.stack();
    const file: JsonObject = {
      name,
      networks: { net: subnet("10.223.45.0/24") },
      containers: {
        db: { ...IDLE, networks: ["net"] },
        fixed: {
          ...{ ...IDLE, networks: { net: { ipv4_address: "10.223.45.2" } } },
          depends_on: ["db"],
        },
      },
    };
    await live.settle(file);
    expect((await onNetwork(`${name}-fixed-1`, `${name}_net`)).IPAddress).toBe("10.223.45.2");
    await restarted(file);
    await live.destroy(name);
  });

  it("of hardware are one container's at a time", async () => {
    const name = live.stack();
    const file = (environment: JsonObject): JsonObject => ({
      name,
      containers: { web: { ...IDLE, mac_address: "02:42:0a:d5:2c:01", environment } },
    });
    await live.settle(file({}));
    const { plan } = await live.settle(file({ A: "1" }));
    const [change] = plan.changes.filter(({ address }) => address === "container.web");
    expect(change?.rollout).toMatchObject({
      order: "stop-first",
      reason: expect.stringContaining("its MAC address"),
    });
    await live.destroy(name);
  });
});

describe("what is shared with somebody else's container", () => {
  it("is that of its present run, which it must have", async () => {
    const name = live.stack();
    const made = await live.post(
      path`/containers/create`,
      {
        ...{ Image: "busybox:1.36", Cmd: ["sleep", "3600"] },
        HostConfig: { Init: true, IpcMode: "shareable" },
      },
      { name: `${name}-theirs` },
    );
    await live.post(path`/containers/${text(made.Id)}/start`);
    const file = {
      name,
      containers: {
        web: { ...IDLE, network_mode: `container:${name}-theirs` },
        memory: { ...IDLE, network_mode: "none", ipc: `container:${name}-theirs` },
      },
    };
    await live.settle(file);
    const keys = ["web", "memory"];
    const planned = async () => {
      const plan = await live.plan(file);
      expect(keys.map((key) => changed(plan, `container.${key}`))).toEqual(["restart", "restart"]);
      return plan.conflicts.map(({ message }) => message);
    };
    await live.post(path`/containers/${text(made.Id)}/restart`, undefined, { t: "1" });
    expect(await planned()).toEqual([]);
    await live.settle(file);
    await live.post(path`/containers/${text(made.Id)}/stop`, undefined, { t: "1" });
    const isDown = `the container ${name}-theirs, which it is to share with, is exited`;
    expect(await planned()).toEqual([isDown, isDown]);
    await live.post(path`/containers/${text(made.Id)}/start`);
    await live.settle(file);
    expect(await live.exec(`${name}-web-1`, "ip", "addr")).toContain("eth0");
    await live.destroy(name);
    await remove(text(made.Id));
  });
});

/** Networks and endpoints by small numbers; what is 0 is absent. */
const edit = fc.record({
  nets: fc.tuple(...["a", "b", "c"].map(() => fc.nat(3))),
  ends: fc.tuple(...["x", "y", "z"].map(() => fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)))),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

const KEYS = ["a", "b", "c"] as const;

function stackOf(name: string, { nets, ends }: Edit): JsonObject {
  const network = (gene: number, index: number): JsonObject =>
    gene === 3
      ? { labels: { edition: "3" } }
      : { ...subnet(`10.223.${60 + index * 3 + gene}.0/24`), internal: gene === 2 };
  const endpoint = (gene: number, index: number, container: number): JsonObject | null => {
    const choice = nets[index] ?? 0;
    const last = 50 + ((container + gene) % 3);
    const ip = choice === 3 ? {} : { ipv4_address: `10.223.${60 + index * 3 + choice}.${last}` };
    return [null, null, { aliases: ["www"] }, ip, { ...ip, aliases: ["w"] }][gene] ?? null;
  };
  const containers = ends.map((genes, container) => {
    const on = genes.flatMap((gene, index): [string, JsonObject | null][] =>
      gene === 0 ? [] : [[KEYS[index] ?? "", endpoint(gene, index, container)]],
    );
    return [
      "xyz".charAt(container),
      { ...IDLE, ...(on.length > 0 ? { networks: Object.fromEntries(on) } : {}) },
    ];
  });
  const used = KEYS.map((key, index) => [key, network(nets[index] ?? 0, index)]);
  return { name, networks: Object.fromEntries(used), containers: Object.fromEntries(containers) };
}

/** Two containers with one address are no stack. */
const isStack = async (source: JsonObject): Promise<boolean> => {
  try {
    await live.plan(source);
    return true;
  } catch (error) {
    if (/address of/.test(String(error))) return false;
    throw error;
  }
};

describe("random edits of networks and endpoints", () => {
  it(
    "are applied, and after a restart of all containers there is nothing left to do",
    async () => {
      let edits = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(edit, { minLength: 2, maxLength: 3 }), async (sequence) => {
          const name = live.stack();
          for (const one of sequence) {
            const source = stackOf(name, one);
            if (!(await isStack(source))) continue;
            edits++;
            await live.settle(source);
            await restarted(source);
          }
          await live.destroy(name);
        }),
        {
          seed: Number(process.env.PROPERTY_SEED ?? 20_10_28),
          numRuns: FULL ? 40 : 4,
          endOnFailure: true,
        },
      );
      expect(edits).toBeGreaterThan(FULL ? 50 : 3);
    },
    FULL ? 1_800_000 : 600_000,
  );
});
