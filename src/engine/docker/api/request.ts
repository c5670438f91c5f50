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

/** A list is sent as one query parameter per item. */
type Value = string | number | boolean | undefined | readonly string[];

export interface CallOptions {
  readonly query?: Readonly<Record<string, Value>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the response's head, and again for its body; default: by kind of call. */
  readonly deadline?: number;
  /** Statuses other than 200 to 204 that are not errors; the call then returns `undefined`. */
  readonly accept?: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  /** A small read without headers that may share a connection with others. */
  readonly shared?: boolean;
}

/** The body of a request: `json` (sent even if an empty object) or an archive. */
interface Load {
  readonly json?: unknown;
  readonly archive?: Buffer | Readable | undefined;
  /** Short call: uses a pooled connection and returns it. */
  readonly pooled: boolean;
}

const SECOND = 1000;
const DONE = [200, 201, 202, 204];

/**
 * Time limit by kind of call, in milliseconds; a stop first waits for the container's own timeout.
 */
function allowance(method: Method, to: string, query: CallOptions["query"]): number {
  if (method === "GET") return 15 * SECOND;
  if (to.endsWith("/start")) return 60 * SECOND;
  if (/\/(stop|restart)$/.test(to)) return (Number(query?.t ?? 10) + 30) * SECOND;
  return 30 * SECOND;
}

const parameters = ({ query = {} }: CallOptions): Record<string, Value> =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));

const accepted = ({ accept = [] }: CallOptions): readonly number[] => [...DONE, ...accept];

/** Describes a call to an engine, with its limits. */
export function called(endpoint: Endpoint, method: Method, to: Path, options: CallOptions): Call {
  return {
    method,
    operation: `${method} ${to}`,
    endpoint: endpoint.display,
    signal: options.signal,
    deadline: options.deadline ?? allowance(method, to, options.query),
  };
}

/** Sends a pipelined read. Resolves with an accepted response; `undefined` if it was lost. */
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

/** Sends a call. Resolves with the head of an accepted response. */
export function dial(
  line: Transport,
  call: Call,
  to: Path,
  options: CallOptions,
  load: Load,
): Promise<IncomingMessage> {
  return send(line, call, to, options, load);
}

/** Sends a call. Resolves with the connection once the engine has switched protocols. */
export function upgrade(
  line: Transport,
  call: Call,
  to: Path,
  options: CallOptions,
): Promise<Duplex> {
  return send(line, call, to, options, { pooled: false, hijack: true });
}

/** Sends through dockerode's modem. */
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
    // Passed separately: the modem would put the body, secrets included, into the URL too.
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
