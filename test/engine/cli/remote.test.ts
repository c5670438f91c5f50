import { chmodSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import { BUILDERS, BUILDX, builderEnv } from "../../support/engine/buildx.ts";
import { type Bench, bench, SOCKET } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";
import { sshd, withoutSshd } from "../../support/servers/sshd.ts";
import { Certificates, tlsFront, withoutOpenssl } from "../../support/servers/tls-front.ts";

let live: Bench;
let cli: Shop;
beforeAll(async () => {
  live = await bench("remote");
  cli = shop();
});
afterAll(async () => {
  cli.close();
  await live.close();
});

/** Files, a lock whose connection is taken over, a health check: all kinds of calls there are. */
async function lives(env: Readonly<Record<string, string>>): Promise<void> {
  const name = cli.given(live.stack(), {
    configs: [{ source: "motd", target: "/motd" }],
    healthcheck: { test: "grep -q hello /motd", interval: "500ms" },
  });
  cli.write("more.yaml", {
    configs: { motd: { content: "hello\n" } },
    containers: {
      last: { ...IDLE, depends_on: { web: { condition: "service_healthy" } } },
    },
  });
  const files = ["-f", "stack.yaml", "-f", "more.yaml"];
  const applied = await cli.stack(["apply", "--yes", ...files], { env });
  expect(applied).toMatchObject({ status: 0 });
  const again = await cli.stack(["plan", "--detailed-exitcode", ...files], { env });
  expect(again.stdout).toContain(env.DOCKER_HOST);
  expect(again).toMatchObject({ status: 0 });
  const destroyed = await cli.stack(["destroy", "--yes", ...files], { env });
  expect(destroyed).toMatchObject({ status: 0 });
  const { listed } = await live.observe({ name, containers: {} });
  expect(listed.filter((each) => each.name.includes(name))).toEqual([]);
}

type Env = Readonly<Record<string, string | undefined>>;

/** Built by whatever builds there, run, and not built again. */
async function builds(env: Env): Promise<void> {
  const name = live.stack();
  const image = `${name}-web`;
  const { image: _, ...idle } = IDLE;
  cli.write("app/Dockerfile", "FROM busybox:1.36\nCOPY page /page\n");
  cli.write("app/page", name);
  cli.write("stack.yaml", { name, containers: { web: { ...idle, build: "app" } } });
  const applied = await cli.stack(["apply", "--yes", "--progress", "plain"], { env });
  expect(applied).toMatchObject({
    status: 0,
    stderr: expect.stringContaining(`image.${image}: built`),
  });
  expect(await live.exec(`${name}-web-1`, "cat", "/page")).toBe(name);
  const again = await cli.stack(["plan", "--detailed-exitcode"], { env });
  expect(again).toMatchObject({ status: 0 });
  await live.destroy(name);
  await live.client.delete(path`/images/${reference(image)}`);
}

/** A program `ssh` on the PATH that goes to this engine, wherever it is to go. */
function overSsh(): Record<string, string> {
  const folder = join(cli.cwd, "bin");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }');
  const program = `#!${process.execPath}
      const far = require("node:net").connect(${JSON.stringify(SOCKET)});
      process.stdin.pipe(far).pipe(process.stdout);\n`;
  writeFileSync(join(folder, "ssh"), program);
  chmodSync(join(folder, "ssh"), 0o755);
  const path = `${folder}${delimiter}${process.env.PATH}`;
  return { DOCKER_HOST: "ssh://me@far.example", PATH: path };
}

/** With what a client needs for it in Docker's folder of certificates. */
async function overTls() {
  const certificates = new Certificates();
  const { server, port } = await tlsFront(SOCKET, certificates);
  const folder = join(cli.cwd, "certs");
  mkdirSync(folder, { recursive: true });
  for (const [from, to] of [
    ["ca", "ca"],
    ["client", "cert"],
    ["client-key", "key"],
  ])
    cpSync(join(certificates.folder, `${from}.pem`), join(folder, `${to}.pem`));
  const close = () => {
    server.close();
    certificates.remove();
  };
  const host = `tcp://localhost:${port}`;
  return { env: { DOCKER_HOST: host, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: folder }, close };
}

describe("an engine on another machine", () => {
  test.skipIf(withoutOpenssl)("is worked on through TLS, with a client's certificate", async () => {
    const { env, close } = await overTls();
    await lives(env);
    close();
  });

  test("is worked on through a server of ssh whose key is known", async ({ skip }) => {
    skip(withoutSshd !== "", withoutSshd);
    const { url, bin, trust, close } = await sshd(join(cli.cwd, "sshd"), SOCKET);
    try {
      const env = { DOCKER_HOST: url, PATH: `${bin}${delimiter}${process.env.PATH}` };
      cli.given(live.stack());
      const unknown = await cli.stack(["plan"], { env });
      expect(unknown).toMatchObject({ status: 4, stdout: "" });
      expect(unknown.stderr).toContain("Host key verification failed");
      trust();
      await lives(env);
    } finally {
      await close();
    }
  });

  test("is worked on through the system's ssh", () => lives(overSsh()));

  describe.each(BUILDERS)("with the %s builder", (builder) => {
    const usable = builder === "classic" || BUILDX !== undefined;

    test.skipIf(withoutOpenssl || !usable)("builds through TLS (docker-buildx)", async () => {
      const { env, close } = await overTls();
      await builds({ ...env, ...builderEnv(cli.cwd, builder) });
      close();
    });

    test.skipIf(!usable)("builds through ssh (docker-buildx)", () =>
      builds({ ...overSsh(), ...builderEnv(cli.cwd, builder) }),
    );
  });
});
