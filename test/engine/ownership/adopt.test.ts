import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at } from "../../../src/attributes/values/json.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, changed, expectNothing } from "../../support/engine/live.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

let live: Bench;
beforeAll(async () => {
  live = await bench("adopt");
});
afterAll(() => live.close());

/** As `docker run` makes it, with an anonymous volume. */
async function foreign(name: string, network?: string): Promise<string> {
  const body = {
    Image: "busybox:1.36",
    Cmd: ["sleep", "3600"],
    Volumes: { "/anon": {} },
    StopTimeout: 1,
    HostConfig: { Init: true, ...(network ? { NetworkMode: network } : {}) },
  };
  const { Id } = await live.post(path`/containers/create`, body, { name });
  await live.post(path`/containers/${String(Id)}/start`);
  return String(Id);
}

const WEB: JsonObject = { ...IDLE, adopt: true, network_mode: "bridge", volumes: ["/anon"] };
const labelOf = (json: JsonObject, label: string) => at(json, "Config", "Labels", label);

describe("a container that others have made", () => {
  it("is left as it is while it is as asked, and is ours at every plan", async () => {
    const name = live.stack();
    const id = await foreign(`${name}-web-1`);
    const before = await live.inspect(id);
    const { plan } = await live.settle({ name, containers: { web: WEB } });
    expect(plan).toMatchObject({ changes: [], steps: [], adopted: ["container.web"] });
    expect(await live.inspect(id)).toEqual(before);
    // Without being asked for, it would be in the way.
    const { adopt: _, ...own } = WEB;
    const { conflicts } = await live.plan({ name, containers: { web: own } });
    expect(conflicts).toMatchObject([{ address: "container.web" }]);
    // Nobody knows any more that it was ours, and so it stays.
    const without = await live.plan({ name, containers: {} });
    expectNothing(without);
    await live.destroy(name, { source: { name, containers: { web: WEB } } });
    const { listed } = await live.observe({ name, containers: {} });
    expect(listed.map((each) => each.name)).not.toContain(`${name}-web-1`);
  });

  it("is updated in place where the engine can", async () => {
    const name = live.stack();
    const id = await foreign(`${name}-web-1`);
    const source = { name, containers: { web: { ...WEB, mem_limit: "64m" } } };
    const { plan } = await live.settle(source);
    expect(changed(plan, "container.web")).toBe("update mem_limit");
    expect(await live.inspect(id)).toMatchObject({ HostConfig: { Memory: 64 * 1024 * 1024 } });
    await live.destroy(name, { source });
  });

  it("is replaced by one with labels, which has its anonymous volume", async () => {
    const name = live.stack();
    const id = await foreign(`${name}-web-1`);
    await live.exec(id, "sh", "-c", "echo kept > /anon/data");
    const web: JsonObject = { ...WEB, command: ["sleep", "7200"] };
    const { plan } = await live.settle({ name, containers: { web } });
    expect(changed(plan, "container.web")).toBe("replace command");
    expect(plan.adopted).toBeUndefined();
    const successor = await live.inspect(`${name}-web-1`);
    expect(labelOf(successor, "stackwright.stack")).toBe(name);
    expect(labelOf(successor, "stackwright.replaces")).toBe(id);
    expect(await live.exec(`${name}-web-1`, "cat", "/anon/data")).toBe("kept\n");
    // It is ours now, with or without the line.
    const { adopt: _, ...own } = web;
    await live.settle({ name, containers: { web: own } });
  });

  it("is found again after a replacement that was cut short", async () => {
    const name = live.stack();
    const id = await foreign(`${name}-web-1`);
    const source = { name, containers: { web: { ...WEB, command: ["sleep", "7200"] } } };
    const cut = new AbortController();
    await live.apply(source, {
      signal: cut.signal,
      through: (engine) => ({
        ...engine,
        perform: async (step, context) => {
          if (step.operation === "container.rename" && step.to.endsWith("-web-1"))
            throw new Error("cut");
          await engine.perform(step, context);
        },
      }),
    });
    expect(await live.inspect(id)).toMatchObject({ Name: `/${name}-web-1.old` });
    const { plan } = await live.settle(source);
    expect(plan.steps.map((step) => step.operation)).toContain("container.remove");
    const { listed } = await live.observe(source);
    const own = listed.filter((each) => each.name.startsWith(name));
    expect(own.map((each) => each.name)).toEqual([`${name}-web-1`]);
  });
});

describe("networks and volumes that others have made", () => {
  it("are taken over as they are; a network is replaced with all on it, a volume held", async () => {
    const name = live.stack();
    const network = `${name}_front`;
    const subnet = "10.213.12.0/24";
    await live.post(path`/networks/create`, {
      Name: network,
      IPAM: { Config: [{ Subnet: subnet }] },
    });
    await live.post(path`/volumes/create`, { Name: `${name}_data` });
    const id = await foreign(`${name}-web-1`, network);
    const file = (front: JsonObject, data: JsonObject): JsonObject => ({
      name,
      networks: { front: { adopt: true, ipam: { config: [{ subnet }] }, ...front } },
      volumes: { data: { adopt: true, ...data } },
      containers: { web: { ...WEB, network_mode: undefined, networks: ["front"] } },
    });
    // The key is an alias that it does not have yet.
    await live.settle(file({}, {}));
    expect((await live.plan(file({}, {}))).adopted).toEqual([
      "network.front",
      "volume.data",
      "container.web",
    ]);
    const { plan } = await live.settle(file({ internal: true }, {}));
    expect(changed(plan, "network.front")).toBe("replace internal");
    expect(await live.inspect(id)).toMatchObject({ State: { Running: true } });
    const held = await live.plan(file({ internal: true }, { labels: { tier: "1" } }));
    expect(held.blocked).toMatchObject([
      { address: "volume.data", action: "replace", required: true },
    ]);
    expect(held.steps).toEqual([]);
    await live.destroy(name, { source: file({ internal: true }, {}) });
    const { volumes } = await live.observe({ name, containers: {} });
    expect(volumes.map((each) => each.name)).not.toContain(`${name}_data`);
  });

  it("are not taken from another stack", async () => {
    const [one, two] = [live.stack(), live.stack()];
    await live.settle({ name: one, volumes: { data: {} } });
    const theirs = { name: `${one}_data`, adopt: true };
    const { conflicts } = await live.plan({ name: two, volumes: { data: theirs } });
    expect(conflicts).toMatchObject([{ address: "volume.data" }]);
  });
});
