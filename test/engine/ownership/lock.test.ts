import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { text } from "../../../src/attributes/values/json.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { type Shop, shop, web } from "../../support/engine/live-cli.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";
import { type Tap, tap } from "../../support/servers/proxy.ts";

let live: Bench;
let wire: Tap;
let cli: Shop;
beforeAll(async () => {
  live = await bench("lock");
  wire = await tap();
  cli = shop();
});
afterAll(async () => {
  await live.close();
  wire.close();
  cli.close();
});

const lockOf = (name: string) => path`/containers/${`stackwright-lock.${name}`}/json`;
const lock = (name: string) =>
  live.client.get<JsonObject | undefined>(lockOf(name), { accept: [404] });

/** Milliseconds until `condition` holds; fails the test after 4 min, which a busy machine may need. */
async function until(condition: () => Promise<boolean>): Promise<number> {
  const began = Date.now();
  while (!(await condition())) {
    expect(Date.now() - began).toBeLessThan(240_000);
    await sleep(20);
  }
  return Date.now() - began;
}

const running = async (name: string) =>
  (await lock(name))?.State !== undefined &&
  ((await lock(name))?.State as JsonObject | undefined)?.Status === "running";
const free = (name: string) => until(async () => (await lock(name)) === undefined);

/** A stack whose apply waits for ever: what needs the lock meanwhile does not get it. */
const stuck = (name: string): JsonObject => ({
  name,
  containers: {
    slow: {
      ...IDLE,
      healthcheck: { test: ["CMD", "false"], interval: "1s", start_period: "60s" },
    },
    last: { ...IDLE, depends_on: { slow: { condition: "service_healthy" } } },
  },
});

async function holding(
  name: string,
): Promise<{ child: ChildProcess; ran: ReturnType<Shop["stack"]> }> {
  cli.write("stuck.yaml", stuck(name));
  let child: ChildProcess | undefined;
  const ran = cli.stack(["apply", "--yes", "-f", "stuck.yaml"], {
    started: (process) => {
      child = process;
    },
  });
  await until(() => running(name));
  if (!child) throw new Error("it was not started");
  return { child, ran };
}

describe("the lock", () => {
  it("is free soon after its holder was killed, although nobody removes it", async () => {
    const name = live.stack();
    const { child, ran } = await holding(name);
    child.kill("SIGKILL");
    await ran;
    const ms = await free(name);
    console.log(`lock: free ${ms} ms after the holder was killed`);
  });

  it("tells who holds it, refuses at once or waits, and is no part of any plan", async () => {
    const name = live.stack();
    const { child, ran } = await holding(name);
    const { pid } = child;
    cli.write("stack.yaml", web(name));

    const refused = await cli.stack(["apply", "--yes", "--lock-timeout", "0"]);
    expect(refused.status).toBe(5);
    expect(refused.stderr).toContain(`process ${pid}`);
    expect(refused.stderr).toMatch(/stack force-unlock [0-9a-f]{12}/);
    const waited = await cli.stack(["destroy", "--yes", "--lock-timeout", "2s"]);
    expect(waited.status).toBe(5);
    expect(waited.stderr).toMatch(/Waiting for the lock of .*: apply by/);

    const { listed } = await live.observe({ name, containers: {} });
    expect(listed.map((each) => each.name).join(" ")).not.toContain("stackwright-lock");
    expect((await cli.stack(["plan"])).status).toBe(0);
    expect((await cli.stack(["ps"])).stdout).not.toContain("stackwright-lock");

    const without = await cli.stack(["apply", "--yes", "--lock=false"]);
    expect(without).toMatchObject({ status: 0 });
    // That has removed what the other run waits for: which is why there is a lock.
    expect((await ran).status).toBe(1);
    await free(name);
  });

  it("is not taken where there is nothing to do", async () => {
    const name = cli.given(live.stack());
    const env = { DOCKER_HOST: `unix://${wire.socket}` };
    expect((await cli.stack(["apply", "--yes"], { env })).status).toBe(0);
    wire.forget();
    for (let time = 0; time < 5; time++)
      expect((await cli.stack(["apply", "--yes"], { env })).status).toBe(0);
    expect(wire.calls.length).toBeGreaterThan(20);
    expect(wire.writes()).toEqual([]);
    await live.destroy(name);
  });

  it("is taken away by its id: the run that had it begins nothing more", async () => {
    const name = live.stack();
    const { ran } = await holding(name);
    const id = text((await lock(name))?.Id).slice(0, 12);
    const other = await cli.stack(["force-unlock", "0".repeat(12), "--yes"]);
    expect(other).toMatchObject({ status: 5, stdout: "" });
    expect((await cli.stack(["force-unlock", id])).status).toBe(5);
    const unlocked = await cli.stack(["force-unlock", id, "--yes"]);
    expect(unlocked).toMatchObject({ status: 0, stdout: `${name} is unlocked.\n` });
    const { status, stderr } = await ran;
    expect(status).toBe(1);
    expect(stderr).toContain(`the lock of ${name} was taken away`);
    expect(await lock(name)).toBeUndefined();
  });

  it("that was never started is waited for, and then removed", async () => {
    const name = cli.given(live.stack());
    await cli.stack(["apply", "--yes"]);
    await free(name);
    await live.post(
      path`/containers/create`,
      {
        Image: "stackwright-lock:1",
        Entrypoint: ["/hold"],
        Labels: { "stackwright.lock": JSON.stringify({ user: "ghost", host: "gone", pid: 1 }) },
      },
      { name: `stackwright-lock.${name}` },
    );
    const began = Date.now();
    const destroyed = await cli.stack(["destroy", "--yes", "--volumes"]);
    expect(destroyed).toMatchObject({ status: 0 });
    expect(destroyed.stderr).toContain("ghost on gone");
    expect(Date.now() - began).toBeGreaterThan(12_000);
    await free(name);
  });
});

describe("ten applies of one stack at once", () => {
  it("work one after the other, and all end well", async () => {
    const name = live.stack();
    const many = {
      name,
      networks: { back: {} },
      volumes: { data: {} },
      containers: {
        db: { ...IDLE, volumes: ["data:/data"] },
        web: { ...IDLE, networks: ["back"] },
      },
    };
    cli.write("stack.yaml", many);
    const runs = await Promise.all(
      Array.from({ length: 10 }, () => cli.stack(["apply", "--yes", "--progress", "plain"])),
    );
    const complaints = runs.filter(({ status }) => status !== 0).map(({ stderr }) => stderr);
    expect(complaints).toEqual([]);
    const worked = runs.filter(({ stdout }) => stdout.includes("Apply complete"));
    expect(worked).toHaveLength(1);
    await live.settle(many);
    const { listed } = await live.observe({ name, containers: {} });
    const own = listed.filter((each) => each.name.includes(name));
    expect(own.map((each) => each.name).sort()).toEqual([`${name}-db-1`, `${name}-web-1`]);
    await free(name);
  });

  it("each of another version: they do not mix", async () => {
    const name = live.stack();
    const files = Array.from({ length: 6 }, (_, version) => {
      const file = `v${version}.yaml`;
      cli.write(file, {
        name,
        containers: {
          a: { ...IDLE, environment: { V: `${version}` } },
          b: { ...IDLE, environment: { V: `${version}` } },
        },
      });
      return file;
    });
    const runs = await Promise.all(files.map((file) => cli.stack(["apply", "--yes", "-f", file])));
    expect(runs.filter(({ status }) => status !== 0).map(({ stderr }) => stderr)).toEqual([]);
    const [a, b] = await Promise.all(
      ["a", "b"].map((key) => live.exec(`${name}-${key}-1`, "sh", "-c", "echo $V")),
    );
    expect(a).toBe(b);
    await free(name);
  });
});

describe("a plan that was made before another run", () => {
  it("is refused when it was saved, with what has changed", async () => {
    const name = cli.given(live.stack());
    await cli.stack(["apply", "--yes"]);
    cli.write("stack.yaml", web(name, { environment: { A: "1" } }));
    await cli.stack(["plan", "--out", "one.plan"]);
    await live.post(path`/containers/${`${name}-web-1`}/update`, {
      Memory: 64 << 20,
      MemorySwap: -1,
    });
    const ran = await cli.stack(["apply", "one.plan"]);
    expect(ran.status).toBe(5);
    expect(ran.stderr).toContain(`container ${name}-web-1`);
    expect(ran.stderr).toContain("mem_limit");
  });
});
