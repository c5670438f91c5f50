import { mkdtempSync, rmSync } from "node:fs";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SOCKET } from "../engine/live.ts";

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

/**
 * What happens to a call on its way: an answer in the engine's place (a status), the connection
 * lost before the engine hears of it or after it has acted, an answer that comes late, or that is
 * cut off in its midst.
 */
export type Fault = number | "cut before" | "cut after" | "slow" | "truncated";

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
  /** Asked at each call, and its number from 1 on, before the engine hears of it. */
  fault: (call: Call, number: number) => Fault | undefined;
  close(): void;
}

const SLOW = 2_000;

const isWrite = ({ method }: Call): boolean => method !== "GET" && method !== "HEAD";

export async function tap(engine = SOCKET): Promise<Tap> {
  const folder = mkdtempSync(join(tmpdir(), "stack-proxy-"));
  const socket = join(folder, "engine.sock");
  const calls: Call[] = [];
  const taken = new Set<Socket>();
  const self: Tap = {
    socket,
    calls,
    writes: () => calls.filter(isWrite),
    forget: () => calls.splice(0),
    onWrite: () => {},
    cutAfter: () => undefined,
    fault: () => undefined,
    close() {
      for (const each of taken) each.destroy();
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
  /** Writes it down; its number is by its arrival: others may arrive before it is handed over. */
  const arrived = (request: IncomingMessage) => {
    const { method = "", url = "", rawHeaders } = request;
    const login = request.headers["x-registry-auth"];
    const call: Call = {
      method,
      url,
      headers: rawHeaders.join("\n"),
      body: "",
      ...(login ? { login: Buffer.from(String(login), "base64url").toString() } : {}),
    };
    calls.push(call);
    const number = self.writes().length;
    const handedOver = () => {
      if (isWrite(call)) self.onWrite(call, number);
    };
    const fault = self.fault(call, calls.length);
    return { call, fault, cutAfter: self.cutAfter(call), handedOver };
  };
  const server = http.createServer((request, response) => {
    const { call, fault, cutAfter, handedOver } = arrived(request);
    request.on("data", (part: Buffer) => {
      call.body += part.toString("latin1");
    });
    if (fault === "cut before") request.socket.destroy();
    else if (typeof fault === "number") refuse(response, fault);
    else forward(engine, request, response, { fault, cutAfter }, handedOver);
  });
  // A connection that is taken over: what it carries is nobody's business.
  server.on("upgrade", (request: IncomingMessage, client: Socket, head: Buffer) => {
    const { fault, handedOver } = arrived(request);
    taken.add(client.on("error", () => {}));
    if (fault === "cut before") return client.destroy();
    if (typeof fault === "number") return client.end(`HTTP/1.1 ${fault} Injected\r\n\r\n`);
    const onward = connect({ path: engine }, () => {
      onward.write(`${request.method} ${request.url} HTTP/1.1\r\n`);
      const { rawHeaders: raw } = request;
      for (let at = 0; at < raw.length; at += 2) onward.write(`${raw[at]}: ${raw[at + 1]}\r\n`);
      onward.write("\r\n");
      onward.write(head);
      client.pipe(onward).pipe(client);
      handedOver();
      if (fault === "cut after" || fault === "truncated")
        onward.once("data", () => client.destroy());
    });
    onward.on("error", () => client.destroy());
    onward.on("close", () => client.destroy());
    client.on("close", () => {
      onward.destroy();
      taken.delete(client);
    });
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return self;
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ message: `injected ${status}` }));
}

function forward(
  socketPath: string,
  request: IncomingMessage,
  response: ServerResponse,
  mishap: { readonly fault: Fault | undefined; readonly cutAfter: number | undefined },
  handedOver: () => void,
): void {
  const { method, url, headers } = request;
  const onward = http.request({ socketPath, method, path: url, headers });
  onward.on("response", (answer) => {
    if (mishap.fault === "cut after") {
      // The engine has acted once its answer has ended.
      answer.resume().on("close", () => response.destroy());
      return;
    }
    const pass = () => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      // Who waits for events waits for the headers first.
      response.flushHeaders();
      let left = mishap.fault === "truncated" ? 1 : (mishap.cutAfter ?? Number.POSITIVE_INFINITY);
      answer.on("data", (part: Buffer) => {
        response.write(part.subarray(0, left));
        left -= part.length;
        if (left <= 0) response.destroy();
      });
      answer.on("end", () => (mishap.fault === "truncated" ? response.destroy() : response.end()));
      answer.on("error", () => response.destroy());
    };
    if (mishap.fault === "slow") setTimeout(pass, SLOW);
    else pass();
  });
  onward.on("error", () => response.destroy());
  // A client that is gone is gone for the engine too.
  response.on("close", () => onward.destroy());
  request.on("end", () => setImmediate(handedOver));
  request.pipe(onward);
}
