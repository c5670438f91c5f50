import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { freePorts, IDLE } from "../../support/fixtures/stackfile.ts";

let live: Bench;
let port = 0;
beforeAll(async () => {
  live = await bench("interrupt");
  [port = 0] = await freePorts(1);
});
afterAll(() => live.close());

/** Lets `count` steps of a run be done, and interrupts it then, as Ctrl-C does. */
function stopAfter(count: number) {
  const stop = new AbortController();
  let done = 0;
  if (count === 0) stop.abort();
  const through = (engine: Engine): Engine => ({
    ...engine,
    async perform(step, context) {
      await engine.perform(step, context);
      done++;
      if (done >= count) stop.abort();
    },
  });
  return { through, signal: stop.signal };
}

/** Lets `count` steps be begun, and fails every later one without touching the engine: a cut cable. */
function cutAfter(count: number) {
  let begun = 0;
  const through = (engine: Engine): Engine => ({
    ...engine,
    async perform(step, context) {
      begun++;
      if (begun > count) throw new Error("the connection is cut");
      await engine.perform(step, context);
    },
  });
  return { through };
}

const WAYS = [
  { title: "an interrupt", way: stopAfter, odd: 0 },
  { title: "a cut connection", way: cutAfter, odd: 1 },
];

/** Two containers on two networks, one with data, each with an address, a port and a file. */
function former(name: string): JsonObject {
  return {
    name,
    networks: { front: {}, back: { ipam: { config: [{ subnet: SUBNET }] } } },
    volumes: { data: {} },
    configs: { motd: { content: "one\n" } },
    containers: {
      db: {
        ...IDLE,
        volumes: ["data:/data", "/cache"],
        networks: { back: { ipv4_address: `${SUBNET.replace("0/24", "9")}` } },
      },
      web: {
        ...IDLE,
        depends_on: ["db"],
        networks: ["front", "back"],
        configs: [{ source: "motd", target: "/etc/motd" }],
        ports: [`127.0.0.1:${port}:80`],
      },
    },
  };
}
const SUBNET = "10.213.41.0/24";

/** A replacement, an edit of a network under both, a limit, and one container more. */
function latter(name: string): JsonObject {
  const old = former(name) as { networks: JsonObject; containers: Record<string, JsonObject> };
  return {
    ...old,
    networks: { ...old.networks, back: { internal: true, ipam: { config: [{ subnet: SUBNET }] } } },
    configs: { motd: { content: "two\n" } },
    containers: {
      db: { ...old.containers.db, environment: { MODE: "b" } },
      web: { ...old.containers.web, mem_limit: "64m" },
      more: { ...IDLE, networks: ["back"] },
    },
  };
}

/** One container for each address, none beside, each under its name. */
async function expectOneEach(name: string, keys: readonly string[]): Promise<void> {
  const { listed } = await live.observe({ name, containers: {} });
  const own = listed.filter((each) => each.name.startsWith(name));
  expect(own.map((each) => `${each.name} ${each.state}`).sort()).toEqual(
    keys.map((key) => `${name}-${key}-1 running`).sort(),
  );
}

const write = (name: string) =>
  live.exec(`${name}-db-1`, "sh", "-c", "echo kept > /data/f; echo kept > /cache/f");
const expectData = async (name: string) => {
  expect(await live.exec(`${name}-db-1`, "cat", "/data/f", "/cache/f")).toBe("kept\nkept\n");
};

describe.each(WAYS)("after $title at each step", ({ way, odd }) => {
  it("a creation converges", async () => {
    const steps = (await live.plan(former(live.stack()))).steps.length;
    expect(steps).toBeGreaterThan(6);
    for (let count = 0; count < steps; count++) {
      const name = live.stack();
      const first = await live.apply(former(name), way(count));
      expect(first.outcome).not.toBe("completed");
      await live.settle(former(name));
      await expectOneEach(name, ["db", "web"]);
      await live.destroy(name);
    }
  });

  it("a replacement and a network's edit converge, and no data is lost", async () => {
    const name = live.stack();
    await live.settle(former(name));
    await write(name);
    const steps = (await live.plan(latter(name))).steps.length;
    expect(steps).toBeGreaterThan(12);
    let there = false;
    for (let count = odd; count < steps + odd; count++) {
      // There and back again; the other way takes each step in the other direction.
      const to = there ? former(name) : latter(name);
      there = !there;
      await live.apply(to, way(count % steps));
      await live.settle(to);
      await expectOneEach(name, there ? ["db", "more", "web"] : ["db", "web"]);
      await expectData(name);
    }
    await live.destroy(name);
  });

  it("a destruction converges, and its volumes are kept", async () => {
    const name = live.stack();
    await live.settle(former(name));
    await write(name);
    const none = { name, containers: {} };
    const { steps } = await live.plan(none);
    for (let count = 0; count < steps.length; count++) {
      await live.apply(none, way(count));
      const { plan } = await live.settle(none);
      expect(plan.blocked).toMatchObject([{ address: "volume.data" }]);
      await expectOneEach(name, []);
      await live.settle(former(name));
      expect(await live.exec(`${name}-db-1`, "cat", "/data/f")).toBe("kept\n");
    }
    await live.destroy(name);
  });
});

describe("what is left after an interrupt", () => {
  it("is found although the half-made successor was started by hand", async () => {
    const name = live.stack();
    await live.settle(former(name));
    await write(name);
    const { plan } = await live.apply(latter(name), stopAfter(3));
    const next = plan.steps.find(
      (step) => step.operation === "container.create" && /\.next$/.test(step.name),
    );
    const { listed } = await live.observe({ name, containers: {} });
    const successor = listed.find((each) => each.name.endsWith(".next"));
    expect(next).toBeDefined();
    if (successor) await live.post(path`/containers/${successor.id}/start`).catch(() => {});
    await live.settle(latter(name));
    await expectOneEach(name, ["db", "more", "web"]);
    await expectData(name);
  });
});
