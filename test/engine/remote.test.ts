import { chmodSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, bench, SOCKET } from "../support/live.ts";
import { type Shop, shop } from "../support/live-cli.ts";
import { sshd, withoutSshd } from "../support/sshd.ts";
import { IDLE } from "../support/stackfile.ts";
import { Certificates, tlsFront, withoutOpenssl } from "../support/tls-front.ts";

let live: Bench;
let cli: Shop;
beforeAll(async () => {
  live = await bench("remote");
  cli = shop();
});
afterAll(async () => {
  cli.close();
  await live.close();
}, 60_000);

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

describe("an engine on another machine", () => {
  test.skipIf(withoutOpenssl)(
    "is worked on through TLS, with a client's certificate",
    async () => {
      const certificates = new Certificates();
      const { server, port } = await tlsFront(SOCKET, certificates);
      const folder = join(cli.cwd, "certs");
      mkdirSync(folder);
      for (const [from, to] of [
        ["ca", "ca"],
        ["client", "cert"],
        ["client-key", "key"],
      ])
        cpSync(join(certificates.folder, `${from}.pem`), join(folder, `${to}.pem`));
      await lives({
        DOCKER_HOST: `tcp://localhost:${port}`,
        DOCKER_TLS_VERIFY: "1",
        DOCKER_CERT_PATH: folder,
      });
      server.close();
      certificates.remove();
    },
    60_000,
  );

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
  }, 60_000);

  test("is worked on through the system's ssh", async () => {
    const folder = join(cli.cwd, "bin");
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }');
    const program = `#!${process.execPath}
      const far = require("node:net").connect(${JSON.stringify(SOCKET)});
      process.stdin.pipe(far).pipe(process.stdout);\n`;
    writeFileSync(join(folder, "ssh"), program);
    chmodSync(join(folder, "ssh"), 0o755);
    const path = `${folder}${delimiter}${process.env.PATH}`;
    await lives({ DOCKER_HOST: "ssh://me@far.example", PATH: path });
  }, 60_000);
});
