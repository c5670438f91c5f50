import { mkdtempSync, rmSync } from "node:fs";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SOCKET } from "./live.ts";

/** A request as it stood on the wire. */
interface Call {
  readonly method: string;
  readonly url: string;
  /** Names and values, one pair a line. */
  readonly headers: string;
  /** Grows until the request has ended. */
  body: string;
  /** The login for a registry, decoded. */
  readonly login?: string;
}

/** Stands between a client and the engine, and writes down what passes. */
export interface Tap {
  readonly socket: string;
  readonly calls: readonly Call[];
  /** Those that are not reads. */
  writes(): readonly Call[];
  forget(): void;
  /** Called with each write, and its number from 1 on, as it is handed to the engine. */
  onWrite: (call: Call, number: number) => void;
  /** Bytes of the answer after which its connection is cut; `undefined`: it is passed on whole. */
  cutAfter: (call: Call) => number | undefined;
  close(): void;
}

const isWrite = ({ method }: Call): boolean => method !== "GET" && method !== "HEAD";

export async function tap(engine = SOCKET): Promise<Tap> {
  const folder = mkdtempSync(join(tmpdir(), "stack-proxy-"));
  const socket = join(folder, "engine.sock");
  const calls: Call[] = [];
  const self: Tap = {
    socket,
    calls,
    writes: () => calls.filter(isWrite),
    forget: () => calls.splice(0),
    onWrite: () => {},
    cutAfter: () => undefined,
    close() {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
  const server = http.createServer((request, response) => {
    const { method = "", url = "", rawHeaders } = request;
    const login = request.headers["x-registry-auth"];
    const call: Call = {
      method,
      url,
      headers: rawHeaders.join("\n"),
      body: "",
      ...(login ? { login: Buffer.from(String(login), "base64url").toString() } : {}),
    };
    request.on("data", (part: Buffer) => {
      call.body += part.toString("latin1");
    });
    calls.push(call);
    // Its number by its arrival: others may arrive before it is handed over.
    const number = self.writes().length;
    forward(engine, request, response, self.cutAfter(call), () => {
      if (isWrite(call)) self.onWrite(call, number);
    });
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return self;
}

function forward(
  socketPath: string,
  request: IncomingMessage,
  response: ServerResponse,
  cutAfter: number | undefined,
  handedOver: () => void,
): void {
  const { method, url, headers } = request;
  const onward = http.request({ socketPath, method, path: url, headers });
  onward.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    // Who waits for events waits for the headers first.
    response.flushHeaders();
    let left = cutAfter ?? Number.POSITIVE_INFINITY;
    answer.on("data", (part: Buffer) => {
      response.write(part.subarray(0, left));
      left -= part.length;
      if (left <= 0) response.destroy();
    });
    answer.on("end", () => response.end());
    answer.on("error", () => response.destroy());
  });
  onward.on("error", () => response.destroy());
  // A client that is gone is gone for the engine too.
  response.on("close", () => onward.destroy());
  request.on("end", () => setImmediate(handedOver));
  request.pipe(onward);
}
