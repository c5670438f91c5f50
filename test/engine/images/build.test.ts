import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, text } from "../../../src/attributes/values/json.ts";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { BUILDERS, BUILDX, builderEnv } from "../../support/engine/buildx.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { IDLE, WATCHED } from "../../support/fixtures/stackfile.ts";

const { image: _, ...idle } = IDLE;
let live: Bench;
let cli: Shop;
const images = new Set<string>();

beforeAll(async () => {
  live = await bench("build");
  cli = shop();
});
afterAll(async () => {
  await live.clear();
  for (const image of images) {
    const to = path`/images/${reference(image)}`;
    await live.client.delete(to, { query: { force: true }, accept: [404] });
  }
  await live.close();
  cli.close();
});

interface Place {
  readonly name: string;
  readonly file: string;
  write(path: string, content: string): string;
  /** What the command prints, on both streams; it must end so. */
  stack(status: number, ...args: readonly string[]): Promise<string>;
  given(build: JsonObject, more?: JsonObject, web?: JsonObject): void;
}

/** A stack of one container in a folder of its own, that builds its image there. */
function place(builder: (typeof BUILDERS)[number]): Place {
  const name = live.stack();
  images.add(`${name}-web`).add(`${name}-base`);
  const env = { ...builderEnv(cli.cwd, builder), TOKEN: secret };
  const write = (file: string, content: string) => cli.write(`${name}/${file}`, content);
  const file = join(cli.cwd, name, "stack.yaml");
  return {
    ...{ name, file, write },
    async stack(status, command = "", ...args) {
      const ran = await cli.stack([command, "-f", file, ...args], { env });
      const said = ran.stdout + ran.stderr;
      expect(said).not.toContain(secret);
      expect(ran.status, said).toBe(status);
      return said;
    },
    given(build, more = {}, web = {}) {
      write(
        "stack.yaml",
        JSON.stringify({ name, ...more, containers: { web: { ...idle, build, ...web } } }),
      );
    },
  };
}

/** Other content under the tag. */
async function otherBase(tag: string): Promise<void> {
  const { Id } = await live.post(path`/containers/create`, { Image: tag, Cmd: ["true"] });
  await live.post(path`/commit`, {}, { container: text(Id), repo: tag, tag: "latest" });
  await live.client.delete(path`/containers/${text(Id)}`);
}

const secret = `s3cret-${randomBytes(8).toString("hex")}`;
const idOf = async (name: string) => text((await live.inspect(`${name}-web-1`)).Id);

describe.each(BUILDERS)("with the %s builder", (builder) => {
  const usable = builder === "classic" || BUILDX !== undefined;

  it.skipIf(!usable)(
    "an image is built when it must be, and never else (docker-buildx)",
    async () => {
      const { name, write, stack, given } = place(builder);
      const web = `${name}-web-1`;
      await live.client.post(path`/images/${reference("busybox:1.36")}/tag`, undefined, {
        query: { repo: `${name}-base`, tag: "latest" },
      });
      given({ context: "app", args: { V: "1" } });
      const dockerfile = `FROM ${name}-base\nARG V\nRUN echo v$V > /v\nCOPY . /app/\n`;
      write("app/Dockerfile", dockerfile);
      write("app/.dockerignore", "*.log\n");
      const page = write("app/page", "one");
      const unchanged = async () => expect(await stack(0, "plan")).toContain("No changes.");
      const rebuilt = async (reason: string) => {
        expect(await stack(0, "apply", "--yes")).toContain(reason);
        await unchanged();
      };

      await rebuilt("it is not on the engine");
      expect(await live.exec(web, "cat", "/v", "/app/page")).toBe("v1\none");
      utimesSync(page, 1, 1);
      write("app/noise.log", "noise");
      await unchanged();

      write("app/page", "two");
      await rebuilt("context changed (page)");
      expect(await live.exec(web, "cat", "/v", "/app/page")).toBe("v1\ntwo");
      await otherBase(`${name}-base`);
      expect(await stack(0, "plan")).toContain(`(base image ${name}-base changed)`);
      given({ context: "app", args: { V: "2" } });
      write("app/Dockerfile", `${dockerfile}ENV X=1\n`);
      await rebuilt(`Dockerfile changed; argument V changed; base image ${name}-base changed`);
      expect(await live.exec(web, "cat", "/v")).toBe("v2\n");
    },
  );

  it.skipIf(!usable)(
    "an image whose container fails leaves its name to the one that runs (docker-buildx)",
    async () => {
      const { name, write, stack, given } = place(builder);
      given({ context: "." });
      write(".dockerignore", "stack.yaml\n");
      write("Dockerfile", 'FROM busybox:1.36\nCOPY run /run-it\nENTRYPOINT ["/run-it"]\n');
      const program = (line: string) => chmodSync(write("run", `#!/bin/sh\n${line}\n`), 0o755);
      program('exec "$@"');
      await stack(0, "apply", "--yes");
      const before = await idOf(name);
      given({ context: "." }, {}, { update_config: WATCHED });
      program("exit 3");
      expect(await stack(6, "apply", "--yes")).toContain("exit");
      expect(await idOf(name)).toBe(before);
      program('exec "$@"');
      expect(await stack(0, "plan")).toContain("No changes.");
      program("exit 3");
      const again = await stack(0, "plan");
      expect(again).toContain(`${name}-web-1.failed has the image that is asked for`);
      expect(again).toContain("container.web must be replaced");
    },
  );

  it.skipIf(!usable)(
    "a failing Dockerfile is told with its line, and what runs is left alone (docker-buildx)",
    async () => {
      const { name, write, stack, given } = place(builder);
      given({ context: "." });
      write(".dockerignore", "stack.yaml\n");
      write("Dockerfile", "FROM busybox:1.36\n");
      await stack(0, "apply", "--yes");
      const before = await idOf(name);

      const file = write(
        "Dockerfile",
        "FROM busybox:1.36\n\n# why\nRUN echo reason && \\\n  false\n",
      );
      const failed = await stack(1, "apply", "--yes");
      expect(failed).toMatch(/x image\.\S+: step 2 of \d: RUN echo reason/);
      expect(failed).toContain(`(${file}:4) failed: `);
      expect(failed).toContain("\n      reason\n");
      write("Dockerfile", "FROM busybox:1.36\nRUNN x\n");
      expect(await stack(1, "apply", "--yes")).toMatch(
        /Dockerfile:2\) failed: .*unknown instruction: RUNN/,
      );
      expect(await idOf(name)).toBe(before);
      expect(await live.inspect(`${name}-web-1`)).toMatchObject({ State: { Running: true } });
    },
  );

  it.skipIf(!usable)(
    "a Dockerfile may stand in the stack file, and a target, tags and labels be asked (docker-buildx)",
    async () => {
      const { name, write, stack, given } = place(builder);
      const tag = `${name}-other:1`;
      images.add(tag);
      write("app/file", "content");
      const classic = builder === "classic";
      const lines = [
        ...["FROM busybox:1.36 AS one", "COPY . /one/"],
        "RUN ! ls /sys/class/net | grep -q eth && grep -q '192.0.2.1.*there' /etc/hosts",
        ...(classic ? ["RUN df -k /dev/shm | grep -q 8192"] : []),
        ...["FROM one AS two", "RUN false"],
      ];
      given({
        ...{ context: "app", dockerfile_inline: lines.join("\n"), target: "one" },
        ...{ tags: [tag], labels: { mine: "yes" }, extra_hosts: ["there:192.0.2.1"] },
        ...{ network: "none", no_cache: true, cache_from: ["busybox:1.36"] },
        ...(classic ? { shm_size: "8m" } : {}),
      });
      await stack(0, "apply", "--yes");
      expect(await stack(0, "plan")).toContain("No changes.");
      expect(await live.exec(`${name}-web-1`, "ls", "-A", "/one")).toBe("file\n");
      const image = await live.client.get<JsonObject>(path`/images/${reference(tag)}/json`);
      expect(image).toMatchObject({ Config: { Labels: { mine: "yes" } } });
      expect(JSON.stringify(at(image, "Config", "Labels"))).not.toContain(cli.cwd);
    },
  );
});

it("a saved plan builds what was planned, or nothing", async () => {
  const { name, write, stack, given } = place("classic");
  given({ context: "app" });
  write("app/Dockerfile", "FROM busybox:1.36\nCOPY page /\n");
  write("app/page", "one");
  const saved = join(cli.cwd, name, "saved.plan");
  await stack(0, "plan", "--out", saved);
  write("app/page", "two");
  const env = { DOCKER_BUILDKIT: "0" };
  const refused = await cli.stack(["apply", saved], { env });
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain("its files have changed since the plan was made");
  const image = path`/images/${reference(`${name}-web`)}/json`;
  expect(await live.client.get(image, { accept: [404] })).toBeUndefined();
});

describe("a build's secrets", () => {
  const secrets = { secrets: { token: { environment: "TOKEN" } } };
  const dockerfile = (then: string) =>
    `FROM busybox:1.36\nRUN --mount=type=secret,id=token wc -c < /run/secrets/token > /length && ${then}\n`;

  it.skipIf(!BUILDX)("are in no event, log, label or history (docker-buildx)", async () => {
    const { name, write, stack, given } = place("buildkit");
    given({ context: ".", secrets: ["token"] }, secrets);
    write("Dockerfile", dockerfile("true"));
    await stack(0, "plan", "--format", "json");
    const events = await stack(0, "apply", "--yes", "--progress", "json");
    expect(events).toContain('"operation":"image.build"');
    expect(await live.exec(`${name}-web-1`, "cat", "/length")).toBe(`${secret.length}\n`);
    const image = reference(`${name}-web`);
    const history = await live.client.get<JsonObject[]>(path`/images/${image}/history`);
    const json = await live.client.get<JsonObject>(path`/images/${image}/json`);
    expect(JSON.stringify([history, json])).toContain("/run/secrets/token");
    expect(JSON.stringify([history, json])).not.toContain(secret);
    // `stack` holds each of its outputs to that.
    write("Dockerfile", dockerfile("cat /run/secrets/token && false"));
    expect(await stack(1, "apply", "--yes")).toContain("(sensitive value)");
  });

  it.skipIf(!BUILDX)("and keys of ssh neither (docker-buildx)", async () => {
    const { name, write, stack, given } = place("buildkit");
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = String(privateKey.export({ type: "sec1", format: "pem" }));
    const key = write("../key.pem", pem);
    chmodSync(key, 0o600);
    given({ context: ".", ssh: [`default=${key}`] });
    write("Dockerfile", 'FROM busybox:1.36\nRUN --mount=type=ssh test -S "$SSH_AUTH_SOCK"\n');
    const said = await stack(0, "apply", "--yes", "--progress", "json");
    const image = reference(`${name}-web`);
    const history = await live.client.get<JsonObject[]>(path`/images/${image}/history`);
    const json = await live.client.get<JsonObject>(path`/images/${image}/json`);
    expect(JSON.stringify(history)).toContain("SSH_AUTH_SOCK");
    const all = said + JSON.stringify([history, json]);
    for (const line of pem.split("\n").filter((each) => each.length > 40))
      expect(all).not.toContain(line);
  });

  it("are refused where the classic builder alone is there", async () => {
    const { write, stack, given } = place("classic");
    given({ context: ".", secrets: ["token"] }, secrets);
    write("Dockerfile", dockerfile("true"));
    const said = await stack(5, "apply", "--yes");
    expect(said).toContain("its build needs BuildKit for `build.secrets`");
  });
});
