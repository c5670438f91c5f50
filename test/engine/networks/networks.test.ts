import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, record } from "../../../src/attributes/values/json.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, changed } from "../../support/engine/live.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

let live: Bench;
beforeAll(async () => {
  live = await bench("networks");
});
afterAll(() => live.close());

/** What an asking container finds under a name. */
const lookUp = async (asking: string, name: string): Promise<string> =>
  live.exec(
    asking,
    "sh",
    "-c",
    `ping -c 1 -W 2 ${name} | sed -n 's/.*(\\([0-9.]*\\)).*/\\1/p' | head -n 1`,
  );

function file(name: string, internal: boolean): JsonObject {
  return {
    name,
    networks: {
      back: { internal, ipam: { config: [{ subnet: "10.213.31.0/24" }] } },
      front: {},
    },
    containers: {
      web: { ...IDLE, networks: { front: null, back: { aliases: ["www", "site"] } } },
      db: { ...IDLE, networks: { back: { ipv4_address: "10.213.31.9" } } },
      asleep: { ...IDLE, networks: ["back"] },
    },
  };
}

describe("a network whose definition changes", () => {
  it("is replaced under its containers, which keep ids, aliases and fixed addresses", async () => {
    const name = live.stack();
    await live.settle(file(name, false));
    const container = (key: string) => `${name}-${key}-1`;
    const before = await Promise.all(["web", "db"].map((key) => live.inspect(container(key))));

    const { plan } = await live.settle(file(name, true));
    expect(changed(plan, "network.back")).toBe("replace internal");
    const after = await Promise.all(["web", "db"].map((key) => live.inspect(container(key))));
    expect(after.map(({ Id }) => Id)).toEqual(before.map(({ Id }) => Id));
    expect(await lookUp(container("web"), "db")).toBe("10.213.31.9\n");
    const web = at(after[0], "NetworkSettings", "Networks", `${name}_back`, "IPAddress");
    for (const alias of ["web", "www", "site"])
      expect(await lookUp(container("db"), alias)).toBe(`${web}\n`);
    await live.destroy(name);
  });

  it("is replaced under a container that is stopped, which starts again", async () => {
    const name = live.stack();
    const one = (mtu: string): JsonObject => ({
      name,
      networks: { back: { driver_opts: { "com.docker.network.driver.mtu": mtu } } },
      containers: { db: { ...IDLE, networks: { back: { aliases: ["store"] } } } },
    });
    await live.settle(one("1400"));
    await live.post(path`/containers/${`${name}-db-1`}/stop`);
    await live.settle(one("1300"));
    const db = await live.inspect(`${name}-db-1`);
    expect(at(db, "State", "Running")).toBe(true);
    expect(at(db, "NetworkSettings", "Networks", `${name}_back`, "Aliases")).toEqual(
      expect.arrayContaining(["store", "db"]),
    );
  });

  it("goes together with changes of its containers in one plan", async () => {
    const name = live.stack();
    await live.settle(file(name, false));
    const both = file(name, true) as { containers: Record<string, JsonObject> };
    const { containers } = both;
    await live.settle({
      ...both,
      containers: {
        web: { ...containers.web, environment: { A: "1" } },
        db: { ...containers.db, mem_limit: "64m" },
        fresh: { ...IDLE, networks: ["back"] },
      },
    });
    expect(await lookUp(`${name}-fresh-1`, "db")).toBe("10.213.31.9\n");
    expect(await lookUp(`${name}-fresh-1`, "www")).toMatch(/^10\.213\.31\./);
    await live.destroy(name);
  });
});

describe("a network that somebody removed", () => {
  it("is made again, and containers that keep to the old one's id are moved to it", async () => {
    const name = live.stack();
    const stack = {
      name,
      networks: { front: {}, back: {} },
      containers: { web: { ...IDLE, networks: ["front", "back"] } },
    };
    await live.settle(stack);
    await live.post(path`/containers/${`${name}-web-1`}/stop`);
    await live.client.delete(path`/networks/${`${name}_back`}`);
    await live.client.delete(path`/networks/${`${name}_front`}`);
    await live.settle(stack);
    expect(at(await live.inspect(`${name}-web-1`), "State", "Running")).toBe(true);
  });

  it("is known as stale although somebody made another of the same name", async () => {
    const name = live.stack();
    const stack = {
      name,
      networks: { back: { external: true, name: `${name}-shared` } },
      containers: { web: { ...IDLE, networks: ["back"] } },
    };
    const make = () => live.post(path`/networks/create`, { Name: `${name}-shared` });
    await make();
    await live.settle(stack);
    await live.post(path`/containers/${`${name}-web-1`}/stop`);
    await live.client.delete(path`/networks/${`${name}-shared`}`);
    await make();
    const { plan } = await live.settle(stack);
    expect(changed(plan, "container.web")).toBe("update networks");
    await live.destroy(name);
    await live.client.delete(path`/networks/${`${name}-shared`}`);
  });
});

describe("endpoints", () => {
  it("change in place: an alias, an address, one network more, one less", async () => {
    const name = live.stack();
    const stack = (networks: JsonObject) => ({
      name,
      networks: { a: { ipam: { config: [{ subnet: "10.213.32.0/24" }] } }, b: {} },
      containers: { web: { ...IDLE, networks }, other: { ...IDLE, networks: ["a", "b"] } },
    });
    await live.settle(stack({ a: null }));
    const { Id } = await live.inspect(`${name}-web-1`);
    await live.settle(stack({ a: { aliases: ["www"] } }));
    expect(await lookUp(`${name}-other-1`, "www")).toMatch(/^10\.213\.32\./);
    await live.settle(stack({ a: { ipv4_address: "10.213.32.77" }, b: null }));
    expect(await lookUp(`${name}-other-1`, "web")).toMatch(/^10\./);
    await live.settle(stack({ b: { aliases: ["w"] } }));
    expect((await live.inspect(`${name}-web-1`)).Id).toBe(Id);
  });

  it("swap their fixed addresses, each freed before it is taken", async () => {
    const name = live.stack();
    const stack = (a: number, b: number) => ({
      name,
      networks: { net: { ipam: { config: [{ subnet: "10.213.33.0/24" }] } } },
      containers: {
        a: { ...IDLE, networks: { net: { ipv4_address: `10.213.33.${a}` } } },
        b: { ...IDLE, networks: { net: { ipv4_address: `10.213.33.${b}` } } },
      },
    });
    await live.settle(stack(10, 11));
    await live.settle(stack(11, 10));
    await live.settle(stack(10, 12));
  });

  it("make way for who is to have the address that they were given", async () => {
    const name = live.stack();
    const stack = (more: object) => ({
      name,
      networks: { net: { ipam: { config: [{ subnet: "10.213.34.0/24" }] } } },
      containers: { any: { ...IDLE, networks: ["net"] }, ...more },
    });
    await live.settle(stack({}));
    const entry = async (key: string) =>
      record(
        at(await live.inspect(`${name}-${key}-1`), "NetworkSettings", "Networks", `${name}_net`),
      );
    const { IPAddress } = await entry("any");
    await live.settle(
      stack({ fixed: { ...IDLE, networks: { net: { ipv4_address: IPAddress } } } }),
    );
    expect((await entry("fixed")).IPAddress).toBe(IPAddress);
    expect((await entry("any")).Aliases).toContain("any");
  });
});
