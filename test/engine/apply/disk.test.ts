import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, SOCKET } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { type OwnEngine, ownEngine } from "../../support/engine/own-engine.ts";

const json = (text: string) => JSON.parse(text) as Record<string, JsonObject[]>;

/** Nameless images are anybody's: what prunes them must not meet the builds of other tests. */
describe.skipIf(SOCKET === "")("care for the disk (STACK_TEST_HOST)", () => {
  let own: OwnEngine;
  let live: Bench;
  let cli: Shop;
  let name: string;
  const REPOSITORY = "disk-test/app";
  beforeAll(async () => {
    own = await ownEngine("disk");
    live = await bench("disk", own.socket, undefined, own.socket);
    cli = shop();
    name = cli.given(live.stack(), { volumes: ["data:/data"] });
    cli.write("stack.yaml", {
      name,
      images: { app: { source: "busybox:1.36", tags: [`${REPOSITORY}:3`] } },
      volumes: { data: {} },
      containers: {
        web: {
          ...{ image: "app", init: true, stop_grace_period: "1s", volumes: ["data:/data"] },
          command: ["sh", "-c", "echo hello > /made; echo data > /data/file; exec sleep 3600"],
        },
      },
    });
    expect((await stack("apply", "--yes")).status).toBe(0);
  });
  afterAll(async () => {
    await live?.close();
    await own?.stop();
    cli?.close();
  });
  const stack = (...args: string[]) => cli.stack(args, { env: { DOCKER_HOST: own.host } });
  const rows = async (...args: string[]) => {
    const { status, stdout, stderr } = await stack(...args, "--format", "json");
    expect([args[0], status, stderr]).toEqual([args[0], 0, expect.any(String)]);
    return json(stdout);
  };

  it("lists images, their layers, and what a container has changed", async () => {
    expect(await rows("images")).toMatchObject({
      images: [{ address: "image.app", present: true, platform: "linux/amd64" }],
    });
    const { layers } = await rows("history", "app");
    expect(layers?.length).toBeGreaterThan(0);
    expect(layers?.map(({ size }) => Number(size)).reduce((a, b) => a + b, 0)).toBeGreaterThan(1e6);
    const { changes } = await rows("changes", "web");
    expect(changes).toContainEqual({ kind: "added", path: "/made" });
    expect((await stack("changes", "db")).stderr).toContain(`It has ${name}-web-1`);
    expect((await stack("history", "no/such:1")).status).toBe(1);
    for (const each of [["images"], ["history", "app"], ["changes", "web"], ["df"]])
      expect((await stack(...each)).stdout.split("\n").length).toBeGreaterThan(2);
  });

  it("reckons what the stack takes, shared layers once", async () => {
    const { rows: parts, totals } = (await rows("df")) as unknown as {
      rows: { kind: string; name: string; size: number }[];
      totals: Record<string, number>;
    };
    const images = parts.filter(({ kind }) => kind === "image");
    expect(images).toHaveLength(1);
    expect(totals.images).toBe(images[0]?.size);
    expect(parts).toContainEqual({ kind: "volume", name: `${name}_data`, size: 5 });
    expect(totals.containers).toBeGreaterThan(0);
  });

  it("commits a container, and says what cannot be made again", async () => {
    const { status, stderr } = await stack("commit", "web", `${REPOSITORY}:1`);
    expect([status, stderr]).toEqual([0, expect.stringContaining("cannot be made again")]);
    expect(stderr).toContain("what is mounted is not in it: /data");
    const image = await live.client.get<JsonObject>(
      path`/images/${reference(`${REPOSITORY}:1`)}/json`,
    );
    expect((image.Config as JsonObject).Cmd).toContain("sh");
    expect((await stack("commit", "web")).status).toBe(1);
    expect((await stack("commit", "web", "Not OK")).status).toBe(1);
  });

  it("prunes earlier images that nothing uses, and asks before", async () => {
    await stack("commit", "web", `${REPOSITORY}:2`);
    // Its name goes to the next one.
    await stack("commit", "web", `${REPOSITORY}:4`);
    await stack("commit", "web", `${REPOSITORY}:4`);
    const used = await live.post(path`/containers/create`, { Image: `${REPOSITORY}:2` });
    try {
      const asked = await stack("prune", "--keep", "1");
      expect([asked.status, asked.stderr]).toEqual([5, expect.stringContaining("Give --yes.")]);
      const listed = asked.stdout.trimEnd().split("\n").slice(1);
      expect(listed).toEqual([
        expect.stringMatching(/^[0-9a-f]{12} .* it has no name$/),
        expect.stringMatching(/^disk-test\/app:1 .* an earlier one of the stack$/),
      ]);
      const { status, stderr } = await stack("prune", "--keep", "1", "--yes");
      expect([status, stderr]).toEqual([0, "2 images removed.\n"]);
      const left = async (tag: number) =>
        (await live.client.get(path`/images/${reference(`${REPOSITORY}:${tag}`)}/json`, {
          accept: [404],
        })) !== undefined;
      // The newest earlier one, one that a container of somebody else uses, and the stack's own.
      expect(await Promise.all([1, 2, 3, 4].map(left))).toEqual([false, true, true, true]);
      expect((await stack("plan", "--detailed-exitcode")).status).toBe(0);
    } finally {
      await live.client.delete(path`/containers/${String(used.Id)}`);
    }
  });
});
