import { record, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import { EngineError } from "../errors/engine-error.ts";

/** A login for a registry: a password, or a token in its place. */
export interface Login {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** The logins of Docker's CLI. */
export interface Logins {
  /**
   * The login for a host; `undefined` for anonymous access. Also `undefined` if a helper or the
   * file is broken, since public content needs no login, as in Docker's CLI.
   */
  of(host: string, signal: AbortSignal): Promise<Login | undefined>;
  /** Why the host's login could not be read, if it was looked up. */
  trouble(host: string): EngineError | undefined;
  /** The same as a clause, returned to the first caller only. */
  news(host: string): string | undefined;
  /**
   * The helper that has the host's login; `undefined` if the config file has it, or nothing does.
   */
  store(host: string): string | undefined;
}

/** A credential helper's result. */
export interface Answer {
  /** Exit status; `null` if the program is missing or was killed. */
  readonly status: number | null;
  readonly output: string;
  /** The failure, as the end of a sentence. */
  readonly why?: string;
}

interface Sources {
  /** The text of Docker's `config.json`; `undefined` if it does not exist. */
  config(): string | undefined;
  /** Receives passwords and tokens, to be redacted. */
  learn?(values: readonly string[]): void;
  /** Runs `docker-credential-<name> get` with the host on its standard input. */
  run(program: string, input: string, signal: AbortSignal): Promise<Answer>;
}

/** The key under which Docker's client keeps the login of Docker Hub. */
const HUB_KEY = "https://index.docker.io/v1/";
const HELPER = /^[a-z0-9_-]+$/;
/** A helper's user name where its secret is an identity token (docker-credential-helpers). */
const TOKEN_USER = "<token>";

/**
 * Finds logins in the order of Docker's CLI: `credHelpers` of the host, else `credsStore`, else
 * `auths` (Docker CLI, "Credential stores"). Each host is looked up once, on first use.
 */
export function logins(sources: Sources): Logins {
  let file: JsonObject | undefined;
  const known = new Map<string, Promise<Login | undefined>>();
  const troubles = new Map<string, EngineError>();
  const told = new Set<string>();
  const config = () => (file ??= parsed(sources.config()));
  const self: Logins = {
    store(host) {
      const own = entry(record(config().credHelpers), host);
      return text(own) || text(config().credsStore) || undefined;
    },
    of(host, signal) {
      const again = known.get(host);
      if (again) return again;
      const found = Promise.resolve()
        .then(() => {
          const helper = self.store(host);
          if (helper === undefined) return fromFile(record(config().auths), host);
          return fromStore(sources, helper, host, signal);
        })
        .then((login) => {
          sources.learn?.(hiddenOf(login));
          return login;
        })
        .catch((error: unknown) => {
          if (!(error instanceof EngineError) || signal.aborted) throw error;
          troubles.set(host, error);
          return undefined;
        });
      known.set(host, found);
      return found;
    },
    trouble: (host) => troubles.get(host),
    news(host) {
      const trouble = troubles.get(host);
      if (!trouble || told.has(host)) return undefined;
      told.add(host);
      return `going on without a login for ${host}: ${trouble.message}`;
    },
  };
  return self;
}

/** The sensitive values of a login: all but the user name. */
const hiddenOf = ({ username: _, ...hidden }: Login = {}): readonly string[] =>
  Object.values(hidden);

const keyOf = (host: string): string => (host === "docker.io" ? HUB_KEY : host);

/** The entry under the host's key, or under a URL of the same host. */
function entry(all: JsonObject, host: string) {
  const key = keyOf(host);
  const bare = (name: string) => name.replace(/^https?:\/\//, "").split("/")[0];
  const same = Object.keys(all).find((name) => bare(name) === bare(key));
  return all[key] ?? (same === undefined ? undefined : all[same]);
}

function fromFile(auths: JsonObject, host: string): Login | undefined {
  const found = record(entry(auths, host));
  const { identitytoken, registrytoken } = found;
  const tokens = {
    ...(identitytoken ? { identitytoken: text(identitytoken) } : {}),
    ...(registrytoken ? { registrytoken: text(registrytoken) } : {}),
  };
  const decoded = Buffer.from(text(found.auth), "base64").toString().replace(/\0+$/, "");
  const colon = decoded.indexOf(":");
  const username = colon >= 0 ? decoded.slice(0, colon) : text(found.username);
  const password = colon >= 0 ? decoded.slice(colon + 1) : text(found.password);
  if (username) return { username, password, ...tokens };
  return Object.keys(tokens).length > 0 ? tokens : undefined;
}

async function fromStore(
  { run }: Sources,
  name: string,
  host: string,
  signal: AbortSignal,
): Promise<Login | undefined> {
  if (!HELPER.test(name))
    throw broken(`${JSON.stringify(name)} is no name of a credential helper`, MEND);
  const program = `docker-credential-${name}`;
  const answer = await run(program, keyOf(host), signal);
  const { status, output, why = "is missing or does not end" } = answer;
  if (status !== 0 && /credentials not found/i.test(output)) return undefined;
  const byHand = `It must answer: echo ${keyOf(host)} | ${program} get`;
  if (status === null) throw broken(`${program}, which has the login of ${host}, ${why}`, byHand);
  // The helper's output is not repeated: a failing helper may print secrets.
  if (status !== 0) throw broken(`${program} has failed for ${host} (${status})`, byHand);
  const { Username, Secret } = object(output) ?? {};
  if (typeof Username !== "string" || typeof Secret !== "string")
    throw broken(`${program} does not answer with a login for ${host}`, byHand);
  if (Username === TOKEN_USER) return { identitytoken: Secret };
  return { username: Username, password: Secret };
}

/** The header for calls about images of `host`, which the engine forwards to that host only. */
export function authorization(
  login: Login | undefined,
  host: string,
): Readonly<Record<string, string>> {
  if (!login) return {};
  const json = JSON.stringify({ ...login, serveraddress: keyOf(host) });
  // Padded, as engines below 23 require.
  const base64 = Buffer.from(json).toString("base64");
  return { "X-Registry-Auth": base64.replaceAll("+", "-").replaceAll("/", "_") };
}

const MEND = "Mend Docker's config.json, or name another folder with DOCKER_CONFIG.";

function parsed(source: string | undefined): JsonObject {
  if (source === undefined) return {};
  const found = object(source);
  if (!found) throw broken("Docker's config.json is not a JSON object", MEND);
  return found;
}

function object(source: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(source);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as JsonObject;
  } catch {
    // An unreadable file counts as missing.
  }
  return undefined;
}

function broken(message: string, hint: string): EngineError {
  const operation = "docker-credential get";
  return new EngineError({ code: "login", message, hint, operation, phase: "body", retry: "no" });
}
