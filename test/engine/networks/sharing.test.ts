import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at } from "../../../src/attributes/values/json.ts";
import { apiAtLeast } from "../../../src/attributes/values/units.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, changed } from "../../support/engine/live.ts";
import { IDLE, WATCHED } from "../../support/fixtures/stackfile.ts";

let live: Bench;
beforeAll(async () => {
  live = await bench("sharing");
});
afterAll(() => live.close());

/** What the kernel calls a namespace: one and the same for all who are in it. */
const namespace = (container: string, kind: string): Promise<string> =>
  live.exec(container, "readlink", `/proc/self/ns/${kind}`);

async function expectShared(name: string, kind: string, ...keys: string[]): Promise<void> {
  const all = await Promise.all(keys.map((key) => namespace(`${name}-${key}-1`, kind)));
  expect(new Set(all).size).toBe(1);
}

describe("a container that has what another one has", () => {
  const file = (name: string, db: JsonObject = {}): JsonObject => ({
    name,
    volumes: { data: {} },
    containers: {
      // It stands before the one that it needs.
      web: { ...IDLE, network_mode: "service:db", volumes_from: ["db:ro"] },
      watch: { ...IDLE, pid: "service:db", ipc: "service:db" },
      db: { ...IDLE, ipc: "shareable", volumes: ["data:/data"], ...db },
    },
  });
  const ids = async (name: string) =>
    Promise.all(
      ["db", "web", "watch"].map(async (key) => (await live.inspect(`${name}-${key}-1`)).Id),
    );

  it("is brought back with it when its replacement fails", async () => {
    const name = live.stack();
    await live.settle(file(name));
    const before = await ids(name);
    const { outcome } = await live.apply(
      file(name, { command: ["sh", "-c", "exit 3"], update_config: WATCHED }),
    );
    expect(outcome).toBe("rolled_back");
    expect(await ids(name)).toEqual(before);
    await expectShared(name, "net", "db", "web");
    await expectShared(name, "pid", "db", "watch");
    await live.settle(file(name, { environment: { A: "1" } }));
  });

  it("follows its replacement, its restart, its removal and its new name", async () => {
    const name = live.stack();
    await live.settle(file(name));
    const shared = async () => {
      await expectShared(name, "net", "db", "web");
      await expectShared(name, "ipc", "db", "watch");
      await expectShared(name, "pid", "db", "watch");
      expect(await live.exec(`${name}-web-1`, "sh", "-c", "grep -c ' /data ' /proc/mounts")).toBe(
        "1\n",
      );
    };
    await shared();

    const before = await ids(name);
    const { plan } = await live.settle(file(name, { environment: { A: "1" } }));
    expect(changed(plan, "container.db")).toBe("replace environment");
    expect(plan.changes.find(({ address }) => address === "container.web")).toMatchObject({
      action: "replace",
      reason: "it shares what container.db has, which is replaced",
    });
    const after = await ids(name);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
    await shared();

    await live.post(path`/containers/${`${name}-db-1`}/restart`, undefined, { t: "1" });
    const again = await live.settle(file(name, { environment: { A: "1" } }));
    expect(again.plan.changes.map(({ address, action }) => [address, action])).toContainEqual([
      "container.web",
      "restart",
    ]);
    expect(await ids(name)).toEqual(after);
    await shared();

    await live.client.delete(path`/containers/${`${name}-db-1`}`, { query: { force: true } });
    await live.settle(file(name, { environment: { A: "1" } }));
    await shared();

    const made = await ids(name);
    await live.settle(file(name, { environment: { A: "1" }, container_name: `${name}-store` }));
    // The engine knows whose namespaces these are by its id, but whose mounts by the name.
    expect((await live.inspect(`${name}-watch-1`)).Id).toBe(made[2]);
    await live.destroy(name);
  });

  it("may be somebody else's, which is told of while it is not there", async () => {
    const name = live.stack();
    const theirs = `${name}-theirs`;
    const stack = { name, containers: { web: { ...IDLE, network_mode: `container:${theirs}` } } };
    const conflicts = async () => (await live.plan(stack)).conflicts.map(({ message }) => message);
    const make = () =>
      live.post(
        path`/containers/create`,
        { Image: "busybox:1.36", Cmd: ["sleep", "3600"] },
        { name: theirs },
      );
    expect(await conflicts()).toEqual([
      `the container ${theirs}, which it is to share with, does not exist`,
    ]);
    await make();
    expect(await conflicts()).toEqual([
      `the container ${theirs}, which it is to share with, is created`,
    ]);
    await live.post(path`/containers/${theirs}/start`);
    await live.settle(stack);

    await live.client.delete(path`/containers/${theirs}`, { query: { force: true } });
    await make();
    await live.post(path`/containers/${theirs}/start`);
    const { plan } = await live.settle(stack);
    expect(changed(plan, "container.web")).toBe("replace network_mode");
    await live.destroy(name);
    await live.client.delete(path`/containers/${theirs}`, { query: { force: true } });
  });
});

describe("endpoints", () => {
  it("keep a hardware address, link names and a first network", async () => {
    const name = live.stack();
    const stack = (aliases: string[], back: JsonObject = {}) => ({
      name,
      networks: { front: {}, back: { ipam: { config: [{ subnet: "10.213.35.0/24" }] }, ...back } },
      containers: {
        db: { ...IDLE, networks: ["back"] },
        web: {
          ...IDLE,
          links: ["db:store"],
          mac_address: "02:42:0a:d5:22:0a",
          networks: { front: { aliases }, back: { priority: 1 } },
        },
      },
    });
    const web = `${name}-web-1`;
    const mac = async () =>
      at(await live.inspect(web), "NetworkSettings", "Networks", `${name}_back`, "MacAddress");
    await live.settle(stack([]));
    expect(await mac()).toBe("02:42:0a:d5:22:0a");
    expect(await live.exec(web, "ping", "-c", "1", "-W", "2", "store")).toContain("10.213.35.");

    const { Id } = await live.inspect(web);
    await live.settle(stack(["www"]));
    expect((await live.inspect(web)).Id).toBe(Id);

    // A stopped container shows no address; one that is reconnected has lost it on newer engines.
    await live.post(path`/containers/${web}/stop`, undefined, { t: "1" });
    expect(changed(await live.plan(stack(["www"])), "container.web")).toBe("start");
    const { plan } = await live.settle(stack(["www"], { internal: true }));
    expect(changed(plan, "container.web")).toBe("replace");
    expect(await mac()).toBe("02:42:0a:d5:22:0a");
    await live.destroy(name);
  });

  it("have a gateway's priority and an interface's name where the engine knows them", async () => {
    const name = live.stack();
    const stack = (priority: number) => ({
      name,
      networks: { front: {} },
      containers: {
        web: { ...IDLE, networks: { front: { gw_priority: priority, interface_name: "front0" } } },
      },
    });
    if (!apiAtLeast(live.client.api, "1.49")) {
      expect(
        (await live.plan(stack(5))).conflicts.map(({ message }) => message.split(",")[0]),
      ).toEqual([
        `\`networks.${name}_front.gw_priority\` needs API 1.48`,
        `\`networks.${name}_front.interface_name\` needs API 1.49`,
      ]);
      return;
    }
    await live.settle(stack(5));
    const { Id } = await live.inspect(`${name}-web-1`);
    await live.settle(stack(7));
    expect((await live.inspect(`${name}-web-1`)).Id).toBe(Id);
    expect(await live.exec(`${name}-web-1`, "ls", "/sys/class/net")).toContain("front0");
    await live.destroy(name);
  });
});

describe("mounts of later engines", () => {
  it("show an image, and a part of a volume, or are refused by name", async () => {
    const name = live.stack();
    const stack = (subpath: string, part: string) => ({
      name,
      volumes: { data: {} },
      containers: {
        db: {
          ...IDLE,
          command: ["sh", "-c", "mkdir -p /data/one /data/two; exec sleep 3600"],
          volumes: ["data:/data"],
        },
        web: {
          ...IDLE,
          depends_on: ["db"],
          restart: "on-failure:5",
          healthcheck: { test: "true", interval: "1s", start_interval: "2s" },
          volumes: [
            { type: "image", source: "busybox:1.36", target: "/tools", image: { subpath } },
            { type: "volume", source: "data", target: "/part", volume: { subpath: part } },
            {
              type: "bind",
              source: "/etc",
              target: "/theirs",
              read_only: true,
              bind: { recursive: "writable" },
            },
          ],
        },
      },
    });
    if (!apiAtLeast(live.client.api, "1.48")) {
      const { conflicts } = await live.plan(stack("bin", "one"));
      const told = conflicts.map(({ message }) => message.split(",")[0]);
      expect(told.sort()).toEqual([
        "`healthcheck.start_interval` needs API 1.44",
        "`volumes./part.subpath` needs API 1.45",
        "`volumes./theirs.recursive` needs API 1.44",
        "`volumes./tools of type image` needs API 1.48",
      ]);
      return;
    }
    // The volume's part is there only after its owner has run.
    const { containers, ...rest } = stack("bin", "one");
    await live.settle({ ...rest, containers: { db: containers.db } });
    await live.settle(stack("bin", "one"));
    await live.exec(`${name}-web-1`, "test", "-e", "/tools/busybox");
    const { plan } = await live.settle(stack("etc", "two"));
    expect(changed(plan, "container.web")).toBe("replace volumes");
    await live.exec(`${name}-web-1`, "test", "-e", "/tools/passwd");
    await live.destroy(name);
  });
});
