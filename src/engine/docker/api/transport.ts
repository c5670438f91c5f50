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

/** What our own calls add to the options that dockerode gives its modem. */
export interface Dial extends Modem.DialOptions {
  readonly call?: Call;
  /** The answer ends soon: take a connection from the pool and give it back. */
  readonly pooled?: boolean;
}

/** dockerode's modem over connections that we make. */
export interface Transport {
  readonly modem: Modem & { version?: string };
  /** Absent over ssh, where one more connection takes longer than what it spares. */
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

/** sshd turns connections away at random once ten of them are still logging in. */
const SSH_CONNECTIONS = 6;
const DEADLINE = 30_000;

/**
 * A modem that is docker-modem's but for the request itself, which that one gets wrong: an answer
 * cut short never settles, a page of HTML passes for success, ssh accepts any host key. Its
 * constructor is not run, because it prefers DOCKER_* variables to its arguments.
 */
export async function transport(endpoint: Endpoint): Promise<Transport> {
  const dialer = await dialerOf(endpoint);
  const pool = agent(endpoint, true, dialer);
  // Long streams don't take a place in the pool from the calls that end them.
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
  // Any socket path keeps `dial` from taking an address apart; the agent knows where to connect.
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

/** As Node's client writes the header (RFC 9110, section 7.2). */
function hostOf(tcp: { readonly host: string; readonly port: number } | undefined): string {
  if (!tcp) return "docker";
  return `${net.isIPv6(tcp.host) ? `[${tcp.host}]` : tcp.host}:${tcp.port}`;
}

/** The response or the connection of a stream; else the parsed body. */
async function answer(call: Call, message: Message, dial: Dial): Promise<unknown> {
  const response = await open(call, message);
  if (!isResponse(response)) return response;
  const { statusCode = 0 } = response;
  if (dial.statusCodes?.[statusCode] !== true)
    throw apiError(call.operation, statusCode, refusalText(await collect(response, call)));
  return dial.isStream ? response : parseJson(await collect(response, call), call);
}

/**
 * Connections must come at once: those that an agent waits for don't count against its limit.
 */
function agent(endpoint: Endpoint, keepAlive: boolean, dialer: () => Duplex): Agent {
  const maxSockets =
    endpoint.kind === "ssh" && keepAlive ? SSH_CONNECTIONS : Number.POSITIVE_INFINITY;
  // A server name that is set spares each request the search for one; TLS gets its own below.
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
    // A machine that vanished must not leave a quiet stream of events open for ever.
    return socket.setNoDelay(true).setKeepAlive(true, 30_000);
  };
}

function connectTls(host: string, port: number, { verify, ...files }: Tls): net.Socket {
  // It takes 10 ms to load, and a socket needs none of it.
  const tls = process.getBuiltinModule("node:tls");
  const named = net.isIP(host) ? {} : { servername: host };
  return tls.connect({ host, port, ...named, ...files, rejectUnauthorized: verify });
}
