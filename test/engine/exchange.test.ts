import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { type Bench, bench, stateOf } from "../support/live.ts";
import { freePorts, IDLE } from "../support/stackfile.ts";

let live: Bench;
beforeAll(async () => {
  live = await bench("exchange");
});
afterAll(() => live.close(), 60_000);

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
    expect(outcome).toBe("rolled back");
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
    expect(outcome).toBe("rolled back");
    // Nobody needs back what b has left, so that it stays where it was moved to in place.
    const moved = before.map((line) => line.replace("place-2", "place-3"));
    expect(await standing(name)).toEqual(moved);
    await live.settle({ name, networks, containers: containers(specs) });
  });
});
