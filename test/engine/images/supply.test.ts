import { randomInt } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, list, record, text } from "../../../src/attributes/values/json.ts";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, stateOf } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { type OwnEngine, ownEngine } from "../../support/engine/own-engine.ts";
import { FULL } from "../../support/engine/trials.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";
import {
  PASSWORD,
  PROGRAM,
  publish,
  type Registry,
  registry,
  USER,
} from "../../support/servers/registry.ts";
import { withoutOpenssl } from "../../support/servers/tls-front.ts";
import { wire } from "../../support/servers/wire.ts";

/* What lies between an engine and its registries: trust, a line that breaks, room for what comes. */

const usable = PROGRAM !== undefined && process.env.STACK_TEST_REGISTRY !== undefined;
/** The registry's password as it is, and as Docker's config file has it: nothing may tell them. */
const AUTH = Buffer.from(`${USER}:${PASSWORD}`).toString("base64");
const SECRETS = new RegExp(`${PASSWORD}|${AUTH}`);
const NEWER = [
  ["28", "--version", "28"],
  ["28 with containerd", "--version", "28", "--store", "containerd"],
];

describe.skipIf(!usable).each([["20.10"], ...(FULL ? NEWER : [])])(
  "an engine and its registries: %s (docker-registry, STACK_TEST_REGISTRY)",
  (_, ...version) => {
    let own: OwnEngine;
    let live: Bench;
    let cli: Shop;
    let open: Registry;
    let certs: string;
    const env: Record<string, string> = {};
    beforeAll(async () => {
      certs = mkdtempSync(join(tmpdir(), "stack-certs-"));
      cli = shop();
      open = await registry();
      // What an engine does about a cut itself takes five seconds and more.
      const options = ["--certs", certs, "--disk", "64m", "--attempts", "1"];
      own = await ownEngine("supply", ...version, ...options);
      live = await bench("supply", own.socket, undefined, own.socket);
      env.DOCKER_HOST = own.host;
    });
    afterAll(async () => {
      await live?.close();
      await own?.stop();
      open?.close();
      cli?.close();
      rmSync(certs, { recursive: true });
    });

    const put = (name: string, tag: string, weight = 0) =>
      publish(open, name, tag, [{ platform: "linux/amd64", mark: tag, weight }]);
    const stack = async (...args: readonly string[]) => {
      const ran = await cli.stack(args, { env });
      expect(ran.stdout + ran.stderr).not.toMatch(SECRETS);
      return ran;
    };
    const running = async (name: string) => {
      const json = await live.inspect(`${name}-web-1`);
      return [json.Id, stateOf(json)];
    };
    const given = (name: string, image: string) =>
      cli.write("stack.yaml", { name, containers: { web: { ...IDLE, image } } });
    /** A stack that runs, and is then to have another image. */
    async function moving(image: string): Promise<string> {
      const name = live.stack();
      given(name, "busybox:1.36");
      expect(await stack("apply", "--yes")).toMatchObject({ status: 0 });
      given(name, image);
      return name;
    }
    async function refused(name: string, ...why: readonly RegExp[]): Promise<void> {
      const before = await running(name);
      const ran = await stack("apply", "--yes");
      for (const each of why) expect(ran.stderr).toMatch(each);
      expect(ran.status).toBe(1);
      expect(await running(name)).toEqual(before);
    }
    async function converges(name: string, ...more: readonly string[]): Promise<void> {
      expect(await stack("apply", "--yes", ...more)).toMatchObject({ status: 0 });
      expect((await running(name))[1]).toBe("running");
      expect((await stack("plan", "--detailed-exitcode")).stdout).toContain("No changes.");
    }

    it.skipIf(withoutOpenssl)("a private one with TLS and a login (openssl)", async () => {
      // An engine trusts loopback addresses without a look; its bridge's is none, and stays.
      const bridge = await live.client.get<JsonObject>(path`/networks/bridge`);
      const ip = text(record(list(at(bridge, "IPAM", "Config"))[0]).Gateway);
      const secure = await registry({ tls: true, passwords: true, of: open, ip });
      const { address } = secure;
      const trust = (folder: string) => {
        mkdirSync(join(folder, address), { recursive: true });
        writeFileSync(join(folder, address, "ca.crt"), secure.ca);
      };
      try {
        for (const tag of ["1.0", "1.1"]) await put("team/app", tag);
        const name = await moving(`${address}/team/app:1.0`);
        const where = `certs.d/${address}/ca.crt`;
        await refused(name, /x509: /, new RegExp(where));
        expect(await stack("lock")).toMatchObject({
          ...{ status: 1, stderr: expect.stringContaining(where) },
        });
        trust(certs);
        await refused(name, /There is no login for/);
        cli.write(".docker/config.json", { auths: { [address]: { auth: AUTH } } });
        expect(await stack("lock")).toMatchObject({ status: 0 });
        await converges(name, "--progress", "json");
        const held = [
          await live.inspect(`${name}-web-1`),
          await live.client.get(path`/images/json`),
        ];
        expect(JSON.stringify(held)).not.toMatch(SECRETS);

        const blind = await stack("outdated");
        expect(blind).toMatchObject({
          status: 1,
          stderr: expect.stringContaining(`.docker/${where}`),
        });
        trust(join(cli.cwd, ".docker/certs.d"));
        expect(await stack("outdated")).toMatchObject({
          ...{ status: 2, stdout: expect.stringMatching(/current +1\.1\n/) },
        });
        const app = { source: "busybox:1.36", tags: [`${address}/team/pushed:1`] };
        cli.write("push.yaml", { name, images: { app } });
        const pushed = await stack("push", "app", "-f", "push.yaml");
        expect(pushed).toMatchObject({
          status: 0,
          stdout: expect.stringMatching(/sha256:\w{64}/),
        });
      } finally {
        secure.close();
      }
    });

    const weight = 3_000_000;
    // The engine tries each of three layers twice: of four cuts one is too many for it.
    const soon = () => randomInt(1, 20_000);
    const inLayers = () => [randomInt(100_000, weight / 2), soon(), soon(), soon()];
    const anywhere = () => [randomInt(1, randomInt(2) ? 8_000 : weight)];
    const breaks = [
      { where: "within a layer, again and again", choose: inLayers, rounds: FULL ? 4 : 1 },
      ...(FULL ? [{ where: "anywhere", choose: anywhere, rounds: 16 }] : []),
    ];
    it.each(breaks)("a line that breaks $where: the pull goes on", async ({ choose, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const line = await wire(open.address);
        const image = `${line.address}/heavy:${round}`;
        await put("heavy", `${round}`, weight);
        const name = live.stack();
        const places = choose();
        line.cutAfter(...places);
        const file = { name, containers: { web: { ...IDLE, image } } };
        const { events } = await live.settle(file).catch((cause: unknown) => {
          throw new Error(`cut after ${places} bytes`, { cause });
        });
        expect([places, line.cuts()]).toEqual([places, places.length]);
        const told = events.flatMap((event) =>
          event.type === "step_progress" ? [event.progress.text] : [],
        );
        if (places.length > 1) expect(told).toContainEqual(expect.stringMatching(/^again, since /));
        await live.destroy(name);
        await live.client.delete(path`/images/${reference(image)}`);
        line.close();
      }
    });

    it("one that is down", async (test) => {
      if (!FULL) return test.skip("only with npm run test:full");
      const line = await wire(open.address);
      line.close();
      const name = await moving(`${line.address}/app:1`);
      await refused(name, /connection refused/, /The engine \(not this machine\) must reach/);
    });

    it("no room for what comes, until there is", async () => {
      await put("large", "1", 12_000_000);
      const name = await moving(`${open.address}/large:1`);
      const filler = live.stack();
      const fill = ["sh", "-c", "dd if=/dev/zero of=/f/f bs=1M count=40; exec sleep 3600"];
      cli.write("filler.yaml", {
        name: filler,
        volumes: { f: {} },
        containers: { f: { ...IDLE, command: fill, volumes: ["f:/f"] } },
      });
      expect(await stack("apply", "--yes", "-f", "filler.yaml")).toMatchObject({ status: 0 });
      await refused(name, /no space left on device/, /Free space on the engine's disk/);
      const gone = await stack("destroy", "--yes", "--volumes", "-f", "filler.yaml");
      expect(gone).toMatchObject({ status: 0 });
      await converges(name);
    });
  },
);
