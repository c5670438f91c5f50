import { join } from "node:path";
import { configFolder, contextNamed, currentContext, tlsFiles } from "./docker-context.ts";
import { type ClientEnvironment, type EndpointError, refuse, type Tls } from "./environment.ts";

interface Printable {
  /** The URL without credentials and certificates; safe to print. */
  readonly display: string;
  /** Origin of the choice: `--host`, `DOCKER_HOST`, `context NAME`, `default`. */
  readonly source: string;
}

/** The address of an engine. */
export type Endpoint = Printable &
  (
    | { readonly kind: "unix"; readonly path: string }
    | {
        readonly kind: "tcp";
        readonly host: string;
        readonly port: number;
        /** Path prefix: empty or `/like/this`. */
        readonly prefix: string;
        readonly tls?: Tls;
      }
    | {
        readonly kind: "ssh";
        readonly host: string;
        readonly port?: number;
        readonly user?: string;
        /** The engine's socket on that machine; absent: the default of its CLI. */
        readonly socket?: string;
      }
  );

const STANDARD_SOCKET = "/var/run/docker.sock";

/**
 * Chooses the engine in the order of Docker's CLI: `--host` or `--context`, then `DOCKER_HOST`,
 * then `DOCKER_CONTEXT`, then `currentContext` of the Docker config folder, then the first socket
 * found.
 */
export function resolveEndpoint(around: ClientEnvironment): Endpoint | EndpointError {
  const { flags, env } = around;
  if (flags.host && flags.context)
    return refuse("--host and --context were both given", "Name the engine once.");
  try {
    const host = flags.host || (flags.context ? undefined : env.DOCKER_HOST);
    if (host) return secure(fromHost(host, flags.host ? "--host" : "DOCKER_HOST", around), around);
    const name = flags.context || env.DOCKER_CONTEXT || currentContext(around);
    if (typeof name === "object") return name;
    if (name && name !== "default") return secure(fromContext(name, around), around);
    // The context "default" means the settings without a context.
    if (env.DOCKER_HOST) return secure(fromHost(env.DOCKER_HOST, "DOCKER_HOST", around), around);
    return unix(defaultSocket(around), "default");
  } catch (error) {
    return refuse(
      `the choice of an engine can't be read: ${error instanceof Error ? error.message : error}`,
      "Check the permissions of the Docker config folder and its certificates.",
    );
  }
}

function defaultSocket({ env, home, exists }: ClientEnvironment): string {
  const runtime = env.XDG_RUNTIME_DIR;
  const candidates = [
    STANDARD_SOCKET,
    ...(runtime ? [join(runtime, "docker.sock")] : []),
    join(home, ".docker/run/docker.sock"),
    ...(runtime ? [join(runtime, "podman/podman.sock")] : []),
    "/run/podman/podman.sock",
  ];
  return candidates.find(exists) ?? STANDARD_SOCKET;
}

function fromHost(
  host: string,
  source: string,
  around: ClientEnvironment,
): Endpoint | EndpointError {
  const { env } = around;
  const wanted = Boolean(env.DOCKER_TLS_VERIFY || env.DOCKER_TLS);
  // As in Docker's CLI, DOCKER_TLS without verification only encrypts.
  const verify = Boolean(env.DOCKER_TLS_VERIFY) || !wanted;
  if (!wanted && !host.startsWith("https://")) return parseHost(host, source, undefined);
  const folder = env.DOCKER_CERT_PATH || configFolder(around);
  const files = tlsFiles(folder, around);
  if (env.DOCKER_TLS_VERIFY && !files.ca && /^(tcp|http):/.test(host))
    return refuse(
      `DOCKER_TLS_VERIFY is set, but ${join(folder, "ca.pem")} does not exist`,
      "Put ca.pem, cert.pem and key.pem there, or set DOCKER_CERT_PATH to their folder.",
    );
  return parseHost(host, source, { ...files, verify });
}

function fromContext(name: string, around: ClientEnvironment): Endpoint | EndpointError {
  const context = contextNamed(name, around);
  if ("kind" in context) return context;
  const source = `context ${name}`;
  if (!context.host) return unix(defaultSocket(around), source);
  const { files } = context;
  const encrypted = files.ca || files.cert || files.key || context.skipVerify;
  const tls = encrypted || context.host.startsWith("https://");
  return parseHost(
    context.host,
    source,
    tls ? { ...files, verify: !context.skipVerify } : undefined,
  );
}

function unix(path: string, source: string): Endpoint {
  return { kind: "unix", path, display: `unix://${path}`, source };
}

/** Hides `user:secret@`, which must not be printed, not even in an error. */
const redact = (host: string): string => host.replace(/(^|\/\/)[^/@]*@/, "$1...@");

function parseHost(text: string, source: string, tls: Tls | undefined): Endpoint | EndpointError {
  const [, scheme = "tcp", rest = ""] = /^(?:([a-z]+):\/\/)?(.*)$/s.exec(text) ?? [];
  if (scheme === "unix") return unix(rest || STANDARD_SOCKET, source);
  if (scheme === "npipe")
    return { kind: "unix", path: rest || "//./pipe/docker_engine", display: text, source };
  const hint = "Use unix:///path, tcp://host:port, https://host:port or ssh://user@host.";
  if (text.startsWith("/")) return refuse(`${source} is a path: ${text}`, `Write unix://${text}.`);
  if (!["tcp", "http", "https", "ssh"].includes(scheme))
    return refuse(`${source} has an unknown scheme: ${redact(text)}`, hint);
  const url = URL.parse(`tcp://${rest.replace(/^(?=:|\/|$)/, "localhost")}`);
  if (!url || url.search || url.hash || !/^[\w.:[\]%][\w.:[\]%-]*$/.test(url.hostname))
    return refuse(`${source} is not an engine's address: ${redact(text)}`, hint);
  if (url.password || (url.username && scheme !== "ssh"))
    return refuse(
      `${source} holds credentials: ${redact(text)}`,
      "Use certificates (TLS) or keys (ssh) instead.",
    );
  return scheme === "ssh" ? ssh(url, source) : tcp(url, scheme, source, tls);
}

function tcp(url: URL, scheme: string, source: string, tls: Tls | undefined): Endpoint {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const encrypted = scheme === "http" ? undefined : tls;
  const standard = { tcp: encrypted ? 2376 : 2375, http: 80, https: 443 }[scheme] ?? 2375;
  const port = url.port ? Number(url.port) : standard;
  const prefix = url.pathname.replace(/\/+$/, "");
  const display = `${scheme}://${url.hostname}:${port}${prefix}`;
  const common = { kind: "tcp", host, port, prefix, display, source } as const;
  return encrypted ? { ...common, tls: encrypted } : common;
}

function ssh(url: URL, source: string): Endpoint | EndpointError {
  const user = decodeURIComponent(url.username);
  const socket = decodeURIComponent(url.pathname).replace(/\/$/, "");
  if (user.startsWith("-"))
    return refuse(`${source} names a user that looks like an option: ${user}`, "Name a user.");
  return {
    kind: "ssh",
    host: url.hostname.replace(/^\[|\]$/g, ""),
    ...(url.port ? { port: Number(url.port) } : {}),
    ...(user ? { user } : {}),
    ...(socket ? { socket } : {}),
    display: `ssh://${url.username && `${url.username}@`}${url.host}${socket}`,
    source,
  };
}

/**
 * Refuses unencrypted or unverified connections to other machines: whoever reads or answers them
 * controls the machine.
 */
function secure(
  endpoint: Endpoint | EndpointError,
  { flags }: ClientEnvironment,
): Endpoint | EndpointError {
  if (endpoint.kind !== "tcp" || endpoint.tls?.verify || flags.insecure) return endpoint;
  if (/^(localhost|127(\.\d+){3}|::1)$/.test(endpoint.host)) return endpoint;
  const how = endpoint.tls ? "does not verify the engine's certificate" : "is not encrypted";
  return refuse(
    `the connection to ${endpoint.display} (${endpoint.source}) ${how}`,
    "Use ssh://user@host, or TLS with DOCKER_TLS_VERIFY=1; --insecure allows it all the same.",
  );
}
