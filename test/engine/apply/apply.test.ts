import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, changed, stateOf, told } from "../../support/engine/live.ts";
import { freePorts, IDLE } from "../../support/fixtures/stackfile.ts";

let live: Bench;
beforeAll(async () => {
  live = await bench("apply");
});
afterAll(() => live.close());

const CHECKED = { ...IDLE, healthcheck: { test: ["CMD", "true"], interval: "300ms" } };

describe("change", () => {
  it("scales up and down without touching those that stay", async () => {
    const file = (replicas: number) => ({
      name,
      containers: { web: { ...IDLE, replicas } },
    });
    const name = live.stack();
    await live.settle(file(1));
    const { Id } = await live.inspect(`${name}-web-1`);
    const up = await live.settle(file(3));
    expect(up.plan.changes.map(({ action, address }) => `${action} ${address}`)).toEqual([
      "create container.web[2]",
      "create container.web[3]",
    ]);
    const down = await live.settle(file(1));
    expect(down.plan.changes.map(({ action, address }) => `${action} ${address}`).sort()).toEqual([
      "remove container.web[2]",
      "remove container.web[3]",
    ]);
    expect((await live.inspect(`${name}-web-1`)).Id).toBe(Id);
  });

  it("updates in place: same container, same process", async () => {
    const file = (more: JsonObject) => ({ name, containers: { web: { ...IDLE, ...more } } });
    const name = live.stack();
    await live.settle(file({ mem_limit: "64m" }));
    const before = await live.inspect(`${name}-web-1`);
    const { plan } = await live.settle(file({ mem_limit: "96m", cpus: 0.5, restart: "always" }));
    expect(plan.steps.map(told)).toEqual([
      `container.update ${name}-web-1`,
      `container.wait ${name}-web-1`,
    ]);
    const after = await live.inspect(`${name}-web-1`);
    expect(after).toMatchObject({
      Id: before.Id,
      State: { Pid: (before.State as JsonObject).Pid },
      HostConfig: { Memory: 96 * 2 ** 20, MemorySwap: 192 * 2 ** 20, NanoCpus: 5e8 },
    });
  });

  it("renames by container_name, back and forth, also where two swap their names", async () => {
    const name = live.stack();
    const file = (a: string, b: string) => ({
      name,
      containers: {
        a: { ...IDLE, container_name: `${name}-${a}` },
        b: { ...IDLE, container_name: `${name}-${b}` },
      },
    });
    await live.settle(file("x", "y"));
    const x = await live.inspect(`${name}-x`);
    const { plan } = await live.settle(file("z", "y"));
    expect(plan.steps.map(({ operation: what }) => what)).toEqual(["container.rename"]);
    expect((await live.inspect(`${name}-z`)).Id).toBe(x.Id);
    await live.settle(file("y", "z"));
    expect((await live.inspect(`${name}-y`)).Id).toBe(x.Id);
  });

  it("replaces only with the successor ready, and never both under one name", async () => {
    const name = live.stack();
    const file = (env: string) => ({
      name,
      containers: { web: { ...CHECKED, environment: { MODE: env } } },
    });
    await live.settle(file("a"));
    const { plan } = await live.settle(file("b"));
    expect(changed(plan, "container.web")).toBe("replace environment");
    const web = `${name}-web-1`;
    expect(plan.steps.map(told)).toEqual([
      `container.create ${web}.next`,
      `container.start ${web}.next`,
      `container.wait ${web}.next`,
      `container.rename ${web}`,
      `container.rename ${web}.next`,
      `container.stop ${web}.old`,
      `container.remove ${web}.old`,
    ]);
    expect(await live.exec(web, "sh", "-c", "echo $MODE")).toBe("b\n");
  });

  it("replaces a paused container, and starts a stopped one with its new limits", async () => {
    const name = live.stack();
    const file = (more: JsonObject) => ({ name, containers: { web: { ...IDLE, ...more } } });
    await live.settle(file({}));
    await live.post(path`/containers/${`${name}-web-1`}/pause`);
    await live.settle(file({ environment: { A: "1" } }));
    await live.post(path`/containers/${`${name}-web-1`}/pause`);
    await live.settle(file({ environment: { A: "1" }, cpu_shares: 512 }));
    await live.post(path`/containers/${`${name}-web-1`}/stop`);
    await live.settle(file({ environment: { A: "1" }, cpu_shares: 1024 }));
    const web = await live.inspect(`${name}-web-1`);
    expect(stateOf(web)).toBe("running");
    expect(web.HostConfig).toMatchObject({ CpuShares: 1024 });
  });

  it("brings a replacement whose start failed to its end when the file is mended", async () => {
    const name = live.stack();
    const file = (more: JsonObject) => ({
      name,
      volumes: { data: {} },
      containers: { web: { ...IDLE, init: false, volumes: ["data:/data", "/cache"], ...more } },
    });
    await live.settle(file({}));
    await live.exec(`${name}-web-1`, "sh", "-c", "echo kept | tee /data/f > /cache/f");
    const failed = await live.apply(file({ command: ["/no/such/program"] }));
    expect(failed.outcome).toBe("rolled_back");
    await live.settle(file({ environment: { A: "1" } }));
    expect(await live.exec(`${name}-web-1`, "cat", "/data/f", "/cache/f")).toBe("kept\nkept\n");
    const { listed } = await live.observe(file({}));
    expect(listed.filter((each) => each.name.startsWith(name))).toHaveLength(1);
  });

  it("hands a port and a name from one container to another", async () => {
    const [port = 0] = await freePorts(1);
    const name = live.stack();
    const file = (holder: string, other: string) => ({
      name,
      containers: {
        [holder]: { ...IDLE, container_name: `${name}-front`, ports: [`127.0.0.1:${port}:80`] },
        [other]: IDLE,
      },
    });
    await live.settle(file("a", "b"));
    await live.settle(file("b", "a"));
    await live.settle(file("c", "d"));
  });

  it("removes a container and a network that the file no longer names", async () => {
    const name = live.stack();
    const web = { ...IDLE, networks: ["front"] };
    await live.settle({
      name,
      networks: { front: {}, back: {} },
      containers: { web, old: { ...IDLE, networks: ["back"] } },
    });
    const { plan } = await live.settle({ name, networks: { front: {} }, containers: { web } });
    expect(plan.changes.map(({ action, address }) => `${action} ${address}`)).toEqual([
      "remove container.old",
      "remove network.back",
    ]);
  });
});
