import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../src/engine/docker/client.ts";
import { path } from "../../src/engine/docker/path.ts";
import { rejection, withEngine } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "stack-tls-"));
const program = "openssl";
const missing = spawnSync(program, ["version"]).status !== 0;
const openssl = (...args: string[]) => execFileSync(program, args, { cwd: folder, stdio: "pipe" });
const pem = (name: string) => readFileSync(join(folder, `${name}.pem`), "utf8");

function issue(name: string, extension: string): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    `${name}-key.pem`,
    "-out",
    `${name}.pem`,
    "-subj",
    `/CN=${name}`,
    "-addext",
    extension,
    "-days",
    "2",
    ...(name === "ca" ? [] : ["-CA", "ca.pem", "-CAkey", "ca-key.pem"]),
  );
}

beforeAll(() => {
  if (missing) return;
  issue("ca", "keyUsage=critical,keyCertSign");
  issue("server", "subjectAltName=DNS:localhost,IP:127.0.0.1");
  issue("client", "extendedKeyUsage=clientAuth");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A TLS front of an engine's socket, which asks for a client's certificate. */
async function front(socket: string) {
  const proof = { ca: pem("ca"), requestCert: true, rejectUnauthorized: true };
  const server = tls.createServer({ ...proof, cert: pem("server"), key: pem("server-key") });
  server.on("secureConnection", (client) => {
    const engine = net.connect(socket);
    client.on("error", () => engine.destroy()).pipe(engine);
    engine.on("error", () => client.destroy()).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

test.skipIf(missing)("TLS: both sides show certificates", () =>
  withEngine(
    (_request, response) => response.end('{"ID":"1"}'),
    async ({ socket, connections }) => {
      const { server, port } = await front(socket);
      const own = { cert: pem("client"), key: pem("client-key") };
      const dial = (host: string, certificates: { ca?: string; cert?: string; key?: string }) =>
        connect(
          {
            ...{ kind: "tcp", host, port, prefix: "", display: `tcp://${host}`, source: "test" },
            tls: { verify: true, ...certificates },
          },
          AbortSignal.timeout(5000),
        );
      const before = connections();
      for (const host of ["127.0.0.1", "localhost"]) {
        const client = await dial(host, { ca: pem("ca"), ...own });
        for (let i = 0; i < 5; i++) expect(await client.get(path`/info`)).toEqual({ ID: "1" });
        client.close();
      }
      expect(connections() - before).toBe(2);
      const refused = { code: "tls", retry: "no" };
      expect(await rejection(dial("localhost", own))).toMatchObject(refused);
      expect(await rejection(dial("127.0.0.2", { ca: pem("ca"), ...own }))).toMatchObject({
        code: "unreachable",
      });
      expect(await rejection(dial("localhost", { ca: pem("ca") }))).toMatchObject(refused);
      server.close();
    },
  ),
);
