import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, changed, expectNothing, told } from "../../support/engine/live.ts";
import { forget, plugin, publish } from "../../support/engine/live-plugins.ts";
import { type OwnEngine, ownEngine } from "../../support/engine/own-engine.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

const REGISTRY = process.env.STACK_TEST_REGISTRY ?? "";
const SOURCE = `${REGISTRY}/test/disk`;
const MOUNT = { mount: ["/tmp"] };

/** An engine asks its volume drivers for every list of volumes: this one is too slow for all tests. */
describe.skipIf(REGISTRY === "")("plugins from a registry (STACK_TEST_REGISTRY)", () => {
  let own: OwnEngine;
  let live: Bench;
  beforeAll(async () => {
    own = await ownEngine("plugins");
    live = await bench("plugins", own.socket, undefined, own.socket);
    await publish(live, `${SOURCE}:1`);
    await publish(live, `${SOURCE}:2`, { linux: { capabilities: ["CAP_SYS_ADMIN"] } });
  });
  afterAll(async () => {
    await live?.close();
    await own?.stop();
  });

  const file = (name: string, disk: JsonObject, more: JsonObject = {}) => ({
    name,
    plugins: { disk: { source: `${SOURCE}:1`, grant: MOUNT, ...disk } },
    ...more,
  });

  it("are installed with what is granted, set, repaired, upgraded and removed", async () => {
    const name = live.stack();
    const disk = `${name}_disk`;
    const refused = await live.plan(file(name, { grant: {} }));
    expect(refused.conflicts[0]?.message).toBe(
      `the plugin ${SOURCE}:1 wants privileges that are not granted: mount /tmp`,
    );
    const settings = { DEBUG: "1", "state.source": "/var" };
    const made = await live.settle(file(name, { settings }));
    expect(made.plan.steps.map(told)).toEqual([
      `plugin.install ${disk}`,
      `plugin.set ${disk}`,
      `plugin.enable ${disk}`,
    ]);
    expect(made.plan.changes[0]?.deltas).toContainEqual(
      expect.objectContaining({ attribute: "grant.mount", after: ["/tmp"] }),
    );
    const advances = made.events.flatMap((event) =>
      event.type === "step_progress" ? [event.progress.text] : [],
    );
    expect(advances).toContain("0 of 1 layers");
    expect(await plugin(live, disk)).toMatchObject({
      Enabled: true,
      PluginReference: `${SOURCE}:1`,
    });

    const { client } = live;
    await client.post(path`/plugins/${disk}/disable`);
    await client.post(path`/plugins/${disk}/set`, ["DEBUG=9"]);
    const drifted = await live.plan(file(name, { settings }));
    expect(changed(drifted, "plugin.disk")).toBe("update settings enabled");
    await live.settle(file(name, { settings }));

    const dropped = await live.settle(file(name, {}));
    expect(changed(dropped.plan, "plugin.disk")).toBe("update settings");
    expect((await plugin(live, disk)).Settings).toMatchObject({
      Env: ["DEBUG=0", "PASSWORD=", "FIXED=x"],
    });

    const next = { source: `${SOURCE}:2` };
    expect((await live.plan(file(name, next))).conflicts[0]?.message).toContain("CAP_SYS_ADMIN");
    const upgraded = await live.settle(file(name, { ...next, grant: "all" }));
    expect(upgraded.plan.steps.map(told)).toEqual([
      `plugin.disable ${disk}`,
      `plugin.upgrade ${disk}`,
      `plugin.enable ${disk}`,
    ]);
    const off = { ...next, enabled: false };
    await live.settle(file(name, off));
    expect(await plugin(live, disk)).toMatchObject({ Enabled: false });

    const kept = await live.destroy(name, { source: file(name, off) });
    expect(kept.plan.blocked[0]).toMatchObject({ address: "plugin.disk", flag: "--plugins" });
    const gone = await live.destroy(name, { source: file(name, off), plugins: true });
    expect(gone.outcome).toBe("completed");
    expect(await client.get(path`/plugins/${disk}/json`, { accept: [404] })).toBeUndefined();
  });

  it("drive the volumes of the stack, and are not changed while they do", async () => {
    const name = live.stack();
    const more = {
      volumes: { data: { name: "plugged", driver: "disk" } },
      containers: { web: { ...IDLE, volumes: ["data:/data:ro"] } },
    };
    const made = await live.apply(file(name, {}, more));
    expect(made.plan.steps.map(told).slice(0, 4)).toEqual([
      `plugin.install ${name}_disk`,
      `plugin.enable ${name}_disk`,
      `network.create ${name}_default`,
      "volume.create plugged",
    ]);
    expect(made.failures).toEqual([]);
    expectNothing(await live.plan(file(name, {}, more)));
    const busy = await live.plan(file(name, { settings: { DEBUG: 2 } }, more));
    expect(busy.conflicts[0]?.message).toBe(
      `the plugin ${name}_disk must be disabled for this change, and the volume plugged uses it`,
    );
    const source = file(name, {}, more);
    const gone = await live.destroy(name, { source, volumes: true, plugins: true });
    expect([gone.failures, gone.outcome]).toEqual([[], "completed"]);
  });

  it("keep their secrets out of the plan", async () => {
    const name = live.stack();
    const source = {
      ...file(name, { settings: { PASSWORD: "${pw}" }, enabled: false }),
      variables: { pw: { sensitive: true } },
    };
    const given = { variables: ["pw=hunter2-clear"] };
    const made = await live.settle(source, given);
    expect(JSON.stringify(made.plan)).not.toContain("hunter2-clear");
    expect(made.plan.sensitive).toEqual(["pw"]);
    expect((await plugin(live, `${name}_disk`)).Settings).toMatchObject({
      Env: ["DEBUG=0", "PASSWORD=hunter2-clear", "FIXED=x"],
    });
    await forget(live, `${name}_disk`);
  });

  it("are taken over by their name alone where the file says so", async () => {
    const name = live.stack();
    const alias = `${name}/own:1`;
    const named = { name: alias, adopt: true, enabled: false };
    await live.settle(file(name, named));
    await live.settle(file(live.stack(), named));
    const external = { name, plugins: { own: { name: alias, external: true } } };
    expectNothing(await live.plan(external));
    await forget(live, alias);
    expect((await live.plan(external)).conflicts[0]?.message).toBe(
      `the external plugin ${alias} is not on the engine`,
    );
    expect(reference(alias).reference).toBe(alias);
  });
});
