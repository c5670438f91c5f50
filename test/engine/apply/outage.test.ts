import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, connect } from "../../../src/engine/docker/api/client.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { ownEngine } from "../../support/engine/own-engine.ts";
import { FULL } from "../../support/engine/trials.ts";
import { savedBy20 } from "../../support/fixtures/archives.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

/*
 * Engines of their own, since what is done to them would disturb every other test. STACK_TEST_VERSION
 * is that of `scripts/engine --version`.
 */

const VERSION = process.env.STACK_TEST_VERSION ?? "distro";
const skipped = FULL ? "" : "only with npm run test:full";

async function start(name: string, ...more: readonly string[]) {
  const own = await ownEngine(name, "--version", VERSION, ...more);
  const { host, socket } = own;
  const registry = await own.registry();
  const endpoint = { kind: "unix", path: socket, display: host, source: "test" } as const;
  const client = await connect(endpoint, new AbortController().signal);
  return { ...own, registry, client };
}

let cli: Shop;
beforeAll(() => {
  cli = shop();
});
afterAll(() => cli.close());

const containers = (client: Client) =>
  client.get<JsonObject[]>(path`/containers/json`, { query: { all: true } });

describe("an engine that is restarted during an apply", () => {
  const name = "outage";
  it("is waited for, and the apply goes on or the next one completes it", async (test) => {
    if (skipped) return test.skip(skipped);
    const { host, client, run, stop } = await start(name);
    try {
      let atOnce = 0;
      const rounds = 6;
      for (let round = 0; round < rounds; round++) {
        // The later rounds meet the wait for what has started.
        const update_config = { monitor: "3s" };
        const web = { ...IDLE, update_config, environment: { ROUND: `${round}` } };
        const keys = Array.from({ length: 6 }, (_, index) => `c${index}`);
        const chain = keys.map((key, index): [string, JsonObject] => [
          key,
          index > 0 ? { ...web, depends_on: [`c${index - 1}`] } : web,
        ]);
        cli.write("stack.yaml", { name: "shop", containers: Object.fromEntries(chain) });
        const env = { DOCKER_HOST: host };
        const applying = cli.stack(["apply", "--yes"], { env });
        await sleep(600 + 600 * round);
        await run("restart");
        const ran = await applying;
        expect(ran.stderr).not.toContain("this is a bug");
        if (ran.status === 0) atOnce++;
        else expect(ran.stderr.trim()).not.toBe("");
        const again = await cli.stack(["apply", "--yes"], { env });
        expect({ ...again, first: ran.stderr }).toMatchObject({ status: 0 });
        const names = (await containers(client)).filter(({ State }) => State === "running");
        expect(names.map(({ Names }) => String(Names)).sort()).toEqual(
          expect.arrayContaining(keys.map((key) => `/shop-${key}-1`)),
        );
        expect((await cli.stack(["plan", "--detailed-exitcode"], { env })).status).toBe(0);
      }
      console.log(`restarts: ${rounds} cases, ${atOnce} went on by themselves, 0 lost`);
    } finally {
      client.close();
      await stop();
    }
  });
});

describe("an engine whose disk is full", () => {
  const name = "full";
  it("refuses with a word about space; once there is some, the next apply completes it", async (test) => {
    if (skipped) return test.skip(skipped);
    const { host, registry, client, run, stop } = await start(name, "--disk", "32m");
    try {
      const env = { DOCKER_HOST: host };
      const image = `${registry}/busybox:1.36`;
      const filling = { ...IDLE, command: ["sh", "-c", "cat /dev/zero > /big/f; sleep 3600"] };
      const big = {
        name: "big",
        volumes: { big: {} },
        containers: { f: { ...filling, volumes: ["big:/big"] } },
      };
      cli.write("big.yaml", big);
      expect((await cli.stack(["apply", "--yes", "-f", "big.yaml"], { env })).status).toBe(0);
      await sleep(2_000);
      cli.write("stack.yaml", { name: "shop", containers: { web: { ...IDLE, image } } });
      for (const more of [[], ["--lock=false"]]) {
        const ran = await cli.stack(["apply", "--yes", ...more], { env });
        expect(ran.status).toBe(1);
        expect(ran.stderr).toContain("no space left on device");
        expect(ran.stderr).toContain("Free space on the engine's disk");
      }
      const layer = { platform: "linux/amd64", mark: "heavy", tags: [] };
      cli.write("heavy.tar", await savedBy20([layer]));
      const heavy = { source: "heavy:1", archive: "heavy.tar" };
      cli.write("heavy.yaml", { name: "heavy", images: { heavy } });
      const loaded = await cli.stack(["apply", "--yes", "--lock=false", "-f", "heavy.yaml"], {
        env,
      });
      expect([loaded.status, loaded.stderr]).toEqual([
        ...[1, expect.stringContaining("no space left on device")],
      ]);
      await cli.stack(["destroy", "--yes", "--volumes", "--lock=false", "-f", "big.yaml"], { env });
      expect(await cli.stack(["apply", "--yes"], { env })).toMatchObject({ status: 0 });
      expect((await containers(client)).map(({ Names }) => String(Names))).toContain("/shop-web-1");

      await cli.stack(["destroy", "--yes"], { env });
      await run("registry", "stop");
      const elsewhere = { ...IDLE, image: image.replace("1.36", "latest") };
      cli.write("stack.yaml", { name: "shop", containers: { web: elsewhere } });
      const down = await cli.stack(["apply", "--yes"], { env });
      expect(down.status).toBe(1);
      expect(down.stderr).toMatch(/connection refused/);
    } finally {
      client.close();
      await stop();
    }
  });
});
