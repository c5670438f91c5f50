import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "../../../src/attributes/catalogue.ts";
import type { Attribute, InPlaceUpdate } from "../../../src/attributes/core/attribute.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { Change } from "../../../src/model/change.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, changed, stateOf } from "../../support/engine/live.ts";
import { IDLE, understand } from "../../support/fixtures/stackfile.ts";

interface Case {
  readonly attribute: string;
  readonly key: string;
  readonly spec: JsonObject;
  /** The spec whose value somebody puts in its place. */
  readonly other: JsonObject;
}

/**
 * What a kernel may lack is walked by the attributes' test, which proves that it does: here one
 * container that cannot start would hide all others.
 */
const KERNELS: Readonly<Record<string, string>> = {
  blkio_config: "some kernels have no weights for block devices",
  cpu_rt_period: "control groups share out a budget of real time, which may be used up",
  cpu_rt_runtime: "control groups share out a budget of real time, which may be used up",
};

/** Each example of each attribute that the engine changes in place, with the next one's value to come. */
function cases(): readonly Case[] {
  const attributes = Object.entries(catalogue.container as Record<string, Attribute>);
  return attributes
    .filter(([attribute, { docker }]) => docker?.update && !KERNELS[attribute])
    .flatMap(([attribute, { examples }]) =>
      examples.map((example, index) => {
        const key = `d-${attribute.replaceAll("_", "-")}-${index}`;
        const memory = ["memswap_limit", "mem_reservation"].includes(attribute)
          ? { mem_limit: "64m" }
          : {};
        const base = { ...IDLE, ...memory };
        const next = examples[(index + 1) % examples.length];
        return {
          attribute,
          key,
          spec: { ...base, [attribute]: example },
          other: { ...base, [attribute]: next },
        };
      }),
    );
}

const all = cases();
let live: Bench;
let name: string;

const fileWith = (which: (one: Case) => JsonObject): JsonObject => ({
  name,
  networks: {
    front: {},
    back: { ipam: { config: [{ subnet: "10.213.20.0/24" }] } },
  },
  containers: {
    ...Object.fromEntries(all.map((one) => [one.key, which(one)])),
    plain: { ...IDLE, networks: ["front"] },
  },
});

/** The catalogue's example of a fixed address, in this test's subnet. */
const relocated = (spec: JsonObject, address: string): JsonObject =>
  JSON.parse(JSON.stringify(spec).replaceAll("10.213.7.9", address));

const file = () => fileWith(({ spec }) => relocated(spec, "10.213.20.9"));
/** The address of an example is taken by the container that asks for it. */
const otherFile = () => fileWith(({ other }) => relocated(other, "10.213.20.10"));
const engineName = (key: string) => `${name}-${key}-1`;

beforeAll(async () => {
  for (const [attribute, why] of Object.entries(KERNELS))
    console.log(`left out: ${attribute}: ${why}`);
  live = await bench("drift");
  name = live.stack();
  await live.settle(file());
});

afterAll(() => live.close());

async function putInPlace(container: string, work: InPlaceUpdate): Promise<void> {
  if ("update" in work) {
    await live.post(path`/containers/${container}/update`, work.update);
    return;
  }
  for (const network of work.disconnect)
    await live.post(path`/networks/${network}/disconnect`, { Container: container });
  for (const [network, EndpointConfig] of Object.entries(work.connect))
    await live.post(path`/networks/${network}/connect`, { Container: container, EndpointConfig });
}

function specsOf(source: JsonObject): ReadonlyMap<string, JsonObject> {
  const { resources } = understand(source).stack;
  return new Map(
    resources.filter(({ kind }) => kind === "container").map(({ key, spec }) => [key, spec]),
  );
}

const origins = (change: Change | undefined) => [
  ...new Set(change?.deltas.map(({ origin }) => origin)),
];

describe("a value that somebody changes on the engine", () => {
  it("is reported, whoever did it, and put back without a replacement", async () => {
    const wanted = specsOf(file());
    const others = specsOf(otherFile());
    const drifting = all.filter(({ key, attribute }) => {
      const asked = wanted.get(key)?.[attribute] ?? null;
      const other = others.get(key)?.[attribute] ?? null;
      const { update: live } =
        (catalogue.container as Record<string, Attribute>)[attribute]?.docker ?? {};
      const there = live?.(other, asked, others.get(key) ?? {});
      // A hardware address is lost in place, and had again by a replacement only.
      const back = live?.(asked, other, wanted.get(key) ?? {});
      return JSON.stringify(asked) !== JSON.stringify(other) && there && back;
    });
    const ids = new Map<string, unknown>();
    for (const { key, attribute } of drifting) {
      const spec = others.get(key) ?? {};
      const docker = (catalogue.container as Record<string, Attribute>)[attribute]?.docker;
      const work = docker?.update?.(
        spec[attribute] ?? null,
        wanted.get(key)?.[attribute] ?? null,
        spec,
      );
      ids.set(key, (await live.inspect(engineName(key))).Id);
      if (work) await putInPlace(engineName(key), work);
    }
    const { plan } = await live.settle(file());
    for (const { key, attribute } of drifting) {
      const change = plan.changes.find(({ address }) => address === `container.${key}`);
      expect([key, change?.action, ...origins(change)]).toEqual([key, "update", "unknown"]);
      const names = changed(plan, `container.${key}`).split(" ").slice(1);
      expect(names).toContain(attribute);
      const companions = attribute === "mem_limit" ? [attribute, "memswap_limit"] : [attribute];
      expect(companions).toEqual(expect.arrayContaining(names));
      expect((await live.inspect(engineName(key))).Id).toBe(ids.get(key));
    }
    expect(plan.changes).toHaveLength(drifting.length);
    expect(drifting.length).toBeGreaterThan(15);
  });
});

describe("what somebody does to a container", () => {
  const plain = () => engineName("plain");
  const act = (verb: string, query?: Record<string, string>) =>
    live.post(path`/containers/${plain()}/${verb}`, undefined, query);
  const repaired = async () => {
    const { plan } = await live.settle(file());
    expect(stateOf(await live.inspect(plain()))).toBe("running");
    return plan;
  };
  const only = { address: "container.plain", origin: "unknown" };

  it("stop: it is started", async () => {
    await act("stop");
    expect((await repaired()).changes).toMatchObject([
      { ...only, action: "start", reason: "it is exited (143)" },
    ]);
  });

  it("kill: it is started", async () => {
    await act("kill");
    expect((await repaired()).changes).toMatchObject([
      { ...only, action: "start", reason: "it is exited (137)" },
    ]);
  });

  it("pause: it goes on", async () => {
    await act("pause");
    expect((await repaired()).changes).toMatchObject([
      { ...only, action: "start", reason: "it is paused" },
    ]);
  });

  it("rename: it gets its name back, and is the same one", async () => {
    const { Id } = await live.inspect(plain());
    await act("rename", { name: `${name}-elsewhere` });
    expect((await repaired()).changes).toMatchObject([
      { address: "container.plain", origin: "unknown", action: "update" },
    ]);
    expect((await live.inspect(plain())).Id).toBe(Id);
  });

  it("disconnect: it joins the network again, with its alias", async () => {
    await live.post(path`/networks/${`${name}_front`}/disconnect`, { Container: plain() });
    expect((await repaired()).changes).toMatchObject([{ ...only, action: "update" }]);
    const { NetworkSettings } = await live.inspect(plain());
    expect(NetworkSettings).toMatchObject({
      Networks: { [`${name}_front`]: { Aliases: expect.arrayContaining(["plain"]) } },
    });
  });

  it("connect: it leaves the network that nobody asked for", async () => {
    await live.post(path`/networks/${`${name}_back`}/connect`, { Container: plain() });
    expect((await repaired()).changes).toMatchObject([{ ...only, action: "update" }]);
  });

  it("remove: it is made again", async () => {
    await live.client.delete(path`/containers/${plain()}`, { query: { force: true } });
    expect((await repaired()).changes).toMatchObject([
      { address: "container.plain", action: "create", reason: "it does not exist" },
    ]);
  });

  it("stop and disconnect at once: both are repaired", async () => {
    await act("stop");
    await live.post(path`/networks/${`${name}_front`}/disconnect`, { Container: plain() });
    expect((await repaired()).changes).toMatchObject([{ ...only, action: "update" }]);
  });
});
