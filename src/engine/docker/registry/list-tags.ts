import type { Reference } from "../../../attributes/values/image-reference.ts";
import { at, list, record, text, texts } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import { EngineError } from "../errors/engine-error.ts";
import { certificatesIn } from "./certificates.ts";
import type { Login } from "./credentials.ts";
import { type Answer, type Call, call } from "./http.ts";

/*
 * The engine has no call that lists a registry's tags, so this asks the registry itself (OCI
 * Distribution Specification 1.1, "Listing Tags"; Docker, "Token Authentication").
 */

const DEADLINE = 15_000;
/** Page limit for a list of tags; a registry sends 100 to 1000 tags per page. */
const PAGES = 50;

interface Asking {
  readonly login: Login | undefined;
  /** True if the engine uses the registry without TLS or without verifying it. */
  readonly insecure: boolean;
  /** Folders of this machine that may contain certificates for the registry. */
  readonly folders: readonly string[];
  readonly signal: AbortSignal;
}

/** All tags of a repository. @throws EngineError */
export async function tagsOf(
  { host, path }: Reference,
  asking: Asking,
): Promise<readonly string[]> {
  const server = host === "docker.io" ? "registry-1.docker.io" : host;
  const { base, first } = await reach(server, `/v2/${path}/tags/list?n=1000`, host, asking);
  let authorization = "";
  let answer = first;
  let url = `${base}/v2/${path}/tags/list?n=1000`;
  const tags: string[] = [];
  for (let page = 1; ; page++) {
    if (answer.status === 401 && authorization === "") {
      authorization = await authorized(answer.header("www-authenticate"), path, host, asking);
      answer = await send({ url, authorization }, host, asking);
    }
    if (answer.status !== 200) throw refused(host, path, answer.status);
    tags.push(...texts(answer.json.tags));
    const next = following(answer.header("link"), url, base);
    if (next === undefined || page === PAGES) return tags;
    url = next;
    answer = await send({ url, authorization }, host, asking);
  }
}

/** Connects as the engine does: with TLS, and for an insecure registry over HTTP if that fails. */
async function reach(server: string, path: string, host: string, asking: Asking) {
  const schemes = asking.insecure ? ["https", "http"] : ["https"];
  for (const scheme of schemes.slice(0, -1)) {
    const base = `${scheme}://${server}`;
    const sent = { url: base + path, authorization: "" };
    const first = await attempt(sent, host, asking).catch(() => undefined);
    asking.signal.throwIfAborted();
    if (first) return { base, first };
  }
  const base = `${schemes.at(-1)}://${server}`;
  return { base, first: await send({ url: base + path, authorization: "" }, host, asking) };
}

/** URL of the next page. It must be on the same registry, which receives the authorization. */
function following(link: string, from: string, base: string): string | undefined {
  const [, target] = /<([^>]+)>;\s*rel="?next"?/.exec(link) ?? [];
  const url = target === undefined ? undefined : URL.parse(target, from)?.href;
  return url?.startsWith(`${base}/`) ? url : undefined;
}

/** The value of `Authorization` that a registry's challenge requires. */
async function authorized(
  challenge: string,
  path: string,
  host: string,
  asking: Asking,
): Promise<string> {
  const { username = "", password = "", identitytoken, registrytoken } = asking.login ?? {};
  if (registrytoken !== undefined) return `Bearer ${registrytoken}`;
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  if (/^basic\b/i.test(challenge)) return username === "" ? "" : basic;
  const asked = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  const realm = URL.parse(asked.realm ?? "");
  const open = realm?.protocol === "http:" && asking.insecure;
  if (!realm || (realm.protocol !== "https:" && !open)) throw refused(host, path, 401);
  const service = asked.service ?? "";
  const scope = `repository:${path}:pull`;
  const grant = { grant_type: "refresh_token", service, scope, client_id: "stackwright" };
  const answer = await send(
    identitytoken
      ? { url: realm.href, authorization: "", form: { ...grant, refresh_token: identitytoken } }
      : { url: withQuery(realm, { service, scope }), authorization: username ? basic : "" },
    host,
    asking,
  );
  if (answer.status !== 200) throw refused(host, path, answer.status);
  return `Bearer ${text(answer.json.token) || text(answer.json.access_token)}`;
}

function withQuery(url: URL, query: Readonly<Record<string, string>>): string {
  const whole = new URL(url);
  for (const [name, value] of Object.entries(query)) whole.searchParams.set(name, value);
  return whole.href;
}

type Sent = Pick<Call, "url" | "authorization" | "form">;

/**
 * For an insecure registry, only its own certificate is not verified; that of a separate token
 * server is.
 */
const attempt = (sent: Sent, host: string, { folders, insecure, signal }: Asking) =>
  call({
    ...{
      ...sent,
      certificates: certificatesIn(folders),
      verify: !(insecure && sent.url.startsWith(`https://${host}/`)),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE)]),
  });

async function send(sent: Sent, host: string, asking: Asking): Promise<Answer> {
  try {
    return await attempt(sent, host, asking);
  } catch (cause) {
    asking.signal.throwIfAborted();
    throw lost(cause as NodeJS.ErrnoException, host, asking.folders);
  }
}

function lost(cause: NodeJS.ErrnoException, host: string, folders: readonly string[]): EngineError {
  const { code = "" } = cause;
  // Node appends advice on its own options.
  const message = cause.message.replace(/; if the root CA is installed locally.*/, "");
  const files = (name: string) => folders.map((folder) => `${folder}/${name}`).join(" or ");
  // OpenSSL's own error names are for refusals by the other side.
  if (/^ERR_SSL_.*CERTIFICATE/.test(code))
    return failure(
      "registry-tls",
      `the registry ${host} asks for a client's certificate`,
      `To list its tags this machine must show one: ${files("client.cert")}, beside client.key.`,
    );
  if (/CERT|SIGNATURE|ISSUER/.test(code))
    return failure(
      "registry-tls",
      `the certificate of the registry ${host} can't be trusted here: ${message}`,
      `To list its tags this machine must trust it as the engine does: ${files("ca.crt")}.`,
    );
  return failure(
    "registry-unreachable",
    `the registry ${host} does not answer: ${message || code}`,
    "This machine, and not only the engine, must reach it for its list of tags.",
  );
}

function refused(host: string, path: string, status: number): EngineError {
  const message = `the registry ${host} does not list the tags of ${path} (HTTP ${status})`;
  if (status === 401 || status === 403)
    return failure("registry-denied", message, `Log in to it with \`docker login ${host}\`.`);
  if (status === 404) return failure("not-found", message, "Check the image's name.");
  return failure("registry-unreachable", message, "Ask again later, or check its address.");
}

function failure(code: EngineError["code"], message: string, hint: string): EngineError {
  const operation = "GET /v2/tags/list";
  return new EngineError({ code, message, hint, operation, phase: "body", retry: "safe" });
}

/** True if an engine treats a registry as insecure (`RegistryConfig` of `GET /info`). */
export function isInsecure(info: JsonObject, host: string): boolean {
  const config = record(info.RegistryConfig);
  const own = at(config, "IndexConfigs", host, "Secure");
  if (typeof own === "boolean") return !own;
  const name = host.replace(/:\d+$/, "");
  return list(config.InsecureRegistryCIDRs).some((range) => covers(text(range), name));
}

function covers(range: string, host: string): boolean {
  const [start = "", bits = "32"] = range.split("/");
  const from = number(start);
  const it = number(host === "localhost" ? "127.0.0.1" : host);
  if (from === undefined || it === undefined) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(from / size) === Math.floor(it / size);
}

function number(ip: string): number | undefined {
  const parts = ip.split(".").map(Number);
  const valid = parts.length === 4 && parts.every((part) => part >= 0 && part <= 255);
  return valid ? parts.reduce((sum, part) => sum * 256 + part, 0) : undefined;
}
