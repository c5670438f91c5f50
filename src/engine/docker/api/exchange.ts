import http, { type Agent, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { type Duplex, pipeline, type Readable } from "node:stream";
import {
  broken,
  type Called,
  connectionError,
  type EngineError,
  type Phase,
} from "../errors/engine-error.ts";
import { after } from "./time-limit.ts";

/** One HTTP request, with its limits. */
export interface Call extends Called {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the response's head, and again until its end; `Infinity` for no limit. */
  readonly deadline: number;
}

/** The content of a request and the connections to use. */
export interface Message {
  readonly agent: Agent;
  readonly host: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer | Readable | undefined;
  /** Return the connection itself when the engine switches protocols. */
  readonly hijack: boolean;
  /** True once the client is closed; a destroyed agent would otherwise connect again. */
  closed(): boolean;
}

/** Calls `give` at most once per start: at the deadline, or when the call's signal aborts. */
function watch(call: Call, give: (code: "timeout" | "interrupted", why: string) => void) {
  let cancel = () => {};
  const interrupted = () => give("interrupted", "interrupted");
  call.signal?.addEventListener("abort", interrupted, { once: true });
  return {
    start(ms: number): void {
      cancel();
      cancel = after(ms, () => give("timeout", `no answer within ${ms / 1000} s`));
    },
    pause: () => cancel(),
    stop(): void {
      cancel();
      call.signal?.removeEventListener("abort", interrupted);
    },
  };
}

/** Sends a request. Resolves with the response's head, whatever its status. */
export function open(call: Call, message: Message): Promise<IncomingMessage | Duplex> {
  return new Promise((resolve, reject) => {
    let phase: Phase = "connect";
    let settled = false;
    const { body, hijack, closed, ...where } = message;
    if (closed()) return reject(broken(call, phase, "interrupted", "the client is closed"));
    const request = http.request({ ...where, method: call.method });
    const limit = watch(call, (code, why) => fail(broken(call, phase, code, why)));
    const settle = (result: () => void) => {
      if (settled) return;
      settled = true;
      limit.stop();
      result();
    };
    const fail = (error: EngineError) => {
      // A response that has begun reports its own failure; destroying the request would lose it.
      if (settled) return;
      settle(() => reject(error));
      request.destroy();
    };
    request.on("socket", (socket) => {
      // Waiting for a pooled connection does not count: the call that uses it has its own deadline.
      if (!settled) limit.start(call.deadline);
      const ready = "encrypted" in socket ? "secureConnect" : "connect";
      if (socket.connecting) socket.once(ready, () => (phase = "sent"));
      else phase = "sent";
    });
    request.on("error", (cause: NodeJS.ErrnoException) => {
      // The engine closed an idle connection as the request took it. A read can be sent again
      // safely.
      const stale = request.reusedSocket && phase === "sent" && /^(GET|HEAD)$/.test(call.method);
      if (stale && /^(ECONNRESET|EPIPE)$/.test(cause.code ?? ""))
        settle(() => resolve(open(call, message)));
      else fail(connectionError(call, cause.code === "SSH" ? "connect" : phase, cause));
    });
    request.on("response", (response) => settle(() => resolve(response)));
    if (hijack)
      request.on("upgrade", (_response, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        settle(() => resolve(socket));
      });
    if (call.signal?.aborted) fail(broken(call, phase, "interrupted", "interrupted"));
    else if (body === undefined || typeof body === "string" || Buffer.isBuffer(body))
      request.end(body);
    else pipeline(body, request, () => {});
  });
}

/** False for a connection that was taken over. */
export function isResponse(opened: IncomingMessage | Duplex): opened is IncomingMessage {
  return "statusCode" in opened;
}

/** Reads the whole body. Rejects if the connection ends early. */
export function collect(response: IncomingMessage, call: Call): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const fail = (error: EngineError) => {
      limit.stop();
      reject(error);
      response.destroy();
    };
    const limit = watch(call, (code, why) => fail(broken(call, "body", code, why)));
    limit.start(call.deadline);
    response.on("data", (part: Buffer) => parts.push(part));
    response.on("error", (cause) => fail(connectionError(call, "body", cause)));
    const cut = () => fail(broken(call, "body", "cut", "the answer was cut short"));
    response.on("close", () => {
      if (response.complete) limit.stop();
      else cut();
    });
    response.on("end", () => {
      if (!response.complete) return cut();
      limit.stop();
      resolve(Buffer.concat(parts));
    });
    if (call.signal?.aborted) fail(broken(call, "body", "interrupted", "interrupted"));
    // The stream was closed before a listener was added.
    else if (response.destroyed && !response.complete) cut();
  });
}

/**
 * Yields the body piece by piece until it ends.
 * @param idle milliseconds without data after which the connection counts as lost; `Infinity` for
 *   no limit
 */
export function pieces(
  response: IncomingMessage,
  call: Call,
  idle: number,
): AsyncGenerator<Buffer> {
  let given: EngineError | undefined;
  const give = (code: "timeout" | "interrupted", why: string) => {
    given ??= broken(call, "body", code, why);
    response.destroy(given);
  };
  const limit = watch(call, give);
  if (call.signal?.aborted) give("interrupted", "interrupted");
  response.on("error", () => {});
  response.on("close", () => limit.stop());
  return (async function* () {
    const parts = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    try {
      for (;;) {
        // The time limit applies to the engine, not to a slow reader.
        limit.start(idle);
        const part = await parts.next();
        limit.pause();
        if (part.done) break;
        yield part.value;
      }
    } catch (cause) {
      throw given ?? connectionError(call, "body", cause);
    } finally {
      limit.stop();
      response.destroy();
    }
  })();
}

/**
 * Parses a body as JSON; `undefined` if empty. @throws EngineError if it is not JSON, such as a
 * proxy's HTML page
 */
export function parseJson(body: Buffer, call: Call): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw broken(
      call,
      "body",
      "not-json",
      "the answer is not JSON; is that a Docker engine?",
      cause,
    );
  }
}

/** The engine's message in an error response. */
export function refusalText(body: Buffer): string {
  const text = body.toString();
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message : text;
  } catch {
    return text;
  }
}
