import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { savedBy20 } from "../../support/fixtures/archives.ts";
import {
  PASSWORD,
  PROGRAM,
  type Registry,
  registry,
  USER,
} from "../../support/servers/registry.ts";

const usable = PROGRAM !== undefined && process.env.STACK_TEST_REGISTRY !== undefined;
const QUIET = ["plan", "--detailed-exitcode"];

describe.skipIf(!usable)("pushes (docker-registry, STACK_TEST_REGISTRY)", () => {
  let live: Bench;
  let cli: Shop;
  let target: Registry;
  const made = new Set<string>();
  beforeAll(async () => {
    live = await bench("push");
    cli = shop();
    target = await registry({ passwords: true });
  });
  afterAll(async () => {
    for (const image of made)
      await live.client.delete(path`/images/${reference(image)}`, { accept: [404, 409] });
    await live?.close();
    cli?.close();
    target?.close();
  });

  const login = (password: string) => {
    const auth = Buffer.from(`${USER}:${password}`).toString("base64");
    mkdirSync(join(cli.cwd, ".docker"), { recursive: true });
    const config = { auths: { [target.address]: { auth } } };
    writeFileSync(join(cli.cwd, ".docker/config.json"), JSON.stringify(config));
  };
  const digestAt = async (name: string, tag: string) => {
    const headers = {
      authorization: `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString("base64")}`,
      accept:
        "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json",
    };
    const answer = await fetch(`http://${target.address}/v2/${name}/manifests/${tag}`, { headers });
    return answer.headers.get("docker-content-digest");
  };
  const given = async (mark: string) => {
    cli.write("app.tar", await savedBy20([{ platform: "linux/amd64", mark, tags: [] }]));
    const [source, latest] = [`${target.address}/team/app:1`, `${target.address}/team/app:latest`];
    for (const each of [source, latest]) made.add(each);
    const app: JsonObject = { source, archive: "app.tar", tags: [latest], push: true };
    cli.write("stack.yaml", { name: live.stack(), images: { app } });
  };

  it("happen when the registry lacks what is here, under every name", async () => {
    login(PASSWORD);
    await given("one");
    const applied = await cli.stack(["apply", "--yes", "--progress", "plain"]);
    expect([applied.status, applied.stderr]).toMatchObject([0, expect.stringContaining("pushed")]);
    expect((await cli.stack(QUIET)).stdout).toContain("No changes.");
    const first = await digestAt("team/app", "1");
    expect(first).toMatch(/^sha256:/);
    expect(await digestAt("team/app", "latest")).toBe(first);

    await given("two");
    const plan = await cli.stack(["plan"]);
    expect(plan.stdout).toContain("its registry has other content");
    const pushed = await cli.stack(["apply", "--yes"]);
    expect(pushed.status).toBe(0);
    const second = await digestAt("team/app", "latest");
    expect(second).not.toBe(first);
    const again = await cli.stack(["push", "--format", "json"]);
    const { images } = JSON.parse(again.stdout) as { images: { digest: string }[] };
    expect(images.map(({ digest }) => digest)).toEqual([second, second]);
  });

  it("take what is built under its own name too", async () => {
    login(PASSWORD);
    const source = `${target.address}/team/built:1`;
    made.add(source);
    cli.write("app/Dockerfile", "FROM busybox:1.36\nENV MADE=here\n");
    const app: JsonObject = { source, build: "app", push: true };
    cli.write("stack.yaml", { name: live.stack(), images: { app } });
    const env = { DOCKER_BUILDKIT: "0" };
    const applied = await cli.stack(["apply", "--yes", "--progress", "plain"], { env });
    const digest = await digestAt("team/built", "1");
    expect(digest).toMatch(/^sha256:/);
    expect(applied).toMatchObject({ status: 0, stderr: expect.stringContaining(`${digest}`) });
    expect((await cli.stack(QUIET, { env })).stdout).toContain("No changes.");
  });

  it("are clear about a login that is missing or wrong", async () => {
    await given("three");
    for (const [password, says] of [
      ["nonsense", "does not take the login"],
      [undefined, "There is no login"],
    ] as const) {
      if (password) login(password);
      else writeFileSync(join(cli.cwd, ".docker/config.json"), "{}");
      await cli.stack(["apply", "--yes"]);
      const { status, stderr } = await cli.stack(["push", "app"]);
      expect([status, stderr]).toEqual([1, expect.stringContaining(says)]);
    }
    expect((await cli.stack(["push", "web"])).stderr).toContain('no image "web"');
  });

  it("need a name of one's own for what is pulled", async () => {
    cli.write("stack.yaml", { images: { app: { source: "busybox:1.36", push: true } } });
    const { status, stderr } = await cli.stack(["validate"]);
    expect([status, stderr]).toEqual([3, expect.stringContaining("needs `tags` to be pushed")]);
  });
});
