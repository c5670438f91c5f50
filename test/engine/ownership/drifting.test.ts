import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";
import { type Tap, tap } from "../../support/servers/proxy.ts";

let live: Bench;
let cli: Shop;
let wire: Tap;
beforeAll(async () => {
  wire = await tap();
  live = await bench("drifting");
  cli = shop();
});
afterAll(async () => {
  await live.close();
  cli.close();
  wire.close();
});

const file = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  networks: { front: {} },
  containers: {
    web: { ...IDLE, networks: ["front"], mem_limit: "64m", replicas: 2, ...more },
    job: { ...IDLE, network_mode: "none" },
  },
});

async function drift(source: JsonObject) {
  cli.write("stack.yaml", source);
  const env = { DOCKER_HOST: `unix://${wire.socket}` };
  wire.forget();
  const { status, stdout, stderr } = await cli.stack(["drift", "--format", "json"], { env });
  expect(stderr).toBe("");
  expect(wire.writes()).toEqual([]);
  return { status, ...(JSON.parse(stdout) as { drifted: readonly JsonObject[] }) };
}

describe("drift", () => {
  it("is what others have changed, stopped or removed, and not what the file asks anew", async () => {
    const name = live.stack();
    await live.settle(file(name));
    expect(await drift(file(name))).toMatchObject({ status: 0, drifted: [] });
    const edited = file(name, { environment: { NEW: "1" } });
    expect(await drift(edited)).toMatchObject({ status: 0, drifted: [] });

    const memory = { Memory: 128 * 1024 * 1024, MemorySwap: 256 * 1024 * 1024 };
    await live.post(path`/containers/${`${name}-web-1`}/update`, memory);
    await live.post(path`/containers/${`${name}-job-1`}/pause`);
    const found = await drift(edited);
    expect(found.status).toBe(2);
    expect(found.drifted).toMatchObject([
      {
        address: "container.web",
        what: "changed",
        differences: [{ attribute: "mem_limit", asked: "64m", found: "128m", origin: "unknown" }],
      },
      { address: "container.job", what: "not running", reason: "it is paused", differences: [] },
    ]);
    const { status, stdout } = await cli.stack(["drift"]);
    expect(status).toBe(2);
    expect(stdout).toMatch(
      /container\.web .*: it was changed\n +~ mem_limit += "64m" -> "128m"\n +# \(or by the file: the labels cannot tell for mem_limit\)\n/,
    );
    expect(stdout).toMatch(/Drift: 2 objects\./);
    await live.post(path`/containers/${`${name}-job-1`}/unpause`);
  });

  it("is a replica that is gone, and a network that containers were made for", async () => {
    const name = live.stack();
    await live.settle(file(name));
    await live.client.delete(path`/containers/${`${name}-web-1`}`, { query: { force: true } });
    expect((await drift(file(name))).drifted).toMatchObject([
      { address: "container.web", what: "missing" },
    ]);
    await live.settle(file(name));
    for (const replica of [1, 2])
      await live.post(path`/networks/${`${name}_front`}/disconnect`, {
        Container: `${name}-web-${replica}`,
        Force: true,
      });
    await live.client.delete(path`/networks/${`${name}_front`}`);
    const { drifted } = await drift(file(name));
    expect(drifted.map(({ address, what }) => [address, what])).toEqual([
      ["network.front", "missing"],
      ["container.web", "changed"],
      ["container.web[2]", "changed"],
    ]);
    await live.settle(file(name));
  });

  it("is the only container, removed, and one that is stopped and changed", async () => {
    const name = live.stack();
    const alone = { name, containers: { web: { ...IDLE, network_mode: "none" } } };
    await live.settle(alone);
    const web = path`/containers/${`${name}-web-1`}`;
    const memory = { Memory: 32 * 1024 * 1024, MemorySwap: 64 * 1024 * 1024 };
    await live.post(path`/containers/${`${name}-web-1`}/update`, memory);
    await live.post(path`/containers/${`${name}-web-1`}/stop`);
    expect(await drift(alone)).toMatchObject({
      status: 2,
      drifted: [
        {
          what: "not running",
          reason: expect.stringMatching(/^it is exited \(\d+\); it was changed$/),
          differences: [{ attribute: "mem_limit", found: "32m" }],
        },
      ],
    });
    const [change] = (await live.plan(alone)).changes;
    expect(change).toMatchObject({ action: "replace", origin: "unknown" });
    expect(change?.reason).toMatch(
      /this change of mem_limit cannot be made in place; it is exited/,
    );
    await live.client.delete(web, { query: { force: true } });
    expect(await drift(alone)).toMatchObject({
      status: 2,
      drifted: [{ address: "container.web", what: "missing" }],
    });
    const { stdout } = await cli.stack(["drift"]);
    expect(stdout).toMatch(/Nothing of the stack is on this engine/);
    await live.settle(alone);
  });

  it("is told of as perhaps the file's, where that was set back after a change in place", async () => {
    const name = live.stack();
    await live.settle(file(name));
    await live.settle(file(name, { mem_limit: "96m" }));
    cli.write("stack.yaml", file(name));
    const { stdout } = await cli.stack(["plan"]);
    expect(stdout).toMatch(/mem_limit += "96m" -> "64m" +# changed in the file or on the engine/);
    await live.settle(file(name));
  });
});
