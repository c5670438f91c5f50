import { at, list, record, text, texts } from "../../attributes/compare.ts";
import type { Reference } from "../../attributes/reference.ts";
import type { JsonObject } from "../../model/json.ts";
import { EngineError } from "./errors.ts";
import type { Login } from "./login.ts";

/*
 * The engine has no call that lists a registry's tags, so this asks the registry itself (OCI
 * Distribution Specification 1.1, "Listing Tags"; Docker, "Token Authentication").
 */

const DEADLINE = 15_000;
/** Pages of a list of tags; a registry gives 100 to 1000 tags in each. */
const PAGES = 50;

interface Asking {
  readonly login: Login | undefined;
  /** Whether the engine speaks to the registry without TLS, or without trusting it. */
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

/** Every tag of a repository. @throws EngineError */
export async function tagsOf(
  { host, path }: Reference,
  asking: Asking,
): Promise<readonly string[]> {
  const server = host === "docker.io" ? "registry-1.docker.io" : host;
  const base = `${asking.insecure ? "http" : "https"}://${server}`;
  let authorization = "";
  let next: string | undefined = `${base}/v2/${path}/tags/list?n=1000`;
  const tags: string[] = [];
  for (let page = 0; next !== undefined && page < PAGES; page++) {
    const url: string = next;
    const ask = () => send(url, authorization, host, asking.signal);
    let answer = await ask();
    if (answer.status === 401 && authorization === "") {
      const challenge = answer.headers.get("www-authenticate") ?? "";
      authorization = await authorized(challenge, path, host, asking);
      answer = await ask();
    }
    if (!answer.ok) throw refused(host, path, answer.status);
    tags.push(...texts(record(await bodyOf(answer)).tags));
    next = following(answer.headers.get("link"), url, base);
  }
  return tags;
}

/** The next page, which must lie on the same registry: it is sent the authorization. */
function following(link: string | null, from: string, base: string): string | undefined {
  const [, target] = /<([^>]+)>;\s*rel="?next"?/.exec(link ?? "") ?? [];
  const url = target === undefined ? undefined : URL.parse(target, from)?.href;
  return url?.startsWith(`${base}/`) ? url : undefined;
}

/** The value of `Authorization` that a registry's challenge asks for. */
async function authorized(
  challenge: string,
  path: string,
  host: string,
  { login, insecure, signal }: Asking,
): Promise<string> {
  const { username = "", password = "", identitytoken, registrytoken } = login ?? {};
  if (registrytoken !== undefined) return `Bearer ${registrytoken}`;
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  if (/^basic\b/i.test(challenge)) return username === "" ? "" : basic;
  const asked = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  const realm = URL.parse(asked.realm ?? "");
  const open = realm?.protocol === "http:" && insecure;
  if (!realm || (realm.protocol !== "https:" && !open)) throw refused(host, path, 401);
  const service = asked.service ?? "";
  const scope = `repository:${path}:pull`;
  const answer = identitytoken
    ? await send(realm.href, "", host, signal, {
        grant_type: "refresh_token",
        ...{ service, scope, client_id: "stackwright", refresh_token: identitytoken },
      })
    : await send(withQuery(realm, { service, scope }), username ? basic : "", host, signal);
  if (!answer.ok) throw refused(host, path, answer.status);
  const json = record(await bodyOf(answer));
  return `Bearer ${text(json.token) || text(json.access_token)}`;
}

function withQuery(url: URL, query: Readonly<Record<string, string>>): string {
  const whole = new URL(url);
  for (const [name, value] of Object.entries(query)) whole.searchParams.set(name, value);
  return whole.href;
}

async function send(
  url: string,
  authorization: string,
  host: string,
  signal: AbortSignal,
  form?: Readonly<Record<string, string>>,
): Promise<Response> {
  try {
    return await fetch(url, {
      headers: authorization === "" ? {} : { authorization },
      // A login is not to follow wherever a registry points.
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE)]),
      ...(form ? { method: "POST", body: new URLSearchParams(form) } : {}),
    });
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : "";
    throw failure(
      "registry-unreachable",
      `the registry ${host} does not answer${why ? `: ${why}` : ""}`,
      "This machine, and not only the engine, must reach it for its list of tags.",
    );
  }
}

async function bodyOf(answer: Response): Promise<JsonObject> {
  const json: unknown = await answer.json().catch(() => undefined);
  return typeof json === "object" && json !== null ? (json as JsonObject) : {};
}

function refused(host: string, path: string, status: number): EngineError {
  const denied = status === 401 || status === 403;
  return failure(
    denied ? "registry-denied" : "not-found",
    `the registry ${host} does not list the tags of ${path} (HTTP ${status})`,
    denied ? `Log in to it with \`docker login ${host}\`.` : "Check the image's name.",
  );
}

function failure(code: EngineError["code"], message: string, hint: string): EngineError {
  const operation = "GET /v2/tags/list";
  return new EngineError({ code, message, hint, operation, phase: "body", retry: "safe" });
}

/** Whether an engine treats a registry as one without TLS that it trusts (`RegistryConfig` of `GET /info`). */
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
