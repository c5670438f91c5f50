import { randomInt } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, changed, expectNothing, stateOf } from "../../support/engine/live.ts";
import { freePorts, IDLE } from "../../support/fixtures/stackfile.ts";
import { type Tap, tap } from "../../support/servers/proxy.ts";
import {
  PASSWORD,
  PROGRAM,
  publish,
  type Registry,
  registry,
  USER,
} from "../../support/servers/registry.ts";

const usable = PROGRAM !== undefined && process.env.STACK_TEST_REGISTRY !== undefined;
const AMD64 = "linux/amd64";
const auth = Buffer.from(`${USER}:${PASSWORD}`).toString("base64");

describe.skipIf(!usable)("registries (docker-registry, STACK_TEST_REGISTRY)", () => {
  let folder: string;
  let open: Registry;
  let closed: Registry;
  let wire: Tap;
  let live: Bench;
  const env: Record<string, string | undefined> = {};
  /** Docker's config file, as the bench reads it: each test of a login opens a bench of its own. */
  const around = () => ({
    env: { ...env, DOCKER_CONFIG: folder },
    home: "/nonexistent",
    readFile: (file: string) => readFileSync(file, "utf8"),
  });
  const configure = (config: JsonObject) =>
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  async function withLogins(config: JsonObject, use: (bench: Bench) => Promise<void>) {
    configure(config);
    const other = await bench("reg", wire.socket, around());
    try {
      await use(other);
    } finally {
      await other.close();
    }
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "stack-docker-"));
    configure({});
    [open, closed, wire] = await Promise.all([registry(), registry({ passwords: true }), tap()]);
    live = await bench("reg", wire.socket, around());
    await publish(open, "app", "1", [{ platform: AMD64, mark: "open" }]);
    await publish(closed, "app", "1", [{ platform: AMD64, mark: "closed" }]);
  });
  afterAll(async () => {
    await live?.close();
    for (const each of [wire, open, closed]) each?.close();
    rmSync(folder, { recursive: true });
  });

  const forget = (image: string) =>
    live.client.delete(path`/images/${reference(image)}`, {
      query: { force: true },
      accept: [404],
    });
  const file = (name: string, image: string, more: JsonObject = {}) => ({
    name,
    containers: { web: { ...IDLE, image, ...more } },
  });
  const markOf = async (image: string) => {
    const json = await live.client.get<JsonObject>(path`/images/${reference(image)}/json`);
    return ((json.Config as JsonObject).Labels as JsonObject).mark;
  };

  /** Applies the image where another runs; what runs must go on. */
  async function refused(image: string, on = live, more: JsonObject = {}) {
    const name = on.stack();
    await on.settle(file(name, "busybox:1.36"));
    const before = await on.inspect(`${name}-web-1`);
    const applied = await on.apply(file(name, image, more));
    expect(applied.outcome).toBe("failed");
    const after = await on.inspect(`${name}-web-1`);
    expect([after.Id, stateOf(after)]).toEqual([before.Id, "running"]);
    await on.destroy(name);
    return applied.events.flatMap((event) =>
      event.type === "step_failed" ? [`${event.message} | ${event.hint ?? ""}`] : [],
    )[0];
  }

  describe("logins", () => {
    it("are not sent where the config file has none for the registry", async () => {
      wire.forget();
      const other = { auths: { "other.example": { auth } } };
      await withLogins(other, async (on) => {
        const name = on.stack();
        await on.settle(file(name, `${open.address}/app:1`, { pull_policy: "always" }));
      });
      expect(wire.calls.some(({ url }) => url.includes("/images/create"))).toBe(true);
      expect(wire.calls.filter(({ login }) => login !== undefined)).toEqual([]);
      await forget(`${open.address}/app:1`);
    });

    it("that are missing or wrong fail the pull, and what runs goes on", async () => {
      const image = `${closed.address}/app:1`;
      expect(await refused(image)).toMatch(/auth.*There is no login for 127\.0\.0\.1:\d+ /);
      const wrong = Buffer.from(`${USER}:wrong-secret`).toString("base64");
      await withLogins({ auths: { [closed.address]: { auth: wrong } } }, async (on) => {
        const said = await refused(image, on);
        expect(said).toMatch(/auth.*does not take the login of Docker's config file/);
        expect(said).not.toContain("wrong-secret");
      });
    });

    it("go with the calls for their own registry alone, in one header", async () => {
      wire.forget();
      const auths = { [closed.address]: { auth } };
      await withLogins({ auths }, async (on) => {
        const name = on.stack();
        const stack = file(name, `${closed.address}/app:1`, { pull_policy: "always" });
        const both = { ...stack.containers, other: { ...IDLE, image: `${open.address}/app:1` } };
        const { events } = await on.settle({ ...stack, containers: both });
        expect(await markOf(`${closed.address}/app:1`)).toBe("closed");
        expect(JSON.stringify(events)).not.toMatch(/pw:with colon|cHc6d2l0aCBjb2xvbg/);
      });
      const told = wire.calls.filter(({ login }) => login !== undefined);
      expect(new Set(told.map(({ login }) => login))).toEqual(
        new Set([
          JSON.stringify({ username: USER, password: PASSWORD, serveraddress: closed.address }),
        ]),
      );
      const about = (url: string) => decodeURIComponent(url).includes(closed.address);
      expect(told.every(({ url }) => about(url))).toBe(true);
      const kinds = told.map(({ method, url }) => `${method} ${url.split("/")[2]}`);
      expect(new Set(kinds)).toEqual(new Set(["POST images", "GET distribution"]));
      const urls = wire.calls.map(({ url }) => decodeURIComponent(url)).join("\n");
      expect(urls).not.toMatch(/pw:with|colon/);
      for (const each of [open, closed]) await forget(`${each.address}/app:1`);
    });

    it("come from a credential helper on the PATH", async () => {
      const answer = JSON.stringify({
        ServerURL: closed.address,
        Username: USER,
        Secret: PASSWORD,
      });
      const script = `#!/bin/sh\nread host\n[ "$1 $host" = "get ${closed.address}" ] || { echo "credentials not found in native keychain"; exit 1; }\necho '${answer}'\n`;
      writeFileSync(join(folder, "docker-credential-test-store"), script);
      chmodSync(join(folder, "docker-credential-test-store"), 0o755);
      env.PATH = `${folder}:${process.env.PATH}`;
      for (const config of [
        { credsStore: "test-store" },
        { credsStore: "no-such", credHelpers: { [closed.address]: "test-store" } },
      ]) {
        await withLogins(config, async (on) => {
          const name = on.stack();
          await on.settle(file(name, `${closed.address}/app:1`));
        });
        await forget(`${closed.address}/app:1`);
      }
      await withLogins({ credsStore: "test-store" }, async (on) => {
        const name = on.stack();
        await on.settle(file(name, `${open.address}/app:1`));
      });
      await withLogins({ credsStore: "no-such" }, async (on) => {
        expect(await refused(`${closed.address}/app:1`, on)).toMatch(
          /without a login: docker-credential-no-such, which has the login of .* was not found/,
        );
        // What is public is had without a login, as by Docker's client.
        await forget(`${open.address}/app:1`);
        const { warnings } = await on.settle(file(on.stack(), `${open.address}/app:1`));
        expect(warnings.join("\n")).toMatch(/going on without a login for .*no-such/);
      });
      await forget(`${open.address}/app:1`);
    });
  });

  describe("mirrors", () => {
    it("are tried in order, and the image keeps its name", async () => {
      const [port] = await freePorts(1);
      const own = "images.example.invalid/app:1";
      const name = live.stack();
      const stack = {
        ...file(name, "app", { pull_policy: "always" }),
        images: { app: { source: own, mirrors: [`127.0.0.1:${port}`, open.address] } },
      };
      const { warnings, plan } = await live.settle(stack);
      expect(plan.steps[0]).toMatchObject({ operation: "image.pull", image: own });
      expect(warnings).toMatchObject([expect.stringContaining(`the mirror 127.0.0.1:${port}/app`)]);
      const { Config } = await live.inspect(`${name}-web-1`);
      expect((Config as JsonObject).Image).toBe(own);
      expect(await markOf(own)).toBe("open");
      await live.destroy(name);
      for (const image of [own, `${open.address}/app:1`]) await forget(image);
    });
  });

  describe("platforms", () => {
    it("of an index are told apart, and one that is not there is an error", async () => {
      await publish(open, "many", "1", [
        { platform: "linux/amd64", mark: "amd" },
        { platform: "linux/arm64/v8", mark: "arm" },
      ]);
      const image = `${open.address}/many:1`;
      const name = live.stack();
      await live.settle(file(name, image, { platform: "linux/amd64" }));
      expect(await markOf(image)).toBe("amd");
      await live.destroy(name);
      expect(await refused(image, live, { platform: "linux/s390x" })).toMatch(
        /no match.*manifest|no matching manifest/,
      );
      await forget(image);
    });

    it("of an image for one of them are checked after the pull", async () => {
      const image = `${open.address}/app:1`;
      expect(await refused(image, live, { platform: "linux/arm64" })).toMatch(
        /not for linux\/arm64: the registry has it for linux\/amd64|no match/,
      );
      await forget(image);
    });
  });

  it("a tag that does not exist is an error by name", async () => {
    expect(await refused(`${open.address}/app:no-such-tag`)).toMatch(
      /app:no-such-tag.*not found.*The registry has no such tag/,
    );
  });

  it("a pull that is cut at a random byte goes on, and its bytes are told", async () => {
    await publish(open, "heavy", "1", [{ platform: AMD64, mark: "heavy", weight: 3_000_000 }]);
    const image = `${open.address}/heavy:1`;
    const name = live.stack();
    let cuts = 0;
    // What has arrived is not told again, so that the second answer is short.
    const places = [randomInt(1, 700), randomInt(1, 100)];
    wire.cutAfter = ({ url }) => (url.includes("/images/create") ? places[cuts++] : undefined);
    const { events } = await live.settle(file(name, image)).catch((error: unknown) => {
      throw new Error(`cut after ${places} bytes`, { cause: error });
    });
    wire.cutAfter = () => undefined;
    expect(cuts).toBe(3);
    expect(await markOf(image)).toBe("heavy");
    const told = events.flatMap((event) =>
      event.type === "step_progress" ? [event.progress] : [],
    );
    expect(told.filter(({ text }) => text.startsWith("again, since ")).length).toBe(2);
    await live.destroy(name);
    await forget(image);

    // Other content: a containerd store may have kept what was forgotten.
    await publish(open, "heavy", "1", [{ platform: AMD64, mark: "again", weight: 3_000_000 }]);
    const again = await live.settle(file(name, image));
    const bytes = again.events.flatMap((event) =>
      event.type === "step_progress" && event.progress.total ? [event.progress] : [],
    );
    for (const { current = -1, total = -1 } of bytes) expect(current).toBeLessThanOrEqual(total);
    expect(Math.max(0, ...bytes.map(({ total = 0 }) => total))).toBeGreaterThan(2_900_000);
    await live.destroy(name);
    await forget(image);
  });

  it("the policy every_<duration> asks the registry once the image is that old", async () => {
    const image = `${open.address}/aging:1`;
    await publish(open, "aging", "1", [{ platform: AMD64, mark: "one" }]);
    const name = live.stack();
    const every = (pull_policy: string) => file(name, image, { pull_policy });
    await live.settle(every("every_1h"));
    await publish(open, "aging", "1", [{ platform: AMD64, mark: "two" }]);
    wire.forget();
    expectNothing(await live.plan(every("every_1h")));
    expect(wire.calls.filter(({ url }) => url.includes("/distribution/"))).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const { plan } = await live.settle(every("every_1s"));
    expect(changed(plan, "container.web")).toBe("replace image");
    expect(await markOf(image)).toBe("two");
    await live.destroy(name);
    await forget(image);
  });

  // What needs a CA: supply.test.ts.
  it("TLS is spoken where the registry does", async () => {
    const secure = await registry({ tls: true });
    try {
      // An engine takes any certificate of a loopback address.
      const said = await refused(`${secure.address}/app:1`);
      expect(said).toMatch(/not found|manifest unknown/);
    } finally {
      secure.close();
    }
  });
});
