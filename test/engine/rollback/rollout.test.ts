import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, text } from "../../../src/attributes/values/json.ts";
import type { ApplyEvent } from "../../../src/model/events.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Applied, type Bench, bench, stateOf, told } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { IDLE, WATCHED } from "../../support/fixtures/stackfile.ts";

let live: Bench;
let cli: Shop;
/** Holds a port of the host, as a process that is no container does. */
let holder: Server;
let port = 0;
beforeAll(async () => {
  live = await bench("rollout");
  cli = shop();
  holder = await new Promise<Server>((resolve) => {
    const server = createServer().listen(0, "0.0.0.0", () => resolve(server));
  });
  const address = holder.address();
  port = address !== null && typeof address === "object" ? address.port : 0;
});
afterAll(async () => {
  await live.close();
  cli.close();
  holder.close();
});

const one = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  containers: { web: { ...IDLE, ...more } },
});

/** The stack's containers, as `name state`. */
async function all(name: string): Promise<string[]> {
  const { listed } = await live.observe({ name, containers: {} });
  const own = listed.filter((each) => each.name.startsWith(`${name}-`));
  return own.map((each) => `${each.name.slice(name.length + 1)} ${each.state}`).sort();
}

const downtimes = ({ events }: Applied) =>
  events.flatMap((event: ApplyEvent) => (event.type === "downtime" ? [event.ms] : []));

interface Failure {
  readonly what: string;
  readonly more: () => JsonObject;
  readonly says: RegExp;
  /** What is left of the one that failed. */
  readonly kept: readonly string[];
}

const FAILURES: readonly Failure[] = [
  {
    what: "whose bind source is missing",
    // In a folder that it writes to: a plan refuses what nobody could make.
    more: () => ({ volumes: ["/tmp:/scratch", "/tmp/no-such-folder:/data"] }),
    says: /bind source path does not exist: \/tmp\/no-such-folder/,
    kept: [],
  },
  {
    what: "whose command does not exist",
    more: () => ({
      init: false,
      command: ["/no/such/program"],
      update_config: { order: "stop-first" },
    }),
    says: /no such file or directory/,
    kept: ["web-1.failed created"],
  },
  {
    what: "that exits at once",
    more: () => ({
      command: ["sh", "-c", "echo it is broken >&2; exit 3"],
      restart: "always",
      update_config: WATCHED,
    }),
    says: /exit.*; its last lines: it is broken/,
    kept: ["web-1.failed exited"],
  },
  {
    what: "that exits while it is watched",
    more: () => ({
      command: ["sh", "-c", "sleep 1; echo it is broken >&2; exit 4"],
      update_config: { order: "stop-first", ...WATCHED },
    }),
    says: /does not stay up: it is exited \(4\); its last lines: it is broken/,
    kept: ["web-1.failed exited"],
  },
  {
    what: "that is healthy, and exits while it is watched",
    more: () => ({
      command: [
        ...["sh", "-c"],
        "until [ -e /tmp/up ]; do sleep 0.1; done; sleep 2; echo it is broken >&2; exit 4",
      ],
      healthcheck: { test: "touch /tmp/up", interval: "200ms" },
      update_config: { order: "stop-first", ...WATCHED },
    }),
    says: /exited \(4\) after it had been healthy.*; its last lines:\s+it is broken/s,
    kept: ["web-1.failed exited"],
  },
  {
    what: "that never becomes healthy",
    more: () => ({
      healthcheck: { test: "echo not well; false", interval: "1s", retries: 1, timeout: "5s" },
    }),
    says: /is unhealthy; its last probes gave 1: not well/,
    kept: ["web-1.failed exited"],
  },
  {
    what: "whose user does not exist",
    more: () => ({ user: "nobody-of-this-name", update_config: { order: "stop-first" } }),
    says: /unable to find user nobody-of-this-name/,
    kept: ["web-1.failed created"],
  },
  {
    what: "whose port is taken",
    more: () => ({ ports: [`${port}:80`] }),
    says: /address already in use/,
    kept: ["web-1.failed created"],
  },
];

describe("a successor", () => {
  it.each(FAILURES)("$what leaves what ran before", async ({ more, says, kept }) => {
    const name = live.stack();
    await live.settle(one(name));
    const before = await live.inspect(`${name}-web-1`);
    const bad = one(name, more());
    const failed = await live.apply(bad);
    expect(failed.failures.join("\n")).toMatch(says);
    expect(failed.outcome).toBe("rolled_back");
    expect(await all(name)).toEqual(["web-1 running", ...kept].sort());
    const after = await live.inspect(`${name}-web-1`);
    expect(after.Id).toBe(before.Id);
    // Only where it had to stop first the predecessor was stopped at all.
    const stopped = failed.plan.steps.some(({ availability }) => availability === "down");
    expect(after.State).toMatchObject({
      Status: "running",
      ...(stopped && kept.length > 0 ? {} : { StartedAt: at(before.State, "StartedAt") ?? null }),
    });
    // From its own stop until it is back: what failed to be ready does not count as serving.
    expect(downtimes(failed)).toHaveLength(stopped && kept.length > 0 ? 1 : 0);
    expect(await live.exec(`${name}-web-1`, "nslookup", "web", "127.0.0.11")).toContain("Address");

    // The next plan shows the same change, and what is kept is no error.
    const again = await live.plan(bad);
    const forget = kept.length > 0 ? [`container.remove ${name}-web-1.failed`] : [];
    expect(again.conflicts).toEqual([]);
    expect(again.changes).toEqual(failed.plan.changes);
    expect(again.steps.map(told).sort()).toEqual(
      [...failed.plan.steps.map(told), ...forget].sort(),
    );
    await live.settle(one(name, { environment: { MENDED: "1" } }));
    expect(await all(name)).toEqual(["web-1 running"]);
    await live.destroy(name);
  });

  it.each(["paused", "stopped"])(
    "that fails brings back a predecessor that was %s as it was",
    async (state) => {
      const name = live.stack();
      await live.settle(one(name, { state }));
      const before = await live.inspect(`${name}-web-1`);
      // A stopped one is made, and never started: only an engine that refuses to make it fails.
      const bad = state === "paused" ? { user: "nobody-of-this-name" } : FAILURES[0]?.more();
      const failed = await live.apply(one(name, { state, ...bad }));
      expect(failed.outcome).toBe("rolled_back");
      const after = await live.inspect(`${name}-web-1`);
      expect(after.Id).toBe(before.Id);
      expect(at(after.State, "Status")).toBe(at(before.State, "Status"));
      await live.settle(one(name, { state, environment: { MENDED: "1" } }));
      expect(at((await live.inspect(`${name}-web-1`)).State, "Status")).toBe(
        state === "paused" ? "paused" : "created",
      );
      await live.destroy(name);
    },
  );

  it("that fails again replaces the one that was kept, and destroy removes it", async () => {
    const name = live.stack();
    await live.settle(one(name));
    await live.apply(one(name, { init: false, command: ["/no/such/program"] }));
    const first = await live.inspect(`${name}-web-1.failed`);
    await live.apply(one(name, { init: false, command: ["/no/such/program/either"] }));
    const second = await live.inspect(`${name}-web-1.failed`);
    expect(second.Id).not.toBe(first.Id);
    expect(await all(name)).toEqual(["web-1 running", "web-1.failed created"]);
    await live.destroy(name);
    expect(await all(name)).toEqual([]);
  });

  it("that fails and is to pause stays where it is, beside what ran before", async () => {
    const name = live.stack();
    await live.settle(one(name));
    const pause = { failure_action: "pause", order: "stop-first" };
    const bad = { command: ["sh", "-c", "exit 3"], update_config: { ...pause, ...WATCHED } };
    expect((await live.apply(one(name, bad))).outcome).toBe("failed");
    expect(await all(name)).toEqual(["web-1 exited", "web-1.old exited"]);
    await live.settle(one(name, { update_config: pause, environment: { MENDED: "1" } }));
    expect(await all(name)).toEqual(["web-1 running"]);
    await live.destroy(name);
  });
});

describe("replicas", () => {
  it("roll one after the other: after a failure the rest is as it was", async () => {
    const name = live.stack();
    await live.settle(one(name, { replicas: 3 }));
    const before = await live.inspect(`${name}-web-3`);
    const { plan, outcome } = await live.apply(
      one(name, { replicas: 3, command: ["sh", "-c", "exit 3"], update_config: WATCHED }),
    );
    expect(outcome).toBe("rolled_back");
    const starts = plan.steps.filter((step) => step.operation === "container.start");
    const proofs = plan.steps
      .filter((step) => step.operation === "container.wait")
      .map(({ id }) => id);
    expect(
      starts.map(({ dependsOn }) => dependsOn.filter((id) => proofs.includes(id)).length),
    ).toEqual([0, 1, 1]);
    expect((await live.inspect(`${name}-web-3`)).Id).toBe(before.Id);
    const left = (await all(name)).filter((each) => each.endsWith("running"));
    expect(left).toEqual(["web-1 running", "web-2 running", "web-3 running"]);
    await live.destroy(name);
  });
});

/** Serves a page as soon as it listens. */
const SERVER: JsonObject = {
  ...IDLE,
  command: ["sh", "-c", "mkdir /w; echo served > /w/index.html; exec httpd -f -p 80 -h /w"],
};
/** Asks one address of the name after the other until one answers, and notes each request. */
const CLIENT = `
while true; do
  answer=FAIL
  for ip in $(nslookup web 127.0.0.11 2>/dev/null | awk '/^Address/ && !/127.0.0.11/ { print $NF }'); do
    if printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 "$ip" 80 2>/dev/null | grep -q served; then
      answer=ok
      break
    fi
  done
  echo $answer >> /tmp/log
done`;

async function served(name: string, run: () => Promise<Applied>) {
  const lines = async () =>
    (await live.exec(`${name}-client-1`, "cat", "/tmp/log")).trim().split("\n");
  await live.exec(`${name}-client-1`, "sh", "-c", "until grep -q ok /tmp/log; do sleep 0.1; done");
  const before = (await lines()).length;
  const applied = await run();
  await sleep(500);
  const during = (await lines()).slice(before);
  const failed = during.filter((line) => line === "FAIL").length;
  return { applied, asked: during.length, failed };
}

describe("a client that asks without pause", () => {
  const file = (name: string, web: JsonObject): JsonObject => ({
    name,
    containers: {
      web: { ...SERVER, ...web },
      client: { ...IDLE, command: ["sh", "-c", CLIENT.replaceAll("$", "$$$$")] },
    },
  });

  it("sees no request fail while two replicas are replaced start-first", async () => {
    const name = live.stack();
    await live.settle(file(name, { replicas: 2 }));
    const next = file(name, { replicas: 2, environment: { VERSION: "2" } });
    const { applied, asked, failed } = await served(name, () => live.apply(next));
    expect(applied.outcome).toBe("completed");
    expect(applied.plan.changes.map(({ rollout }) => rollout)).toEqual([
      { order: "start-first" },
      { order: "start-first" },
    ]);
    expect(downtimes(applied)).toEqual([]);
    expect(asked).toBeGreaterThan(0);
    expect(failed).toBe(0);
    await live.destroy(name);
  });

  it("sees the gap of a stop-first replacement, which is measured", async () => {
    const name = live.stack();
    await live.settle(file(name, {}));
    const next = file(name, { update_config: { order: "stop-first" }, environment: { V: "2" } });
    const { applied, failed } = await served(name, () => live.apply(next));
    expect(applied.outcome).toBe("completed");
    const [gap = 0] = downtimes(applied);
    const ended = applied.events.find((event) => event.type === "finished");
    expect(gap).toBeGreaterThan(0);
    expect(gap).toBeLessThan(ended?.type === "finished" ? ended.ms : 0);
    expect(failed).toBeGreaterThan(0);
    await live.destroy(name);
  });
});

describe("the command", () => {
  it("exits with 6 and says what happened; --no-rollback leaves it; ps shows what is kept", async () => {
    const name = cli.given(live.stack());
    expect(await cli.stack(["apply", "--yes"])).toMatchObject({ status: 0 });
    const bad = {
      command: ["sh", "-c", "exit 3"],
      update_config: { order: "stop-first", ...WATCHED },
    };
    cli.given(name, bad);
    const rolled = await cli.stack(["apply", "--yes", "--progress", "plain"]);
    expect(rolled).toMatchObject({ status: 6 });
    expect(rolled.stdout).toContain("# stop-first because the file asks for it");
    expect(rolled.stdout).toContain("If it fails:");
    expect(rolled.stderr).toContain("container.web: rolled back: it runs as it did before");
    expect(rolled.stderr).toMatch(/container\.web was down for \d/);
    const ps = await cli.stack(["ps"]);
    expect(ps.stdout).toMatch(/web-1\.failed +failed: exited \(3\)/);
    const left = await cli.stack(["apply", "--yes", "--no-rollback"]);
    expect(left).toMatchObject({ status: 1 });
    expect(stateOf(await live.inspect(`${name}-web-1`))).toBe("exited");
    expect(text((await live.inspect(`${name}-web-1.old`)).Name)).toBe(`/${name}-web-1.old`);
    cli.given(name, { environment: { MENDED: "1" } });
    expect(await cli.stack(["apply", "--yes"])).toMatchObject({ status: 0 });
    expect(await all(name)).toEqual(["web-1 running"]);
    await live.destroy(name);
  });
});
