import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";
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

describe.skipIf(!usable)("pins (docker-registry, STACK_TEST_REGISTRY)", () => {
  let live: Bench;
  let cli: Shop;
  let source: Registry;
  let closed: Registry;
  let name: string;
  let image: string;
  beforeAll(async () => {
    live = await bench("pins");
    cli = shop();
    [source, closed] = await Promise.all([registry(), registry({ passwords: true })]);
    name = live.stack();
    image = `${source.address}/app:1.1`;
    cli.write("stack.yaml", { name, containers: { web: { ...IDLE, image } } });
  });
  afterAll(async () => {
    await live?.close();
    cli?.close();
    for (const each of [source, closed]) each?.close();
  });

  const put = (tag: string, mark: string) =>
    publish(source, "app", tag, [{ platform: AMD64, mark }]);
  const digestInLock = (): string => {
    const text = readFileSync(join(cli.cwd, "stack.lock.yaml"), "utf8");
    const { images } = parse(text) as { images: Record<string, { digest: string }> };
    return images[image]?.digest ?? "";
  };
  const forget = (each: string) =>
    live.client.delete(path`/images/${reference(each)}`, { query: { force: true }, accept: [404] });
  const markOf = async () => {
    const json = await live.inspect(`${name}-web-1`);
    return ((json.Config as JsonObject).Labels as JsonObject).mark;
  };

  it("hold tags to their content until they are moved", async () => {
    const one = await put("1.1", "one");
    expect((await cli.stack(["plan", "--locked"])).status).toBe(3);
    expect(existsSync(join(cli.cwd, "stack.lock.yaml"))).toBe(false);
    const locked = await cli.stack(["lock"]);
    expect([locked.status, locked.stderr]).toEqual([0, ""]);
    expect(digestInLock()).toBe(one);

    // The tag moves before it was ever pulled: what is locked is pulled all the same.
    const two = await put("1.1", "two");
    const applied = await cli.stack(["apply", "--yes", "--locked"]);
    expect([applied.status, applied.stderr]).toMatchObject([0, expect.not.stringMatching(/error/)]);
    expect(await markOf()).toBe("one");
    const { Config } = await live.inspect(`${name}-web-1`);
    expect((Config as JsonObject).Image).toBe(image);
    const quiet = ["plan", "--detailed-exitcode", "--locked"];
    expect((await cli.stack(quiet)).status).toBe(0);
    expect((await cli.stack(["lock"])).stdout).toContain(one);

    const outdated = await cli.stack(["outdated"]);
    expect(outdated.status).toBe(2);
    expect(outdated.stdout).toMatch(new RegExp(`${image} +newer`));

    expect((await cli.stack(["lock", "--update", "app"])).stderr).toContain("pulls no image");
    expect((await cli.stack(["lock", "--update", image])).stdout).toContain(`(was ${one})`);
    expect(digestInLock()).toBe(two);
    const plan = await cli.stack(["plan"]);
    expect(plan.stdout).toContain("the lock file names other content");
    expect((await cli.stack(["apply", "--yes"])).status).toBe(0);
    expect(await markOf()).toBe("two");
    expect((await cli.stack(quiet)).status).toBe(0);
  });

  it("are compared with what the registry has now, and with its later versions", async () => {
    expect((await cli.stack(["outdated"])).stdout).toBe("No registry has anything newer.\n");
    for (const tag of ["1.0", "1.2", "1.10", "1.3-rc1", "2", "latest"]) await put(tag, tag);
    const outdated = await cli.stack(["outdated", "--format", "json"]);
    expect(outdated.status).toBe(2);
    const { images } = JSON.parse(outdated.stdout) as { images: JsonObject[] };
    expect(images).toMatchObject([
      { image, content: "current", tags: ["1.10", "1.2"], errors: [] },
    ]);
  });

  it("that are broken end every command, and do not go unnoticed", async () => {
    const lock = readFileSync(join(cli.cwd, "stack.lock.yaml"), "utf8");
    cli.write("stack.lock.yaml", lock.replace("sha256:", "sha512:"));
    const ran = await cli.stack(["plan"]);
    expect([ran.status, ran.stderr]).toMatchObject([3, expect.stringContaining("no lock file")]);
    cli.write("stack.lock.yaml", lock);
    await live.destroy(name);
    await forget(image);
  });

  it("and tags of a registry with passwords need its login", async () => {
    await publish(closed, "app", "1.0", [{ platform: AMD64, mark: "closed" }]);
    await publish(closed, "app", "1.1", [{ platform: AMD64, mark: "closed" }]);
    const own = { images: { app: { source: `${closed.address}/app:1.0` } }, containers: {} };
    cli.write("other/stack.yaml", { name: live.stack(), ...own });
    const env = { DOCKER_CONFIG: join(cli.cwd, "docker") };
    const file = ["-f", "other/stack.yaml"];
    cli.write("docker/config.json", {});
    const refused = await cli.stack(["lock", ...file], { env });
    expect([refused.status, refused.stderr]).toMatchObject([1, expect.stringMatching(/auth/)]);
    const auth = Buffer.from(`${USER}:${PASSWORD}`).toString("base64");
    cli.write("docker/config.json", { auths: { [closed.address]: { auth } } });
    expect((await cli.stack(["lock", ...file], { env })).status).toBe(0);
    const outdated = await cli.stack(["outdated", ...file], { env });
    expect([outdated.status, outdated.stdout]).toMatchObject([2, expect.stringContaining(" 1.1")]);
    const doctor = await cli.stack(["doctor", ...file], { env });
    expect(doctor.stdout).toMatch(/ok {4}login for .*: from Docker's config file/);
    cli.write("docker/config.json", { credsStore: "no-such" });
    const sick = await cli.stack(["doctor", ...file], { env });
    expect([sick.status, sick.stdout]).toMatchObject([
      1,
      expect.stringMatching(/fail {2}login for/),
    ]);
  });

  it("and the doctor checks each part of the engine", async () => {
    const doctor = await cli.stack(["doctor", "--format", "json"]);
    const { checks } = JSON.parse(doctor.stdout) as { checks: { name: string; result: string }[] };
    const names = checks.map((check) => check.name);
    expect(names).toEqual(
      expect.arrayContaining([
        ...["engine", "API", "clock", "storage driver"],
        ...["registry mirrors", "insecure registries", "space"],
      ]),
    );
    expect(checks.find(({ name: each }) => each === "clock")?.result).toBe("ok");
    const env = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };
    const absent = await cli.stack(["doctor"], { env });
    expect([absent.status, absent.stdout]).toMatchObject([
      1,
      expect.stringMatching(/^fail {2}engine/),
    ]);
  });
});
