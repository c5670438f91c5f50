import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";

const program = "openssl";
/** Without it there are no certificates to make. */
export const withoutOpenssl = spawnSync(program, ["version"]).status !== 0;

/** A certificate authority of our own, a server's certificate for this machine, and a client's. */
export class Certificates {
  readonly folder = mkdtempSync(join(tmpdir(), "stack-tls-"));

  constructor() {
    this.#issue("ca", "keyUsage=critical,keyCertSign");
    this.#issue("server", "subjectAltName=DNS:localhost,IP:127.0.0.1");
    this.#issue("client", "extendedKeyUsage=clientAuth");
  }

  pem(name: "ca" | "server" | "server-key" | "client" | "client-key"): string {
    return readFileSync(join(this.folder, `${name}.pem`), "utf8");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  #issue(name: string, extension: string): void {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    const files = ["-keyout", `${name}-key.pem`, "-out", `${name}.pem`];
    const about = ["-subj", `/CN=${name}`, "-addext", extension, "-days", "2"];
    const signed = name === "ca" ? [] : ["-CA", "ca.pem", "-CAkey", "ca-key.pem"];
    const all = ["req", "-x509", ...key, ...files, ...about, ...signed];
    execFileSync(program, all, { cwd: this.folder, stdio: "pipe" });
  }
}

/** A TLS front of an engine's socket, which asks for a client's certificate. */
export async function tlsFront(socket: string, certificates: Certificates) {
  const server = tls.createServer({
    ...{ ca: certificates.pem("ca"), requestCert: true, rejectUnauthorized: true },
    ...{ cert: certificates.pem("server"), key: certificates.pem("server-key") },
  });
  server.on("secureConnection", (client) => {
    const engine = net.connect(socket);
    client.on("error", () => engine.destroy()).pipe(engine);
    engine.on("error", () => client.destroy()).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}
