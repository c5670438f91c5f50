import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { connect } from "../../../src/engine/docker/api/client.ts";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { type OwnEngine, ownEngine } from "../../support/engine/own-engine.ts";
import { PROGRAM, publish, type Registry, registry } from "../../support/servers/registry.ts";

const usable = PROGRAM !== undefined && process.env.STACK_TEST_REGISTRY !== undefined;

describe.skipIf(!usable)(
  "a stack without a registry (docker-registry, STACK_TEST_REGISTRY)",
  () => {
    let live: Bench;
    let here: Shop;
    let there: Shop;
    let source: Registry;
    let beyond: OwnEngine;
    let host: string;
    let closed = false;
    beforeAll(async () => {
      [here, there] = [shop(), shop()];
      live = await bench("airgap");
      source = await registry();
      beyond = await ownEngine("beyond");
      host = beyond.host;
    });
    afterAll(async () => {
      await live?.close();
      if (!closed) source?.close();
      await beyond?.stop();
      for (const each of [here, there]) each?.close();
    });

    it("comes whole to another engine: the same digests, and an empty plan", async () => {
      const image = `${source.address}/app:1`;
      const platforms = ["linux/amd64", "linux/arm64"];
      const parts = platforms.map((platform) => ({ platform, mark: platform }));
      const digest = await publish(source, "app", "1", parts);
      const name = live.stack();
      here.write("motd.txt", "costs $5\n");
      here.write("stack.yaml", {
        name,
        variables: { password: { sensitive: true } },
        configs: { motd: { file: "motd.txt" } },
        containers: {
          web: {
            ...{ image, init: true, stop_grace_period: "1s", configs: ["motd"] },
            command: ["sh", "-c", "exec sleep $$PPID$$1234"],
            environment: { TOKEN: "$" + "{password}" },
          },
        },
      });
      const password = ["--var", "password=hunter2"];
      expect((await here.stack(["lock", ...password])).stdout).toContain(digest);
      const early = await here.stack(["save", ...password]);
      expect([early.status, early.stderr]).toEqual([5, expect.stringContaining(image)]);
      expect((await here.stack(["apply", "--yes", ...password])).status).toBe(0);

      const saved = await here.stack(["save", "--out", "all.tar", ...password]);
      expect([saved.status, saved.stderr]).toEqual([0, ""]);
      expect(saved.stdout).toContain("To be given where it is applied: password");
      const bytes = readFileSync(join(here.cwd, "all.tar"));
      expect(bytes.includes("hunter2")).toBe(false);

      // Nothing can be pulled any more.
      source.close();
      closed = true;
      const far = (args: readonly string[]) => there.stack(args, { env: { DOCKER_HOST: host } });
      there.write("all.tar", bytes);
      const loaded = await far(["load", "all.tar"]);
      expect([loaded.status, loaded.stderr]).toEqual([0, ""]);
      expect(loaded.stdout).toContain("1 image loaded");
      expect((await far(["load", "all.tar"])).stdout).toContain("here already");
      const lock = readFileSync(join(there.cwd, "stack.lock.yaml"), "utf8");
      const pins = (parse(lock) as { images: Record<string, { digest: string }> }).images;
      expect(pins[image]?.digest).toBe(digest);

      const plan = await far(["plan", "--locked", ...password]);
      expect(plan.stdout).not.toContain("pull");
      const applied = await far(["apply", "--locked", "--yes", ...password]);
      expect([applied.status, applied.stderr]).toMatchObject([
        0,
        expect.not.stringMatching(/error/),
      ]);
      const quiet = await far(["plan", "--locked", "--detailed-exitcode", ...password]);
      expect([quiet.status, quiet.stdout]).toEqual([0, expect.stringContaining("No changes.")]);

      const [ours, theirs] = await Promise.all([
        live.inspect(`${name}-web-1`),
        inspect(`${name}-web-1`),
      ]);
      for (const key of ["Path", "Args"]) expect(theirs[key]).toEqual(ours[key]);
      const [mine, other] = [ours, theirs].map(({ Config }) => Config as JsonObject);
      for (const key of ["Env", "Image"]) expect(other?.[key]).toEqual(mine?.[key]);
      expect(((other?.Labels ?? {}) as JsonObject).mark).toBe("linux/amd64");
      const missing = await here.stack(["load", "nothing.tar"]);
      expect([missing.status, missing.stderr]).toEqual([
        3,
        expect.stringContaining("there is no file"),
      ]);
      await live.client.delete(path`/images/${reference(image)}`, {
        query: { force: true },
        accept: [404, 409],
      });
    });

    async function inspect(container: string): Promise<JsonObject> {
      const endpoint = {
        kind: "unix",
        path: host.slice(7),
        display: host,
        source: "test",
      } as const;
      const client = await connect(endpoint, new AbortController().signal);
      try {
        return await client.get<JsonObject>(path`/containers/${container}/json`);
      } finally {
        client.close();
      }
    }
  },
);
