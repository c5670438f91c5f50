import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, number } from "../../../src/attributes/values/json.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { detectDrift } from "../../../src/planning/drift.ts";
import {
  type Applied,
  type Bench,
  bench,
  changed,
  expectNothing,
  stateOf,
  told,
} from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { digest, IDLE, understand, WATCHED } from "../../support/fixtures/stackfile.ts";

/* An apply ends when all that it started or changed is ready, and fails when something is not. */

let live: Bench;
let cli: Shop;
beforeAll(async () => {
  live = await bench("ready");
  cli = shop();
});
afterAll(async () => {
  await live.close();
  cli.close();
});

const BUSYBOX = { image: "busybox:1.36", stop_grace_period: "1s" };
const script = (text: string, more: JsonObject = {}): JsonObject => ({
  ...{ ...BUSYBOX, command: ["sh", "-c", text] },
  ...more,
});
/** What ends by itself, and whoever waits for it, need no such time. */
const file = (name: string, containers: Record<string, JsonObject>) => ({ name, containers });

const downtimes = ({ events }: Applied) =>
  events.flatMap((event) => (event.type === "downtime" ? [event] : []));

describe.concurrent("a first creation", () => {
  it("fails with the last lines of each that exits, loops or is unhealthy; the rest stays", async () => {
    const name = live.stack();
    const stack = file(name, {
      once: script("echo bye; exit 3"),
      loop: script("echo again; exit 4", { restart: "always" }),
      sick: { ...IDLE, healthcheck: { test: "echo sick; false", interval: "500ms", retries: 1 } },
      fine: { ...IDLE, update_config: { monitor: "1s" } },
    });
    const on = ["-f", cli.write("first.yaml", stack)];
    const ran = await cli.stack([...on, "apply", "--yes", "--progress", "quiet"]);
    expect(ran.status).toBe(1);
    expect(ran.stderr).toMatch(/container\.once: .* is exited \(3\)\n +its last lines:\n +bye\n/);
    expect(ran.stderr).toMatch(/container\.loop: .*\n +its last lines:\n +again\n/);
    expect(ran.stderr).toMatch(/container\.sick: .* is unhealthy; its last probes gave 1: sick/);
    expect(ran.stderr).not.toContain("what ran before");
    expect(stateOf(await live.inspect(`${name}-fine-1`))).toBe("running");

    // What loops or is unhealthy is no state as asked.
    const again = await live.plan(stack);
    expect(changed(again, "container.once")).toBe("start");
    expect(changed(again, "container.loop")).toBe("wait");
    expect(changed(again, "container.sick")).toBe("wait");
    expect(changed(again, "container.fine")).toBe("nothing");
    const { stack: asked, secrets } = understand(stack);
    const policy = { secrets, allowDataLoss: [], digest };
    const { drifted } = detectDrift(asked, await live.observe(stack), policy);
    expect(drifted.map(({ address, what }) => [address, what])).toEqual([
      ["container.once", "not running"],
      ["container.loop", "not ready"],
      ["container.sick", "not ready"],
    ]);
    const [, looping] = drifted;
    expect(looping?.reason).toMatch(/^it was restarted \d+ times? by the engine/);
    expect((await cli.stack([...on, "ps"])).stdout).toMatch(/-loop-1 .*, restarted \d+ time/);
    expect((await cli.stack([...on, "wait", "fine"])).status).toBe(0);
    expect((await cli.stack([...on, "wait"])).status).toBe(1);
    expect((await cli.stack([...on, "apply", "--yes"])).status).toBe(1);
  });

  it("waits as long as Swarm does where the file does not say", async () => {
    const name = live.stack();
    const stack = file(name, { web: script("sleep 2; echo late; exit 5") });
    const { outcome, failures, plan } = await live.apply(stack);
    const wait = plan.steps.find((step) => step.operation === "container.wait");
    expect(wait).toMatchObject({ condition: "ready", minUptime: 5000 });
    expect(wait?.reason).toBe("no health check: counts as ready after 5 s");
    expect(outcome).toBe("failed");
    expect(failures.join()).toContain("is exited (5); its last lines: late");
  });

  it("fails too when something that was ready ends or loops while it waits for others", async () => {
    const name = live.stack();
    const shared = { volumes: ["shared:/s"], update_config: { monitor: "1s" } };
    const once = (sign: string, then: string) =>
      script(`until [ -e /s/${sign} ]; do sleep 0.1; done; ${then}`, shared);
    const looping = "[ ! -e /tmp/n ] || touch /s/looped; touch /tmp/n; echo again; exit 4";
    const stack = {
      name,
      volumes: { shared: {} },
      containers: {
        ends: once("go", "touch /s/over; echo over; exit 3"),
        loops: { ...once("over", looping), restart: "always" },
        stays: { ...IDLE, ...shared },
        slow: {
          ...{ ...IDLE, ...shared },
          healthcheck: { test: "test -e /s/looped", interval: "500ms", retries: 1000 },
        },
      },
    };
    // It ends, and the other then loops, once both were ready, and the last one is ready after that.
    const waited = new Set<string>();
    const through = (engine: Engine): Engine => ({
      ...engine,
      async perform(step, context) {
        await engine.perform(step, context);
        if (step.operation !== "container.wait" || step.staysReady) return;
        waited.add(step.address);
        if (waited.size === 3) await live.exec(`${name}-stays-1`, "touch", "/s/go");
      },
    });
    const { outcome, events, failures } = await live.apply(stack, { through });
    expect(outcome).toBe("failed");
    const failed = events.flatMap((event) =>
      event.type === "step_failed" && event.step.operation === "container.wait" ? [event.step] : [],
    );
    expect(
      failed.map((step) => [step.address, "staysReady" in step && step.staysReady]).sort(),
    ).toEqual([
      ["container.ends", true],
      ["container.loops", true],
    ]);
    expect(failures.join()).toMatch(/-ends-1 .* is exited \(3\); its last lines: over/);
    expect(failures.join()).toMatch(/-loops-1 exits.*, and is restarted again and again/);
  });

  it("hints at `job` where something has ended well, and waits for jobs to their end", async () => {
    const name = live.stack();
    const ends = script("sleep 1; echo done");
    const failed = await live.apply(file(name, { web: { ...ends, update_config: WATCHED } }));
    expect(failed.outcome).toBe("failed");
    const [event] = failed.events.filter(({ type }) => type === "step_failed");
    expect(event).toMatchObject({ hint: expect.stringContaining("`job: true`") });
    await live.settle(file(name, { web: { ...ends, job: true } }));
    expect(stateOf(await live.inspect(`${name}-web-1`))).toBe("exited");
  });

  it("tries a job as often as its restart policy says, and not for ever", async () => {
    const name = live.stack();
    const fails = (restart: string) => script("echo no; exit 3", { job: true, restart });
    const { outcome, failures } = await live.apply(
      file(name, {
        better: script("[ -e /tmp/n ] || { touch /tmp/n; exit 1; }", {
          ...{ job: true, restart: "on-failure" },
        }),
        twice: fails("on-failure:1"),
        endless: fails("on-failure"),
      }),
    );
    expect(outcome).toBe("failed");
    expect([...failures].sort()).toEqual([
      expect.stringMatching(
        /^container\.endless .* does not complete: it was restarted \d+ times by the engine.*: no$/,
      ),
      expect.stringMatching(/^container\.twice .* exited \(3\), after 1 restart; .*: no$/),
    ]);
    expect(stateOf(await live.inspect(`${name}-better-1`))).toBe("exited");
  });

  it("waits for all at the same time, and nobody waits for the others' time", async () => {
    const name = live.stack();
    const patient = { ...IDLE, update_config: { monitor: "2s" } };
    const chain = file(name, {
      a: patient,
      b: { ...patient, depends_on: ["a"] },
      c: { ...patient, depends_on: ["b"] },
    });
    const { plan } = await live.settle(chain);
    const byId = new Map(plan.steps.map((step) => [step.id, step]));
    const before = (id: number): readonly string[] => {
      const step = byId.get(id);
      return step ? [step.operation, ...step.dependsOn.flatMap(before)] : [];
    };
    const starts = plan.steps.filter((step) => step.operation === "container.start");
    expect(starts).toHaveLength(3);
    for (const { id } of starts) expect(before(id)).not.toContain("container.wait");
    expect(
      (await live.apply(chain)).events.filter(({ type }) => type === "step_completed"),
    ).toEqual([]);
  });

  it("is left alone with --detach and with a monitor of 0s, which is said", async () => {
    const name = live.stack();
    const ends = (more: JsonObject = {}) => file(name, { web: script("exit 3", more) });
    cli.write("stack.yaml", ends());
    const detached = await cli.stack(["apply", "--yes", "--detach"]);
    expect(detached.status).toBe(0);
    expect(detached.stdout).toContain("Detached: it is not waited for that what starts is ready.");
    expect(detached.stdout).toContain("Not waited for: `stack wait` tells when all is ready.");
    const waited = await cli.stack(["wait", "--progress", "quiet"]);
    expect(waited).toMatchObject({ status: 1 });
    expect(waited.stderr).toContain("is exited (3)");
    await live.destroy(name);
    cli.write("stack.yaml", ends({ update_config: { monitor: "0s" } }));
    const zero = await cli.stack(["apply", "--yes"]);
    expect(zero.status).toBe(0);
    expect(zero.stdout).toContain("container.web: it is not waited for, since its `monitor` is 0s");
  });
});

describe.concurrent("a replacement", () => {
  it("costs no downtime when it fails, where its predecessor could run on", async () => {
    const name = live.stack();
    await live.settle(file(name, { web: IDLE }));
    const before = await live.inspect(`${name}-web-1`);
    const bad = await live.apply(file(name, { web: script("sleep 1; echo no db; exit 1") }));
    expect(bad.outcome).toBe("rolled_back");
    expect(bad.failures.join()).toContain("its last lines: no db");
    const after = await live.inspect(`${name}-web-1`);
    expect([after.Id, at(after, "State", "StartedAt")]).toEqual([
      before.Id,
      at(before, "State", "StartedAt"),
    ]);
    expect(downtimes(bad)).toEqual([]);

    // What failed goes once the container has proved itself, whatever was done to it.
    expect(stateOf(await live.inspect(`${name}-web-1.failed`))).toBe("exited");
    const changedInPlace = await live.settle(file(name, { web: { ...IDLE, mem_limit: "64m" } }));
    expect(changedInPlace.plan.steps.map(told)).toEqual([
      `container.update ${name}-web-1`,
      `container.wait ${name}-web-1`,
      `container.remove ${name}-web-1.failed`,
    ]);
  });

  it("of replicas goes back too, one that was stopped meanwhile included", async () => {
    const name = live.stack();
    await live.settle(file(name, { web: { ...IDLE, replicas: 2 } }));
    const ids = async () =>
      Promise.all([1, 2].map(async (of) => (await live.inspect(`${name}-web-${of}`)).Id));
    const before = await ids();
    const next = script("sleep 2; exit 1", { replicas: 2, update_config: WATCHED });
    const bad = await live.apply(file(name, { web: next }));
    expect(bad.plan.changes.map(({ rollout }) => rollout?.order)).toEqual([
      "start-first",
      "start-first",
    ]);
    expect(bad.outcome).toBe("rolled_back");
    expect(await ids()).toEqual(before);
    for (const of of [1, 2])
      expect(stateOf(await live.inspect(`${name}-web-${of}`))).toBe("running");
  });

  it("goes back when it ends after it was ready, while others are waited for", async () => {
    const name = live.stack();
    const keys = ["start-first", "stop-first"] as const;
    const both = (asked: JsonObject, more: Record<string, JsonObject> = {}) => {
      const one = (order: string) => ({ ...asked, update_config: { monitor: "500ms", order } });
      return file(name, {
        ...Object.fromEntries(keys.map((order) => [order, one(order)])),
        ...more,
      });
    };
    await live.settle(both(IDLE));
    const ids = () =>
      Promise.all(keys.map(async (key) => (await live.inspect(`${name}-${key}-1`)).Id));
    const before = await ids();
    const watched: string[] = [];
    const gone: string[] = [];
    const isDown = Promise.withResolvers<void>();
    // Each ends when it is watched, and what they wait for is ready when both have gone back.
    const through = (engine: Engine): Engine => ({
      ...engine,
      async perform(step, context) {
        if (
          step.operation === "container.wait" &&
          step.staysReady &&
          watched.push(step.container.name) === keys.length
        )
          for (const each of watched) await live.exec(each, "touch", "/tmp/end");
        await engine.perform(step, context);
        if (
          step.operation === "container.rename" &&
          step.container.name.endsWith(".old") &&
          gone.push(step.to) === 2
        )
          isDown.resolve();
      },
    });
    const ends = script("until [ -e /tmp/end ]; do sleep 0.1; done; echo over; exit 3");
    const slow = script("sleep 600", {
      healthcheck: { test: "test -e /tmp/up", interval: "500ms", retries: 1000 },
    });
    const applying = live.apply(both(ends, { slow }), { through });
    await Promise.race([isDown.promise, applying]);
    await live.exec(`${name}-slow-1`, "touch", "/tmp/up");
    const { outcome, events, failures } = await applying;
    expect(outcome).toBe("rolled_back");
    const failed = events.flatMap((event) =>
      event.type === "step_failed" && event.step.operation === "container.wait"
        ? [[event.step.address, event.step.staysReady]]
        : [],
    );
    expect(failed.sort()).toEqual(keys.map((key) => [`container.${key}`, true]));
    expect(failures.join()).toContain("its last lines: over");
    expect(await ids()).toEqual(before);
    for (const key of keys) expect(stateOf(await live.inspect(`${name}-${key}-1`))).toBe("running");
  });

  it("is down from the request to stop until it is healthy", async () => {
    const name = live.stack();
    const slow = {
      ...{ image: "busybox:1.36", stop_grace_period: "2s", command: ["sleep", "1000"] },
      healthcheck: { test: "test -e /tmp/up || { sleep 1; touch /tmp/up; }", interval: "1s" },
      update_config: { order: "stop-first" },
    };
    await live.settle(file(name, { web: slow }));
    const applied = await live.settle(file(name, { web: { ...slow, hostname: "other" } }));
    const [down] = downtimes(applied);
    const time = (type: string, work: string) =>
      applied.events.find(
        (event) => event.type === type && "step" in event && event.step.operation === work,
      )?.at ?? 0;
    const asked = time("step_started", "container.stop");
    const ready = time("step_completed", "container.wait");
    // Its grace and the time until it is healthy are in it, as the very events tell.
    expect(down?.ms).toBeGreaterThan(time("step_completed", "container.start") - asked);
    expect(down?.ms).toBeLessThanOrEqual(ready - asked);
  });
});

describe.concurrent("a container that is changed in place", () => {
  it("goes back when it is not ready with that, as it was before", async () => {
    const name = live.stack();
    // It is sick as soon as it is on a second network, and ends when it is told to, once.
    const web = script("until [ -e /tmp/end ]; do sleep 0.1; done; rm /tmp/end; exit 3");
    const probe = { test: "test ! -e /sys/class/net/eth1", interval: "500ms", retries: 2 };
    const asked = (
      more: JsonObject,
      limits: JsonObject,
      watched: JsonObject = { update_config: WATCHED },
    ) => ({
      ...file(name, {
        sick: { ...IDLE, ...watched, healthcheck: probe, networks: { front: null, ...more } },
        ends: { ...web, ...watched, mem_limit: "64m", cpus: 0.5, ...limits },
      }),
      networks: { front: null, back: null },
    });
    const first = asked({}, {}, { update_config: { monitor: "500ms" } });
    await live.settle(first);
    const through = (engine: Engine): Engine => ({
      ...engine,
      async perform(step, context) {
        if (
          step.operation === "container.wait" &&
          step.address === "container.ends" &&
          !step.staysReady
        )
          await live.exec(`${name}-ends-1`, "touch", "/tmp/end");
        await engine.perform(step, context);
      },
    });
    const { outcome, plan, failures } = await live.apply(
      asked({ back: null }, { mem_limit: "96m", cpus: 0.25 }),
      { through },
    );
    expect(plan.changes.map(({ action }) => action)).toEqual(["update", "update"]);
    expect([...failures].sort()).toEqual([
      expect.stringContaining("container.ends container.wait"),
      expect.stringMatching(/container\.sick container\.wait: .* is unhealthy/),
    ]);
    expect(outcome).toBe("rolled_back");
    for (const key of ["sick", "ends"])
      expect(stateOf(await live.inspect(`${name}-${key}-1`))).toBe("running");
    expectNothing(await live.plan(first));
  });
});

describe.concurrent("a container that was restarted before", () => {
  it("is no failure when it is changed in place, and told of in a note", async () => {
    const name = live.stack();
    const flaky = script("[ -e /tmp/second ] || { touch /tmp/second; exit 1; }; exec sleep 1000", {
      restart: "always",
      update_config: { monitor: "0s" },
    });
    await live.apply(file(name, { web: flaky }));
    const restarts = async () => number((await live.inspect(`${name}-web-1`)).RestartCount);
    while ((await restarts()) === 0) await new Promise((resolve) => setTimeout(resolve, 100));
    const monitored = { ...flaky, update_config: { monitor: "1s" }, mem_limit: "64m" };
    await live.apply(file(name, { web: monitored }));
    const asked = file(name, { web: { ...monitored, cpus: 0.5 } });
    const { outcome, plan } = await live.apply(asked);
    expect(outcome).toBe("completed");
    expect(plan.changes.map(({ action }) => action)).toEqual(["update"]);
    expect(await restarts()).toBe(1);
    const after = await live.plan(asked);
    expect(after.changes).toEqual([]);
    const notes = [
      {
        address: "container.web",
        message: "it was restarted 1 time by the engine since its start, and is up now",
      },
    ];
    expect(after.notes).toEqual(notes);
    const { stack, secrets } = understand(asked);
    const policy = { secrets, allowDataLoss: [], digest };
    expect(detectDrift(stack, await live.observe(asked), policy)).toMatchObject({
      drifted: [],
      notes,
    });
  });

  it("tells the lines of this run alone", async () => {
    const name = live.stack();
    const web = script("echo run $(cat /tmp/n 2>/dev/null || echo one); echo two > /tmp/n; exit 3");
    await live.apply(file(name, { web }));
    const again = await live.apply(file(name, { web }));
    expect(again.plan.changes.map(({ action }) => action)).toEqual(["start"]);
    expect(again.failures.join()).toMatch(/its last lines: run two$/);
  });
});
