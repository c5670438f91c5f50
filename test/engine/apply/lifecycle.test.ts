import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { Address } from "../../../src/model/stack.ts";
import { type Bench, bench, expectNothing, stateOf, told } from "../../support/engine/live.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

let live: Bench;
beforeAll(async () => {
  live = await bench("lifecycle");
});
afterAll(() => live.close());

const fast = { ...IDLE, stop_grace_period: "1s" };
const idOf = async (name: string) => (await live.inspect(name)).Id;

describe("state", () => {
  const STATES = ["running", "paused", "stopped", "created"] as const;
  const pairs = STATES.flatMap((from) =>
    STATES.filter((to) => to !== from).map((to) => ({ from, to, key: `${from}-${to}` })),
  );
  const live_: Readonly<Record<string, readonly string[]>> = {
    running: ["running"],
    paused: ["paused"],
    stopped: ["exited", "created"],
    created: ["created", "exited"],
  };

  it("each leads to each other in place, without a container made anew", async () => {
    const name = live.stack();
    const file = (which: "from" | "to"): JsonObject => ({
      name,
      containers: Object.fromEntries(pairs.map((one) => [one.key, { ...fast, state: one[which] }])),
    });
    await live.settle(file("from"));
    const ids = new Map<string, unknown>();
    for (const { key, from } of pairs) {
      expect([key, live_[from]]).toEqual([
        key,
        expect.arrayContaining([stateOf(await live.inspect(`${name}-${key}-1`))]),
      ]);
      ids.set(key, await idOf(`${name}-${key}-1`));
    }
    const { plan } = await live.settle(file("to"));
    expect(plan.changes.map(({ origin }) => origin)).toEqual(plan.changes.map(() => "file"));
    for (const { key, to } of pairs) {
      const container = `${name}-${key}-1`;
      expect([key, live_[to]]).toEqual([
        key,
        expect.arrayContaining([stateOf(await live.inspect(container))]),
      ]);
      expect(await idOf(container)).toBe(ids.get(key));
    }
  });

  it("is repaired where somebody changed it, and said to be theirs", async () => {
    const name = live.stack();
    const file = {
      name,
      containers: {
        frozen: { ...fast, state: "paused" },
        halted: { ...fast, state: "stopped" },
      },
    };
    await live.settle(file);
    await live.post(path`/containers/${`${name}-frozen-1`}/unpause`);
    await live.post(path`/containers/${`${name}-halted-1`}/start`);
    const { plan } = await live.settle(file);
    expect(plan.changes).toMatchObject([
      { address: "container.frozen", action: "pause", origin: "unknown" },
      { address: "container.halted", action: "stop", origin: "unknown" },
    ]);
  });

  it("is kept by what is changed in place, and by a replacement", async () => {
    const name = live.stack();
    const file = (more: JsonObject): JsonObject => ({
      name,
      networks: { front: {}, back: {} },
      containers: {
        frozen: { ...fast, state: "paused", mem_limit: "64m", networks: ["front"], ...more },
        halted: { ...fast, state: "stopped", mem_limit: "64m", networks: ["front"], ...more },
      },
    });
    await live.settle(file({}));
    const id = await idOf(`${name}-frozen-1`);
    const changed = await live.settle(file({ mem_limit: "96m", networks: ["back"] }));
    expect(changed.plan.steps.map(({ operation: work }) => work)).not.toContain(
      "container.unpause",
    );
    expect(await idOf(`${name}-frozen-1`)).toBe(id);
    await live.settle(file({ hostname: "other" }));
    expect(stateOf(await live.inspect(`${name}-frozen-1`))).toBe("paused");
    expect(stateOf(await live.inspect(`${name}-halted-1`))).toBe("created");
  });
});

describe("a job", () => {
  const job = (name: string, ...command: readonly string[]): JsonObject => ({
    name,
    containers: { job: { ...IDLE, command: [...command], job: true } },
  });

  it("is awaited, done when it has exited with 0, and runs again when it is changed", async () => {
    const name = live.stack();
    await live.settle(job(name, "sh", "-c", "sleep 1; exit 0"));
    const first = await live.inspect(`${name}-job-1`);
    expect(stateOf(first)).toBe("exited");
    const { plan } = await live.settle(job(name, "true"));
    expect(plan.changes).toMatchObject([{ address: "container.job", action: "replace" }]);
    expect((await live.inspect(`${name}-job-1`)).Id).not.toBe(first.Id);
  });

  it("runs again when only what can be changed in place was changed", async () => {
    const name = live.stack();
    const limited = (mem_limit: string) => ({
      name,
      containers: { job: { ...IDLE, command: ["true"], job: true, mem_limit } },
    });
    await live.settle(limited("64m"));
    const { plan } = await live.settle(limited("96m"));
    expect(plan.changes).toMatchObject([{ action: "replace" }]);
  });

  it("fails the apply with its exit code and last words, and runs again with the next", async () => {
    const name = live.stack();
    const command = ["sh", "-c", "test -e /data/ready && exit 0; echo not ready; exit 3"];
    const file = {
      name,
      volumes: { data: {} },
      containers: { job: { ...IDLE, command, job: true, volumes: ["data:/data"] } },
    };
    const failed = await live.apply(file);
    expect(failed.outcome).toBe("failed");
    expect(failed.failures).toHaveLength(1);
    expect(failed.failures[0]).toMatch(/exited \(3\)[\s\S]*not ready/);
    const again = await live.plan(file);
    expect(again.steps.map(told)).toEqual([
      `container.start ${name}-job-1`,
      `container.wait ${name}-job-1`,
    ]);
    const made = live.stack();
    await live.settle({
      name: made,
      volumes: { data: { name: `${name}_data`, external: true } },
      containers: {
        helper: { ...IDLE, command: ["touch", "/data/ready"], job: true, volumes: ["data:/data"] },
      },
    });
    await live.settle(file);
    await live.destroy(made);
  });

  it("is awaited by the next apply where it still runs", async () => {
    const name = live.stack();
    const file = job(name, "sh", "-c", "until [ -e /tmp/go ]; do sleep 0.1; done");
    const stop = new AbortController();
    const begun = live.apply(file, { signal: stop.signal });
    for (let tries = 0; tries < 100; tries++) {
      const seen = await live.observe(file);
      if (seen.listed.some((one) => one.name === `${name}-job-1` && one.state === "running")) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    stop.abort();
    expect((await begun).outcome).toBe("interrupted");
    expect((await live.plan(file)).changes).toMatchObject([
      { action: "wait", reason: expect.stringMatching(/runs to completion/) },
    ]);
    const settled = live.settle(file);
    await live.exec(`${name}-job-1`, "touch", "/tmp/go");
    await settled;
  });
});

describe("ignore_changes", () => {
  it("plans nothing for it; what else replaces the container takes it along", async () => {
    const name = live.stack();
    const file = (more: JsonObject): JsonObject => ({
      name,
      containers: { web: { ...fast, mem_limit: "64m", labels: { team: "a" }, ...more } },
    });
    await live.settle(file({}));
    const id = await idOf(`${name}-web-1`);
    const ignoring = {
      mem_limit: "96m",
      labels: { team: "b" },
      ignore_changes: ["mem_limit", "labels.team"],
    };
    expect((await live.settle(file(ignoring))).plan.steps).toEqual([]);
    expect(await idOf(`${name}-web-1`)).toBe(id);
    await live.settle(file({ ...ignoring, hostname: "other" }));
    expect(await live.inspect(`${name}-web-1`)).toMatchObject({
      HostConfig: { Memory: 96 * 1024 ** 2 },
      Config: { Labels: { team: "b" } },
    });
  });
});

describe("protect", () => {
  const address: Address = "container.web";
  const flags = ({ blocked }: Plan) => blocked.map((one) => [one.address, one.flag, one.required]);

  it("holds replacement, removal of the block, and destroy, until it is permitted", async () => {
    const name = live.stack();
    const web = { ...fast, protect: true };
    const file = (containers: JsonObject): JsonObject => ({ name, containers });
    await live.settle(file({ web }));
    const id = await idOf(`${name}-web-1`);
    const held = [[address, "--unprotect=container.web", true]];

    const changed = await live.apply(file({ web: { ...web, hostname: "other" } }));
    expect([changed.outcome, flags(changed.plan)]).toEqual(["completed", held]);
    expect(await idOf(`${name}-web-1`)).toBe(id);

    const gone = await live.apply(file({ other: fast }));
    expect([gone.outcome, flags(gone.plan)]).toEqual(["completed", held]);
    const destroyed = await live.destroy(name);
    expect(flags(destroyed.plan)).toEqual(expect.arrayContaining(held));
    expect(stateOf(await live.inspect(`${name}-web-1`))).toBe("running");

    await live.settle(file({ web: { ...web, hostname: "other" } }), { unprotect: [address] });
    expect(await idOf(`${name}-web-1`)).not.toBe(id);
    await live.apply(file({}), { unprotect: [address] });
    const left = await live.observe(file({}));
    expect(left.listed.filter(({ name: each }) => each.startsWith(name))).toEqual([]);
  });

  it("does not replace what is newly protected; its label comes later, as a note says", async () => {
    const name = live.stack();
    const file = (more: JsonObject): JsonObject => ({
      name,
      containers: { web: { ...fast, ...more } },
    });
    await live.settle(file({}));
    const { plan } = await live.settle(file({ protect: true }));
    expect([plan.steps, plan.notes?.map((note) => note.address)]).toEqual([[], [address]]);
    await live.settle(file({ protect: true, hostname: "other" }), { unprotect: [address] });
    expect((await live.plan(file({ protect: true, hostname: "other" }))).notes).toBeUndefined();
    await live.destroy(name, { unprotect: [address] });
  });
});

describe("target and replace", () => {
  const file = (name: string, hostname: string): JsonObject => ({
    name,
    networks: { front: hostname === "a" ? {} : { internal: true } },
    containers: {
      web: { ...fast, hostname, networks: ["front"], depends_on: ["db"] },
      db: { ...fast, hostname, networks: ["front"] },
      api: { ...fast, hostname, networks: ["front"] },
    },
  });

  it("changes only the target and what it needs; others come back to its network", async () => {
    const name = live.stack();
    await live.settle(file(name, "a"));
    const api = await idOf(`${name}-api-1`);
    await live.settle(file(name, "b"), { targets: ["container.web"] });
    expect(await live.inspect(`${name}-api-1`)).toMatchObject({
      Id: api,
      Config: { Hostname: "a" },
      NetworkSettings: { Networks: { [`${name}_front`]: {} } },
    });
    expect(await live.inspect(`${name}-db-1`)).toMatchObject({ Config: { Hostname: "b" } });
    const { plan } = await live.settle(file(name, "b"));
    expect(plan.changes.map((change) => change.address)).toEqual(["container.api"]);
  });

  it("replaces what is named, and with it nothing else", async () => {
    const name = live.stack();
    await live.settle(file(name, "a"));
    const before = [await idOf(`${name}-api-1`), await idOf(`${name}-db-1`)];
    const { plan } = await live.apply(file(name, "a"), { replacing: ["container.api"] });
    expect(plan.changes).toMatchObject([
      { address: "container.api", action: "replace", reason: "asked by --replace" },
    ]);
    expect(await idOf(`${name}-api-1`)).not.toBe(before[0]);
    expect(await idOf(`${name}-db-1`)).toBe(before[1]);
  });

  it("restarts dependents that ask for it after what they need was replaced", async () => {
    const name = live.stack();
    const on = (key: string, restart: boolean) => ({
      depends_on: { [key]: { condition: "service_started", restart } },
    });
    const stack = (hostname: string): JsonObject => ({
      name,
      containers: {
        db: { ...fast, hostname },
        api: { ...fast, ...on("db", true) },
        web: { ...fast, ...on("api", true) },
        other: { ...fast, ...on("db", false) },
      },
    });
    await live.settle(stack("a"));
    const since = async (key: string) =>
      (await live.inspect(`${name}-${key}-1`)).State as JsonObject;
    const other = (await since("other")).StartedAt;
    const { plan } = await live.settle(stack("b"));
    expect(plan.changes.map((change) => [change.address, change.action])).toEqual([
      ["container.db", "replace"],
      ["container.api", "restart"],
      ["container.web", "restart"],
    ]);
    const [db, api, web] = [await since("db"), await since("api"), await since("web")];
    expect(String(db.StartedAt) < String(api.StartedAt)).toBe(true);
    expect(String(api.StartedAt) < String(web.StartedAt)).toBe(true);
    expect((await since("other")).StartedAt).toBe(other);

    // A run that ends between the two is made up for; what is restarted by hand is not.
    const through = (engine: Engine): Engine => ({
      ...engine,
      async perform(step, context) {
        if (step.address === "container.api") throw new Error("the connection is cut");
        await engine.perform(step, context);
      },
    });
    expect((await live.apply(stack("c"), { through })).outcome).toBe("failed");
    const { plan: again } = await live.settle(stack("c"));
    expect(again.changes.map((change) => [change.address, change.action])).toEqual([
      ["container.api", "restart"],
      ["container.web", "restart"],
    ]);
    await live.post(path`/containers/${`${name}-db-1`}/restart`, undefined, { t: "1" });
    expectNothing(await live.plan(stack("c")));
  });
});
