import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, record, text } from "../../../src/attributes/values/json.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, expectNothing, stateOf } from "../../support/engine/live.ts";
import { freePorts, IDLE } from "../../support/fixtures/stackfile.ts";

let live: Bench;
beforeAll(async () => {
  live = await bench("exchange");
});
afterAll(() => live.close());

/** It fails when all others have long proved themselves. */
const FAILS = {
  command: ["sh", "-c", "sleep 0.5; exit 3"],
  update_config: { monitor: "60s" },
};
const containers = (
  specs: Readonly<Record<string, JsonObject>>,
  fails?: string,
): Record<string, JsonObject> =>
  Object.fromEntries(
    Object.entries(specs).map(([key, spec]) => [
      key,
      { ...IDLE, ...spec, ...(key === fails && FAILS) },
    ]),
  );

/** Each container's id, name and state; all of them. */
async function standing(name: string) {
  const { containers: all } = await live.observe({ name, containers: {} });
  return all
    .map(({ id, name: own, json }) => [own, id, stateOf(json)].join(" "))
    .filter((line) => !line.includes(".failed "))
    .sort();
}

describe("containers that take over from each other, of which one fails", () => {
  it.each(["a", "c"])("run again as before, all three (ports; %s fails)", async (fails) => {
    const name = live.stack();
    const ports = await freePorts(3);
    const publish = (index: number) => ({ ports: [`127.0.0.1:${ports[index % 3]}:80`] });
    const specs = (turn: number) => ({
      a: publish(turn),
      b: publish(turn + 1),
      c: publish(turn + 2),
    });
    await live.settle({ name, containers: containers(specs(0)) });
    const before = await standing(name);
    const { outcome, plan } = await live.apply({ name, containers: containers(specs(1), fails) });
    expect(plan.exchanges?.length).toBe(3);
    expect(outcome).toBe("rolled_back");
    expect(await standing(name)).toEqual(before);
    await live.settle({ name, containers: containers(specs(1)) });
  });

  it("run as before or as asked: who takes over from what comes back goes", async () => {
    const name = live.stack();
    const networks = { front: { ipam: { config: [{ subnet: "10.213.44.0/24" }] } } };
    const place = (index: number) => ({
      container_name: `${name}-place-${index}`,
      networks: { front: { ipv4_address: `10.213.44.${10 + index}` } },
    });
    const first = { name, networks, containers: containers({ a: place(1), b: place(2) }) };
    await live.settle(first);
    const before = await standing(name);
    const specs = { a: place(2), b: place(3), c: place(1) };
    const { outcome } = await live.apply({ name, networks, containers: containers(specs, "a") });
    expect(outcome).toBe("rolled_back");
    // Nobody needs back what b has left, so that it stays where it was moved to in place.
    const moved = before.map((line) => line.replace("place-2", "place-3"));
    expect(await standing(name)).toEqual(moved);
    await live.settle({ name, networks, containers: containers(specs) });
  });

  it.each([
    ["both in place", {}],
    ["one by its replacement", { environment: { V: "2" } }],
  ])("have their addresses again where one cannot join another network: %s", async (_, also) => {
    const name = live.stack();
    const pool = (last: number) => ({ ipam: { config: [{ subnet: `10.213.${last}.0/24` }] } });
    const file = (a: number, b: number, joins: JsonObject, more: JsonObject): JsonObject => ({
      ...{ name, networks: { front: pool(45), other: pool(46) } },
      containers: {
        ...containers({
          a: { networks: { front: { ipv4_address: `10.213.45.${a}` }, ...joins } },
          b: { networks: { front: { ipv4_address: `10.213.45.${b}` } }, ...more },
        }),
      },
    });
    const first = file(10, 11, {}, {});
    await live.settle(first);
    const before = await standing(name);
    const theirs = await live.post(path`/containers/create`, {
      ...{ Image: "busybox:1.36", Cmd: ["sleep", "3600"] },
      HostConfig: { NetworkMode: `${name}_other`, Init: true },
    });
    await live.post(path`/containers/${text(theirs.Id)}/start`);
    const taken = record(
      at(await live.inspect(text(theirs.Id)), "NetworkSettings", "Networks", `${name}_other`),
    );
    const joins = { other: { ipv4_address: text(taken.IPAddress) } };
    const { outcome, plan } = await live.apply(file(11, 10, joins, also));
    expect(plan.notes ?? []).toEqual([]);
    expect(outcome).toBe("rolled_back");
    expect(await standing(name)).toEqual(before);
    expectNothing(await live.plan(first));
    await live.client.delete(path`/containers/${text(theirs.Id)}`, { query: { force: true } });
    await live.settle(file(11, 10, joins, also));
    await live.destroy(name);
  });
});
