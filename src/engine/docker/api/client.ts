import type { Duplex, Readable } from "node:stream";
import type Docker from "dockerode";
import PQueue from "p-queue";
import type { Endpoint } from "../connection/endpoint.ts";
import { speaksNoHttp } from "../errors/connection-errors.ts";
import { EngineError } from "../errors/engine-error.ts";
import { type Call, collect, parseJson, pieces } from "./exchange.ts";
import { records } from "./json-lines.ts";
import { type Path, path } from "./path.ts";
import { type CallOptions, called, dial, dialShared, type Method, upgrade } from "./request.ts";
import { shaped } from "./response-shapes.ts";
import { type Transport, transport } from "./transport.ts";

interface StreamOptions extends Omit<CallOptions, "accept"> {
  /**
   * Milliseconds without data after which the connection counts as lost; default: 120 s, no limit
   * for events.
   */
  readonly idle?: number;
  /** A tar archive. */
  readonly body?: Buffer | Readable;
  /** Sent as JSON. Excludes `body`. */
  readonly json?: unknown;
}

/** A connected engine. Every call settles, and rejects with EngineError only. */
export interface Client {
  readonly endpoint: Endpoint;
  /** Negotiated API version, such as `1.41`. */
  readonly api: string;
  /** Product and version, such as `Docker/20.10.24`. */
  readonly server: string;
  /** Time of the engine's first answer by its own clock, in whole seconds since 1970. */
  readonly since: number;
  /** The engine's time in milliseconds since 1970, at most a second behind its clock. */
  now(): number;
  get<T>(path: Path, options?: CallOptions): Promise<T>;
  post<T>(path: Path, body?: unknown, options?: CallOptions): Promise<T>;
  delete(path: Path, options?: CallOptions): Promise<void>;
  /** Uploads a tar archive. */
  put(path: Path, archive: Buffer | Readable, options?: CallOptions): Promise<void>;
  /** A response that is not JSON: an archive, or logs that end. */
  raw(path: Path, options?: CallOptions): Promise<Buffer | undefined>;
  /**
   * Resolves when the engine has answered; later events are not missed. Iterate the result at once.
   */
  stream(method: Method, path: Path, options?: StreamOptions): Promise<AsyncGenerator<Buffer>>;
  /** A stream of JSON lines. A line that reports an error is thrown. */
  progress(
    method: Method,
    path: Path,
    options?: StreamOptions,
  ): Promise<AsyncGenerator<Record<string, unknown>>>;
  /** Takes the connection over, as for a container's input. The caller must end it. */
  hijack(method: Method, path: Path, options?: CallOptions): Promise<Duplex>;
  /** dockerode over the same connections, loaded on first use. */
  dockerode(): Promise<Docker>;
  /** Ends every connection, even one in use. */
  close(): void;
}

/** The tested range of API versions. */
const OLDEST = 41;
const NEWEST = 51;

/** Concurrent calls with one connection each; more do not make the engine faster. */
const CONCURRENCY = 8;

/** A registry may keep a pull silent for long. */
const IDLE = 120_000;

/** Negotiates an API version. */
export async function connect(endpoint: Endpoint, signal: AbortSignal): Promise<Client> {
  const line = await transport(endpoint);
  try {
    const ping = path`/_ping`;
    const call = called(endpoint, "GET", ping, { signal });
    const response = await dial(line, call, ping, {}, { pooled: true });
    await collect(response, call);
    const { headers } = response;
    const api = negotiate(headers["api-version"], call);
    line.modem.version = `v${api}`;
    const server = `${headers.server ?? "unknown"}`.replace(/ \(.*$/, "");
    const since = Math.floor(Date.parse(headers.date ?? "") / 1000);
    const then = performance.now();
    const now = () => since * 1000 + performance.now() - then;
    return { ...calls(endpoint, line), endpoint, api, server, since, now };
  } catch (error) {
    line.close();
    throw error instanceof EngineError ? unconnected(error, endpoint) : error;
  }
}

const PORT =
  "Check the address and the port: an engine listens on 2375 without TLS, and on 2376 with it (DOCKER_TLS_VERIFY).";

/** Until the first answer is understood, every failure counts as a failure to connect. */
function unconnected(error: EngineError, { display }: Endpoint): EngineError {
  const facts = { ...error, phase: "connect", cause: error } as const;
  if (speaksNoHttp(error.cause)) {
    const message = `${display} does not answer as a container engine: what it says is no HTTP`;
    return new EngineError({ ...facts, code: "not-an-engine", retry: "no", message, hint: PORT });
  }
  if (isPage(error)) {
    const message = `${display} answers, but not as a Docker engine (HTTP ${error.status})`;
    return new EngineError({ ...facts, code: "not-an-engine", retry: "no", message, hint: PORT });
  }
  if (error.code !== "timeout" && error.code !== "cut")
    return new EngineError({ ...facts, message: error.message });
  const why = error.message.replace(/^GET \/_ping: /, "");
  const message = `no engine answers at ${display}: ${why}`;
  return new EngineError({
    ...facts,
    code: "unreachable",
    message,
    hint: "Is it running, or hanging?",
  });
}

/** True for a web server's answer to an unknown path; an engine always has `/_ping`. */
function isPage({ status = 0, engineMessage }: EngineError): boolean {
  return status === 404 || (status >= 300 && status < 400) || engineMessage.startsWith("<");
}

function negotiate(theirs: string | string[] | undefined, call: Call): string {
  const refuse = (code: "not-an-engine" | "api-too-old", message: string, hint: string) =>
    new EngineError({
      ...{ code, message, hint, operation: call.operation, phase: "connect", retry: "no" },
    });
  const [, minor] = /^1\.(\d+)$/.exec(String(theirs)) ?? [];
  if (minor === undefined)
    throw refuse(
      "not-an-engine",
      `${call.endpoint} answers, but not as a Docker engine`,
      "Check the address: it tells no API version.",
    );
  if (Number(minor) < OLDEST)
    throw refuse(
      "api-too-old",
      `the engine at ${call.endpoint} is too old: it speaks API 1.${minor}, 1.${OLDEST} is needed`,
      "Update it to Docker 20.10 or later.",
    );
  return `1.${Math.min(Number(minor), NEWEST)}`;
}

type Load = Omit<Parameters<typeof dial>[4], "pooled">;

function calls(endpoint: Endpoint, line: Transport) {
  const whole = async (call: Call, to: Path, options: CallOptions, load: Load = {}) => {
    const response = await dial(line, call, to, options, { ...load, pooled: true });
    return { status: response.statusCode ?? 0, body: await collect(response, call) };
  };
  const alone = new PQueue({ concurrency: CONCURRENCY });
  const among = async (call: Call, to: Path, options: CallOptions) =>
    (await dialShared(line, call, to, options)) ?? alone.add(() => whole(call, to, options));
  const json = async (method: Method, to: Path, options: CallOptions, load?: Load) => {
    const call = called(endpoint, method, to, options);
    const ask = method === "GET" && options.shared ? among : whole;
    const { status, body } = await ask(call, to, options, load);
    return options.accept?.includes(status) ? undefined : shaped(parseJson(body, call), to, call);
  };
  const open = async (method: Method, to: Path, options: StreamOptions) => {
    const idle = options.idle ?? (to === "/events" ? Number.POSITIVE_INFINITY : IDLE);
    const call = called(endpoint, method, to, { deadline: IDLE, ...options });
    const load = { archive: options.body, json: options.json, pooled: false };
    return { call, body: pieces(await dial(line, call, to, options, load), call, idle) };
  };
  return {
    get: async <T>(to: Path, options: CallOptions = {}) => (await json("GET", to, options)) as T,
    post: async <T>(to: Path, body?: unknown, options: CallOptions = {}) =>
      (await json("POST", to, options, { json: body })) as T,
    async delete(to: Path, options: CallOptions = {}) {
      await json("DELETE", to, options);
    },
    async put(to: Path, archive: Buffer | Readable, options: CallOptions = {}) {
      await json("PUT", to, options, { archive });
    },
    async raw(to: Path, options: CallOptions = {}) {
      const call = called(endpoint, "GET", to, { deadline: IDLE, ...options });
      const { status, body } = await whole(call, to, options);
      return options.accept?.includes(status) ? undefined : body;
    },
    stream: async (method: Method, to: Path, options: StreamOptions = {}) =>
      (await open(method, to, options)).body,
    async progress(method: Method, to: Path, options: StreamOptions = {}) {
      const { call, body } = await open(method, to, options);
      return records(body, call);
    },
    async hijack(method: Method, to: Path, options: CallOptions = {}) {
      const call = called(endpoint, method, to, options);
      return upgrade(line, call, to, options);
    },
    async dockerode() {
      const { default: Dockerode } = await import("dockerode");
      // dockerode's types lack this option.
      return new Dockerode({ modem: line.modem } as Docker.DockerOptions);
    },
    close: line.close,
  };
}
