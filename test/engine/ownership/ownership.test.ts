import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { freePorts, IDLE, understand } from "../../support/fixtures/stackfile.ts";

let live: Bench;
const foreign: (() => Promise<void>)[] = [];
beforeAll(async () => {
  live = await bench("ownership");
});
afterEach(async () => {
  for (const remove of foreign.splice(0)) await remove();
});
afterAll(() => live.close());

async function foreignContainer(name: string, more: JsonObject = {}): Promise<string> {
  const body = { Image: "busybox:1.36", Cmd: ["sleep", "3600"], ...more };
  const { Id } = await live.post(path`/containers/create`, body, { name });
  const id = String(Id);
  foreign.push(() => live.client.delete(path`/containers/${id}`, { query: { force: true } }));
  await live.post(path`/containers/${id}/start`);
  return id;
}

/** The foreign object as it was, byte by byte, but for what a running process changes by itself. */
const stable = async (container: string): Promise<JsonObject> => {
  const { State: _, ...rest } = await live.inspect(container);
  return rest;
};

/** It is told, and nothing at all is done. */
async function refused(source: JsonObject, says: RegExp): Promise<void> {
  const plan = await live.plan(source);
  expect(plan.conflicts.map(({ message }) => message)).toEqual([expect.stringMatching(says)]);
  expect(plan.conflicts.every(({ hint }) => hint !== "")).toBe(true);
}

describe("what is in the way and not ours", () => {
  it("a container under the wanted name is a conflict that names it", async () => {
    const name = live.stack();
    const id = await foreignContainer(`${name}-web-1`);
    const before = await stable(id);
    await refused({ name, containers: { web: IDLE } }, new RegExp(`container named ${name}-web-1`));
    expect(await stable(id)).toEqual(before);
  });

  it("so is a network, and a volume", async () => {
    const name = live.stack();
    const { Id } = await live.post(path`/networks/create`, { Name: `${name}_front` });
    foreign.push(() => live.client.delete(path`/networks/${String(Id)}`));
    await refused(
      { name, networks: { front: {} }, containers: { web: { ...IDLE, networks: ["front"] } } },
      new RegExp(`network named ${name}_front exists`),
    );
    await live.post(path`/volumes/create`, { Name: `${name}_data` });
    foreign.push(() => live.client.delete(path`/volumes/${`${name}_data`}`));
    await refused(
      { name, volumes: { data: {} }, containers: { web: { ...IDLE, volumes: ["data:/d"] } } },
      new RegExp(`volume named ${name}_data exists`),
    );
  });

  it("so is a port of the host, and the holder is named", async () => {
    const [port = 0] = await freePorts(1);
    const name = live.stack();
    await foreignContainer(`${name}-holder`, {
      ExposedPorts: { "80/tcp": {} },
      HostConfig: { PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] } },
    });
    await refused(
      { name, containers: { web: { ...IDLE, ports: [`127.0.0.1:${port}:80`] } } },
      new RegExp(`${port}/tcp .* ${name}-holder`),
    );
  });

  it("another stack's objects are as foreign as any", async () => {
    const [one, two] = [live.stack(), live.stack()];
    await live.settle({ name: one, containers: { web: { ...IDLE, container_name: `${one}-x` } } });
    await refused(
      { name: two, containers: { web: { ...IDLE, container_name: `${one}-x` } } },
      new RegExp(`container named ${one}-x .* belongs to the stack ${one}`),
    );
  });

  it("a missing external network or volume is a conflict", async () => {
    const name = live.stack();
    await refused(
      {
        name,
        networks: { gone: { external: true } },
        containers: { web: { ...IDLE, networks: ["gone"] } },
      },
      /external network gone does not exist/,
    );
  });
});

describe("what is attached and not ours", () => {
  it("keeps a network from its replacement and its removal, and is not touched", async () => {
    const name = live.stack();
    const file = (internal: boolean): JsonObject => ({
      name,
      networks: { front: { internal } },
      containers: { web: { ...IDLE, networks: ["front"] } },
    });
    await live.settle(file(false));
    const guest = await foreignContainer(`${name}-guest`);
    await live.post(path`/networks/${`${name}_front`}/connect`, { Container: guest });
    await refused(file(true), new RegExp(`${name}-guest.*attached`));

    const without = { name, containers: { web: IDLE } };
    const { plan } = await live.settle(without);
    expect(plan.blocked).toMatchObject([{ address: "network.front", required: false }]);
    await live.destroy(name);
    expect(await live.inspect(guest)).toMatchObject({ State: { Running: true } });
    await live.post(path`/networks/${`${name}_front`}/disconnect`, { Container: guest });
  });

  it("destroy leaves everything foreign as it is", async () => {
    const name = live.stack();
    const guest = await foreignContainer(`${name}-guest`);
    await live.post(path`/volumes/create`, { Name: `${name}_other` });
    foreign.push(() => live.client.delete(path`/volumes/${`${name}_other`}`));
    const before = await stable(guest);
    await live.settle({ name, containers: { web: IDLE } });
    await live.destroy(name);
    expect(await stable(guest)).toEqual(before);
    const { volumes } = await live.observe({ name, containers: {} });
    expect(volumes.map((each) => each.name)).toContain(`${name}_other`);
  });
});

describe("what the file declares external", () => {
  it("stays with its data, though the stack has made it", async () => {
    const name = live.stack();
    const web = { ...IDLE, networks: ["front"], volumes: ["data:/data"] };
    const own = { name, networks: { front: {} }, volumes: { data: {} }, containers: { web } };
    await live.settle(own);
    await live.exec(`${name}-web-1`, "sh", "-c", "echo kept > /data/f");
    const elsewhere = (full: string) => ({ external: true, name: full });
    const external = {
      ...own,
      networks: { front: elsewhere(`${name}_front`) },
      volumes: { data: elsewhere(`${name}_data`) },
    };
    await live.settle({ ...external, containers: {} });
    await live.destroy(name, { source: external, volumes: true });
    await live.settle(external);
    expect(await live.exec(`${name}-web-1`, "cat", "/data/f")).toBe("kept\n");
  });
});

describe("labels of ours", () => {
  it.each(["containers", "networks", "volumes"])("cannot be asked for in %s", (section) => {
    const x = { ...(section === "containers" ? IDLE : {}), labels: { "stackwright.stack": "y" } };
    expect(() => understand({ name: "x", [section]: { x } })).toThrow(/keeps for itself/);
  });
});

describe("labels that come with an image", () => {
  it("forge no ownership: such a container is neither changed nor removed", async () => {
    const name = live.stack();
    await live.settle({ name, containers: { web: IDLE } });
    const tag = `${name}-forged`;
    const { Id } = await live.post(path`/containers/create`, { Image: "busybox:1.36" });
    const forged = {
      Labels: {
        "stackwright.stack": name,
        "stackwright.address": "container.web",
        "stackwright.spec": "{}",
      },
    };
    await live.post(path`/commit`, forged, { container: String(Id), repo: tag, tag: "1" });
    await live.client.delete(path`/containers/${String(Id)}`);
    foreign.push(() => live.client.delete(path`/images/${reference(`${tag}:1`)}`));
    const stranger = await foreignContainer(`${name}-stranger`, { Image: `${tag}:1` });
    foreign.reverse();

    const plan = await live.plan({ name, containers: { web: IDLE } });
    expect(plan.changes).toEqual([]);
    await live.destroy(name);
    expect(await live.inspect(stranger)).toMatchObject({ State: { Running: true } });
  });

  it("do not hide a container of ours that runs such an image", async () => {
    const name = live.stack();
    const tag = `${name}-forged`;
    const { Id } = await live.post(path`/containers/create`, { Image: "busybox:1.36" });
    const labels = { "stackwright.stack": "another", "stackwright.address": "container.x" };
    await live.post(
      path`/commit`,
      { Labels: labels },
      { container: String(Id), repo: tag, tag: "1" },
    );
    await live.client.delete(path`/containers/${String(Id)}`);
    foreign.push(() => live.client.delete(path`/images/${reference(`${tag}:1`)}`));
    await live.settle({ name, containers: { web: { ...IDLE, image: `${tag}:1` } } });
    await live.destroy(name);
  });
});
