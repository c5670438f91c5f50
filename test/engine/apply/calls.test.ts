import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, expectNothing } from "../../support/engine/live.ts";
import { shop } from "../../support/engine/live-cli.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";
import { type Tap, tap } from "../../support/servers/proxy.ts";

const REGISTRY = process.env.STACK_TEST_REGISTRY;
const secret = `s3cret-${randomBytes(8).toString("hex")}`;
const sensitive = { variables: [`password=${secret}`] };
let wire: Tap;
let live: Bench;
beforeAll(async () => {
  wire = await tap();
  live = await bench("calls", wire.socket);
});
afterAll(async () => {
  await live.close();
  wire.close();
});

const many = (name: string, count: number): JsonObject => ({
  name,
  networks: { a: {}, b: {} },
  volumes: { data: {} },
  containers: Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `c${index}`,
      { ...IDLE, networks: [index % 2 ? "a" : "b"], volumes: ["data:/data"] },
    ]),
  ),
});

const withSecrets = (name: string): JsonObject => ({
  name,
  variables: { password: { type: "string", sensitive: true } },
  configs: { credentials: { content: "password=${password}\n" } },
  containers: {
    web: {
      ...IDLE,
      environment: { DB_PASSWORD: "${password}" },
      configs: [{ source: "credentials", target: "/etc/credentials", mode: "0400" }],
    },
  },
});

const methods = () => [...new Set(wire.calls.map(({ method }) => method))];
const urls = () => wire.calls.map(({ url }) => decodeURIComponent(url)).join("\n");

describe("planning", () => {
  it("sends GET requests only, whatever there is to do", async () => {
    const name = live.stack();
    wire.forget();
    await live.plan(many(name, 3));
    expect(methods()).toEqual(["GET"]);

    await live.settle(many(name, 3));
    wire.forget();
    await live.plan(many(name, 2));
    await live.plan({ name, containers: { c0: { ...IDLE, mem_limit: "64m" } } });
    await live.plan({ name, containers: { c0: { ...IDLE, image: "no-such/image:1" } } });
    expect(methods()).toEqual(["GET"]);
  });

  it("does so too where files must be read back from containers", async () => {
    const name = live.stack();
    await live.settle(withSecrets(name), sensitive);
    wire.forget();
    expectNothing(await live.plan(withSecrets(name), sensitive));
    expect(methods()).toEqual(["GET"]);
    expect(urls()).toContain("/archive?path=/etc/credentials");
  });

  it("and where a registry is asked what it has", async (test) => {
    if (!REGISTRY) return test.skip("STACK_TEST_REGISTRY is not set");
    wire.forget();
    const web = { ...IDLE, image: `${REGISTRY}/busybox:1.36`, pull_policy: "always" };
    const plan = await live.plan({ name: live.stack(), containers: { web } });
    expect(plan.steps.map(({ operation: what }) => what)).toContain("image.pull");
    expect(methods()).toEqual(["GET"]);
    expect(urls()).toContain("/distribution/");
  });
});

describe("when nothing is to do", () => {
  it("a plan is the lists, an inspect for each container and one for each image", async () => {
    const name = live.stack();
    const count = 12;
    await live.settle(many(name, count));
    wire.forget();
    expectNothing(await live.plan(many(name, count)));
    // The ping that connects comes once, before.
    expect(wire.calls.length + 1).toBeLessThanOrEqual(count + 1 + 4);

    wire.forget();
    const { outcome } = await live.apply(many(name, count));
    expect(outcome).toBe("completed");
    expect(wire.writes()).toEqual([]);
    expect(wire.calls.length + 1).toBeLessThanOrEqual(count + 1 + 4);
  });
});

describe("when one of many is to be changed", () => {
  it("an apply with its lock inspects none of them again", async () => {
    const cli = shop();
    const name = live.stack();
    const count = 12;
    const env = { DOCKER_HOST: `unix://${wire.socket}` };
    await live.settle(many(name, count));
    // Events are told from whole seconds on.
    await sleep(2_100);
    const { containers, ...rest } = many(name, count);
    const c0 = { ...IDLE, networks: ["a"], volumes: ["data:/data"], environment: { EDIT: "1" } };
    cli.write("stack.yaml", { ...rest, containers: { ...(containers as JsonObject), c0 } });
    wire.forget();
    const applied = await cli.stack(["apply", "--yes"], { env });
    expect(applied.stdout).toContain("1 replaced");
    const urls = wire.calls.map(({ url }) => url);
    const locked = urls.findIndex((url) => url.includes("stackwright-lock"));
    const inspects = (some: readonly string[]) =>
      some.filter((url) => /containers\/[0-9a-f]{64}\/json$/.test(url));
    const seen = inspects(urls.slice(0, locked));
    expect(seen).toHaveLength(count);
    expect(inspects(urls.slice(locked)).filter((url) => seen.includes(url))).toEqual([]);
    cli.close();
  });
});

describe("twenty applies of an unchanged stack", () => {
  it("send no write request at all", async () => {
    const name = live.stack();
    await live.settle(many(name, 5));
    wire.forget();
    for (let time = 0; time < 20; time++) {
      const { outcome } = await live.apply(many(name, 5));
      expect(outcome).toBe("completed");
    }
    expect(wire.calls.length).toBeGreaterThan(20 * 5);
    expect(wire.writes()).toEqual([]);
  });
});

describe("secrets", () => {
  it("are in no URL, through create, replacement and removal", async () => {
    const name = live.stack();
    wire.forget();
    await live.settle(withSecrets(name), sensitive);
    await live.settle(withSecrets(name), { variables: [`password=${secret}-2`] });
    await live.destroy(name);
    expect(wire.writes().length).toBeGreaterThan(10);
    expect(urls()).not.toContain(secret);
  });
});
