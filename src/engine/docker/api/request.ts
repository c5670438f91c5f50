import type { IncomingMessage } from "node:http";
import { stringify } from "node:querystring";
import type { Duplex, Readable } from "node:stream";
import type { Endpoint } from "../connection/endpoint.ts";
import { apiError } from "../errors/engine-error.ts";
import { type Call, refusalText } from "./exchange.ts";
import type { Path } from "./path.ts";
import type { Answer } from "./pipelined-reads.ts";
import type { Dial, Transport } from "./transport.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** A list is sent as one parameter for each item. */
type Value = string | number | boolean | undefined | readonly string[];

export interface CallOptions {
  readonly query?: Readonly<Record<string, Value>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the head of the answer, and again for its body; default: by kind of call. */
  readonly deadline?: number;
  /** Statuses beyond 200 to 204 that are no errors; the call then gives `undefined`. */
  readonly accept?: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  /** A read of many at once, without headers: it may share a connection with others under way. */
  readonly shared?: boolean;
}

/** What goes with a request: `json` (an object, even an empty one, is sent) or an archive. */
interface Load {
  readonly json?: unknown;
  readonly archive?: Buffer | Readable | undefined;
  /** Answered soon, so that its connection serves the next call. */
  readonly pooled: boolean;
}

const SECOND = 1000;
const DONE = [200, 201, 202, 204];

/** How long each kind of call may take; a stop waits for the container's own time first. */
function allowance(method: Method, to: string, query: CallOptions["query"]): number {
  if (method === "GET") return 15 * SECOND;
  if (to.endsWith("/start")) return 60 * SECOND;
  if (/\/(stop|restart)$/.test(to)) return (Number(query?.t ?? 10) + 30) * SECOND;
  return 30 * SECOND;
}

const parameters = ({ query = {} }: CallOptions): Record<string, Value> =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));

const accepted = ({ accept = [] }: CallOptions): readonly number[] => [...DONE, ...accept];

/** A call to an engine, with its limits. */
export function called(endpoint: Endpoint, method: Method, to: Path, options: CallOptions): Call {
  return {
    method,
    operation: `${method} ${to}`,
    endpoint: endpoint.display,
    signal: options.signal,
    deadline: options.deadline ?? allowance(method, to, options.query),
  };
}

/** Sends a read among others; resolves with an accepted answer, or `undefined`: it got lost. */
export async function dialShared(
  line: Transport,
  call: Call,
  to: Path,
  options: CallOptions,
): Promise<Answer | undefined> {
  const query = stringify(parameters(options));
  const target = `/${line.modem.version}${to}${query ? `?${query}` : ""}`;
  const answer = await line.reads?.get(target, options.signal);
  if (answer && !accepted(options).includes(answer.status))
    throw apiError(call.operation, answer.status, refusalText(answer.body));
  return answer;
}

/** Sends a call; resolves with the head of an accepted answer. */
export function dial(
  line: Transport,
  call: Call,
  to: Path,
  options: CallOptions,
  load: Load,
): Promise<IncomingMessage> {
  return send(line, call, to, options, load);
}

/** Sends a call; resolves with the connection itself, once the engine has switched to its stream. */
export function upgrade(
  line: Transport,
  call: Call,
  to: Path,
  options: CallOptions,
): Promise<Duplex> {
  return send(line, call, to, options, { pooled: false, hijack: true });
}

/** Through dockerode's modem. */
function send<Answer>(
  line: Transport,
  call: Call,
  to: Path,
  options: CallOptions,
  load: Load & { readonly hijack?: boolean },
): Promise<Answer> {
  const query = parameters(options);
  const request: Dial = {
    call,
    pooled: load.pooled,
    isStream: true,
    method: call.method,
    path: Object.keys(query).length > 0 ? `${to}?` : to,
    // Given apart, or the modem puts the body, secrets included, into the URL as well.
    options: { _query: query, _body: load.json ?? {} },
    allowEmpty: load.json !== undefined,
    statusCodes: Object.fromEntries(accepted(options).map((status) => [status, true])),
    headers: { ...options.headers },
    ...(call.signal ? { abortSignal: call.signal } : {}),
    ...(load.archive ? { file: load.archive } : {}),
    ...(load.hijack ? { hijack: true } : {}),
  };
  return new Promise((resolve, reject) => {
    line.modem.dial(request, (error, response) =>
      error ? reject(error) : resolve(response as Answer),
    );
  });
}
