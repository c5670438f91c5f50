import { mkdtempSync, rmSync } from "node:fs";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, connect } from "../../../src/engine/docker/api/client.ts";
import type { EngineError } from "../../../src/engine/docker/errors/engine-error.ts";
import { watch } from "../../../src/engine/docker/operations/container-watch.ts";
import type { Doer } from "../../../src/engine/docker/operations/perform.ts";
import type { Clock } from "../../../src/engine/docker/retry/backoff.ts";
import { ANONYMOUS } from "../../support/fixtures/anonymous.ts";

export interface Served {
  readonly client: Client;
  readonly socket: string;
  readonly server: http.Server;
  /** Connections made so far. */
  readonly connections: () => number;
  /** Requests so far: method and URL, with their bodies. */
  readonly seen: { readonly line: string; readonly body: string }[];
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Runs `use` with a client of a fake engine on a socket of its own. */
export async function withEngine(answer: Answer, use: (served: Served) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), "stack-transport-"));
  const socket = join(folder, "engine.sock");
  let connections = 0;
  const seen: Served["seen"] = [];
  const server = http.createServer((request, response) => {
    if (request.url === "/_ping") return pong(response);
    let body = "";
    request.setEncoding("utf8").on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      seen.push({ line: `${request.method} ${request.url}`, body });
      answer(request, response);
    });
  });
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const endpoint = { kind: "unix", path: socket, display: "unix://test", source: "test" } as const;
  const client = await connect(endpoint, AbortSignal.timeout(5000));
  try {
    await use({ client, socket, server, seen, connections: () => connections });
  } finally {
    client.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

export function pong(response: ServerResponse, api = "1.41"): void {
  response.setHeader("Api-Version", api).setHeader("Server", "Docker/20.10.24 (linux)").end("OK");
}

/** The error that a promise rejects with; fails the test where it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<EngineError> {
  const value = await promise.then(
    (given) => ({ given }),
    (error: EngineError) => error,
  );
  if (value instanceof Error) return value;
  throw new Error(`resolved with ${JSON.stringify(value)}`);
}

/** All that a stream gives; `into` holds what came before an error. */
export async function all<T>(
  items: AsyncIterable<T> | Promise<AsyncIterable<T>>,
  into: T[] = [],
): Promise<T[]> {
  for await (const item of await items) into.push(item);
  return into;
}

/** What a step is done with: no logins, no buildx, nothing kept, and nothing that hinders it. */
export function doerOf(client: Client, pace: Clock): Doer {
  return {
    client,
    events: watch(client),
    outside: {
      ...pace,
      logins: ANONYMOUS,
      buildx: { env: {}, program: () => undefined },
      certificateFolders: () => [],
    },
    gate: async () => {},
    absent: () => {},
    kept: new Map(),
  };
}
