import http, { type Agent, type OutgoingHttpHeaders } from "node:http";
import net from "node:net";
import type { Duplex, Readable } from "node:stream";
import Modem from "docker-modem";
import type { Endpoint } from "../connection/endpoint.ts";
import type { Tls } from "../connection/environment.ts";
import { apiError } from "../errors/engine-error.ts";
import {
  type Call,
  collect,
  isResponse,
  type Message,
  open,
  parseJson,
  refusalText,
} from "./exchange.ts";
import { type Reads, reads } from "./pipelined-reads.ts";

/** Options that this client adds to those that dockerode passes to its modem. */
export interface Dial extends Modem.DialOptions {
  readonly call?: Call;
  /** Short call: take a connection from the pool and return it. */
  readonly pooled?: boolean;
}

/** dockerode's modem with this client's connections. */
export interface Transport {
  readonly modem: Modem & { version?: string };
  /** Absent over ssh, where a further connection takes longer than it saves. */
  readonly reads?: Reads;
  close(): void;
}

interface RequestOptions {
  readonly path: string;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly signal?: AbortSignal;
}

type Body = string | Buffer | Readable | undefined;
type Done = (error: Error | null, result: unknown) => void;

/** sshd rejects connections at random while ten are still logging in (`MaxStartups`). */
const SSH_CONNECTIONS = 6;
const DEADLINE = 30_000;

/**
 * docker-modem with its own request replaced: that one never settles if a response is cut short,
 * accepts a page of HTML as success, and any ssh host key. Its constructor is not run, because it
 * prefers DOCKER_* variables to its arguments.
 */
export async function transport(endpoint: Endpoint): Promise<Transport> {
  const dialer = await dialerOf(endpoint);
  const pool = agent(endpoint, true, dialer);
  // Long streams do not use the pool, which is for short calls.
  const streams = agent(endpoint, false, dialer);
  const tcp = endpoint.kind === "tcp" ? endpoint : undefined;
  const prefix = tcp?.prefix ?? "";
  const shared = endpoint.kind === "ssh" ? undefined : reads(dialer, hostOf(tcp), prefix);
  let closed = false;
  const buildRequest = (options: RequestOptions, dial: Dial, body: Body, done: Done) => {
    const { path, method, headers, signal } = options;
    const operation = `${method} ${path.replace(/\?.*$/s, "")}`;
    const unlimited = { method, operation, endpoint: endpoint.display, signal };
    const call = dial.call ?? { ...unlimited, deadline: DEADLINE };
    const long = dial.hijack || (dial.isStream && !dial.pooled);
    const message = {
      agent: long ? streams : pool,
      host: tcp?.host ?? "docker",
      port: tcp?.port,
      path: `${prefix}${path}`,
      headers,
      body,
      hijack: dial.hijack === true,
      closed: () => closed,
    };
    answer(call, message, dial).then(
      (result) => done(null, result),
      (error) => done(error, null),
    );
  };
  // With any socket path `dial` does not parse an address; the agent knows where to connect.
  const own = { socketPath: "-", protocol: "http", headers: {}, buildRequest };
  return {
    modem: Object.assign(Object.create(Modem.prototype) as Modem, own),
    ...(shared ? { reads: shared } : {}),
    close() {
      closed = true;
      shared?.close();
      pool.destroy();
      streams.destroy();
    },
  };
}

/** Host header as Node's client writes it (RFC 9110, section 7.2). */
function hostOf(tcp: { readonly host: string; readonly port: number } | undefined): string {
  if (!tcp) return "docker";
  return `${net.isIPv6(tcp.host) ? `[${tcp.host}]` : tcp.host}:${tcp.port}`;
}

/** The response or connection of a stream; for other calls the parsed body. */
async function answer(call: Call, message: Message, dial: Dial): Promise<unknown> {
  const response = await open(call, message);
  if (!isResponse(response)) return response;
  const { statusCode = 0 } = response;
  if (dial.statusCodes?.[statusCode] !== true)
    throw apiError(call.operation, statusCode, refusalText(await collect(response, call)));
  return dial.isStream ? response : parseJson(await collect(response, call), call);
}

/**
 * Creates an agent. Connections must be returned synchronously: an agent does not count pending
 * ones against its limit.
 */
function agent(endpoint: Endpoint, keepAlive: boolean, dialer: () => Duplex): Agent {
  const maxSockets =
    endpoint.kind === "ssh" && keepAlive ? SSH_CONNECTIONS : Number.POSITIVE_INFINITY;
  // A fixed server name saves a lookup per request; TLS gets its own below.
  const options = { keepAlive, maxSockets, servername: "" };
  return Object.assign(new http.Agent(options), { createConnection: dialer });
}

async function dialerOf(endpoint: Endpoint): Promise<() => Duplex> {
  if (endpoint.kind === "unix") return () => net.connect({ path: endpoint.path });
  if (endpoint.kind === "ssh") {
    const { dialSsh } = await import("../connection/ssh-tunnel.ts");
    return () => dialSsh(endpoint);
  }
  const { host, port, tls } = endpoint;
  return () => {
    const socket = tls ? connectTls(host, port, tls) : net.connect({ host, port });
    // Keep-alive detects a vanished machine, which would leave a silent event stream open for ever.
    return socket.setNoDelay(true).setKeepAlive(true, 30_000);
  };
}

function connectTls(host: string, port: number, { verify, ...files }: Tls): net.Socket {
  // Loaded on use: it takes 10 ms, and sockets do not need it.
  const tls = process.getBuiltinModule("node:tls");
  const named = net.isIP(host) ? {} : { servername: host };
  return tls.connect({ host, port, ...named, ...files, rejectUnauthorized: verify });
}
