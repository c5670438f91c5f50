import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { freePorts } from "../fixtures/stackfile.ts";

/** Debian's registry; absent: tests that need one of their own are skipped, and say so. */
export const PROGRAM = ["/usr/bin/docker-registry", "/usr/local/bin/docker-registry"].find((file) =>
  existsSync(file),
);

const OPENSSL: string = "openssl";

/** The one user of a registry with `passwords`, whose password is `pw:with colon`. */
export const USER = "stack";
export const PASSWORD = "pw:with colon";
const HTPASSWD = `${USER}:$2y$05$abcdefghijklmnopqrstuu35PHGCoAoBdD6PqTpBAJcCdcVM4tRmO\n`;

interface Kind {
  readonly passwords?: boolean;
  /** With a certificate of a CA that nobody else knows. */
  readonly tls?: boolean;
  /** Default: 127.0.0.1. */
  readonly ip?: string;
  /** Shows what that one has. */
  readonly of?: Registry;
}

/** A registry of a test's own. */
export interface Registry {
  readonly address: string;
  readonly data: string;
  /** Its CA's certificate, in PEM form; empty: it speaks no TLS. */
  readonly ca: string;
  close(): void;
}

export async function registry(kind: Kind = {}): Promise<Registry> {
  const { passwords, tls, ip = "127.0.0.1", of } = kind;
  const folder = mkdtempSync(join(tmpdir(), "stack-registry-"));
  const [port] = await freePorts(1);
  const address = `${ip}:${port}`;
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  if (tls) certificate(folder, ip);
  const data = of?.data ?? join(folder, "data");
  const config = {
    version: 0.1,
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: data } },
    http: {
      addr: address,
      ...(tls
        ? { tls: { certificate: join(folder, "cert.pem"), key: join(folder, "key.pem") } }
        : {}),
    },
    ...(passwords
      ? { auth: { htpasswd: { realm: "test", path: file("htpasswd", HTPASSWD) } } }
      : {}),
  };
  const child = spawn(PROGRAM ?? "", ["serve", file("config.json", JSON.stringify(config))], {
    stdio: "ignore",
  });
  await answering(address, tls === true, child);
  return {
    address,
    data,
    ca: tls ? readFileSync(join(folder, "ca.pem"), "utf8") : "",
    close() {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true });
    },
  };
}

/** A CA, and a certificate of its for the address. */
function certificate(folder: string, ip: string): void {
  const openssl = (...args: readonly string[]) =>
    execFileSync(OPENSSL, args, { cwd: folder, stdio: "ignore" });
  const days = ["-days", "2", "-nodes", "-newkey", "rsa:2048"];
  openssl("req", "-x509", ...days, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test CA");
  openssl("req", ...days.slice(2), "-keyout", "key.pem", "-out", "it.csr", "-subj", `/CN=${ip}`);
  writeFileSync(join(folder, "ext"), `subjectAltName=IP:${ip}\n`);
  openssl(
    ...["x509", "-req", "-in", "it.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
    ...["-days", "2", "-out", "cert.pem", "-extfile", "ext"],
  );
}

async function answering(address: string, tls: boolean, child: ChildProcess): Promise<void> {
  const { connect } = await import("node:net");
  const [host, port] = address.split(":");
  for (let tries = 0; tries < 100 && child.exitCode === null; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), host ?? "", () => resolve(true));
      socket.on("error", () => resolve(false)).on("connect", () => socket.destroy());
    });
    if (open) return;
    await sleep(50);
  }
  throw new Error(`the registry at ${address}${tls ? " (TLS)" : ""} does not answer`);
}

/** One platform's part of an image. */
export interface Part {
  readonly platform: string;
  /** Becomes a label, so that contents can be told apart. */
  readonly mark: string;
  /** Further bytes that cannot be compressed. */
  readonly weight?: number;
}

const sha = (bytes: Buffer | string) =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

/**
 * Puts an image made of busybox under `address/repository:tag`, by the registry's own
 * API. Of several parts an index is made, to which `besides` adds manifests for amd64 that are there
 * already. Gives the digest under the tag.
 */
export async function publish(
  { address }: Pick<Registry, "address">,
  repository: string,
  tag: string,
  parts: readonly Part[],
  besides: readonly string[] = [],
): Promise<string> {
  const basic = Buffer.from(`${USER}:${PASSWORD}`).toString("base64");
  const headers = { authorization: `Basic ${basic}` };
  const base = `http://${address}/v2/${repository}`;
  const upload = async (bytes: Buffer) => {
    const begun = await fetch(`${base}/blobs/uploads/`, { method: "POST", headers });
    const where = new URL(begun.headers.get("location") ?? "", base);
    where.searchParams.set("digest", sha(bytes));
    const type = { "content-type": "application/octet-stream" };
    const sent = { method: "PUT", headers: { ...headers, ...type }, body: new Uint8Array(bytes) };
    expectOk(await fetch(where, sent));
    return { digest: sha(bytes), size: bytes.length };
  };
  const put = async (name: string, type: string, document: object) => {
    const body = JSON.stringify(document);
    const more = { ...headers, "content-type": type };
    expectOk(await fetch(`${base}/manifests/${name}`, { method: "PUT", headers: more, body }));
    return { mediaType: type, digest: sha(body), size: body.length };
  };
  const single = parts.length === 1 && besides.length === 0;
  const made = [];
  for (const { platform, mark, weight = 0 } of parts) {
    const [os, architecture, variant] = platform.split("/");
    // A layer that an engine has under another compression it would not fetch, nor could it read
    // the image then (28 with containerd). The lowest one makes each image's layers its own.
    const layers = [
      await padding(16),
      await busybox(),
      ...(weight > 0 ? [await padding(weight)] : []),
    ];
    const config = await upload(
      Buffer.from(
        JSON.stringify({
          ...{ os, architecture, variant },
          config: { Cmd: ["sleep", "3600"], Env: ["PATH=/bin:/usr/bin"], Labels: { mark } },
          rootfs: { type: "layers", diff_ids: layers.map((layer) => sha(layer)) },
        }),
      ),
    );
    const sent = [];
    for (const layer of layers) sent.push(await upload(gzipSync(layer, { level: 1 })));
    const mediaType = "application/vnd.oci.image";
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: `${mediaType}.config.v1+json`, ...config },
      layers: sent.map((each) => ({ mediaType: `${mediaType}.layer.v1.tar+gzip`, ...each })),
    };
    const name = single ? tag : sha(JSON.stringify(manifest));
    const put_ = await put(name, MANIFEST, manifest);
    made.push({ ...put_, platform: { os, architecture, ...(variant ? { variant } : {}) } });
  }
  if (single) return made[0]?.digest ?? "";
  for (const digest of besides) {
    const accept = { ...headers, accept: MANIFEST };
    const there = await fetch(`${base}/manifests/${digest}`, { headers: accept });
    const size = (await there.arrayBuffer()).byteLength;
    const platform = { os: "linux", architecture: "amd64" };
    made.push({ mediaType: MANIFEST, digest, size, platform });
  }
  const index = { schemaVersion: 2, mediaType: INDEX, manifests: made };
  return (await put(tag, INDEX, index)).digest;
}

function expectOk(answer: Response): void {
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}`);
}

async function tar(entries: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(entries))
    archive.entry({ name, mode: 0o755, mtime: new Date(0) }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

let shared: Promise<Buffer> | undefined;
/** The one layer of the busybox that the tests' common registry holds. */
const busybox = () => (shared ??= layerOf(`http://${process.env.STACK_TEST_REGISTRY}/v2/busybox`));
const padding = (weight: number) => tar({ padding: randomBytes(weight) });

async function layerOf(repository: string): Promise<Buffer> {
  const accept = "application/vnd.docker.distribution.manifest.v2+json";
  const answer = await fetch(`${repository}/manifests/1.36`, { headers: { accept } });
  const { layers } = (await answer.json()) as { layers: { digest: string }[] };
  const blob = await fetch(`${repository}/blobs/${layers[0]?.digest}`);
  return gunzipSync(Buffer.from(await blob.arrayBuffer()));
}
