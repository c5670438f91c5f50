import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, stateOf } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { shopStack } from "../../support/engine/scenarios.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";
import { type Tap, tap } from "../../support/servers/proxy.ts";

let live: Bench;
let wire: Tap;
let cli: Shop;
beforeAll(async () => {
  live = await bench("kill");
  wire = await tap();
  cli = shop();
});
afterAll(async () => {
  await live.close();
  wire.close();
  cli.close();
});

const through = () => ({ DOCKER_HOST: `unix://${wire.socket}` });

describe("Ctrl-C", () => {
  it("once: finishes what runs, begins nothing, says what remains, exits 130", async () => {
    const name = live.stack();
    const { containers, ...rest } = shopStack(name, "one") as { containers: JsonObject };
    const slow = {
      ...IDLE,
      healthcheck: { test: ["CMD", "false"], interval: "1s", start_period: "60s" },
      networks: ["back"],
    };
    const waiting = {
      ...rest,
      containers: {
        ...containers,
        slow,
        last: { ...IDLE, depends_on: { slow: { condition: "service_healthy" } } },
      },
    };
    cli.write("stack.yaml", waiting);
    wire.forget();
    const ran = await cli.stack(["apply", "--yes"], {
      env: through(),
      started: (child) => {
        const started = new Set<string>();
        wire.onWrite = ({ url }) => {
          if (url.includes("/start")) started.add(url);
          // Three containers, and the lock.
          if (started.size === 4) setTimeout(() => child.kill("SIGINT"), 500);
        };
      },
    });
    wire.onWrite = () => {};
    expect(ran).toMatchObject({ status: 130, signal: null });
    expect(ran.stderr).toContain("Interrupted");
    expect(ran.stderr).toContain("container.last");
    expect(ran.stderr).not.toContain("container.web,");
    expect(stateOf(await live.inspect(`${name}-web-1`))).toBe("running");
    expect(stateOf(await live.inspect(`${name}-last-1`))).toBe("created");

    const healed = {
      ...waiting,
      containers: {
        ...waiting.containers,
        slow: { ...slow, healthcheck: { test: ["CMD", "true"], interval: "300ms" } },
      },
    };
    await live.settle(healed);
    await live.destroy(name);
  });

  it("while it pulls: ends the pull, and nothing is made", async () => {
    const name = live.stack();
    cli.write("stack.yaml", {
      name,
      containers: { web: { ...IDLE, image: "registry.invalid/none:1" } },
    });
    wire.forget();
    wire.fault = ({ url }) => (url.includes("/images/create") ? "slow" : undefined);
    const ran = await cli.stack(["apply", "--yes"], {
      env: through(),
      started: (child) => {
        wire.onWrite = ({ url }) => {
          if (url.includes("/images/create?fromImage")) child.kill("SIGINT");
        };
      },
    });
    wire.onWrite = () => {};
    wire.fault = () => undefined;
    expect(ran).toMatchObject({ status: 130, signal: null });
    expect(ran.stderr).toContain("Interrupted");
    const { listed } = await live.observe({ name, containers: {} });
    expect(listed.filter((each) => each.name.startsWith(name))).toEqual([]);
  });

  it("twice: leaves at once, and the next apply converges", async () => {
    const name = live.stack();
    const stubborn = { ...IDLE, init: false, stop_grace_period: "20s" };
    await live.settle({ name, containers: { web: stubborn } });
    cli.write("stack.yaml", {
      name,
      containers: { web: { ...stubborn, environment: { A: "1" } } },
    });
    wire.forget();
    const ran = await cli.stack(["apply", "--yes"], {
      env: through(),
      started: (child) => {
        wire.onWrite = ({ url }) => {
          if (!url.includes("/stop")) return;
          child.kill("SIGINT");
          setTimeout(() => child.kill("SIGINT"), 300);
        };
      },
    });
    wire.onWrite = () => {};
    expect(ran.status).toBe(130);
    // After one signal alone, the stop would be waited for, and what ran before brought back.
    expect(wire.writes().at(-1)?.url).toContain("/stop");
    await live.settle({ name, containers: { web: { ...IDLE, environment: { A: "1" } } } });
    const { listed } = await live.observe({ name, containers: {} });
    expect(listed.filter((each) => each.name.startsWith(name))).toHaveLength(1);
  });
});
