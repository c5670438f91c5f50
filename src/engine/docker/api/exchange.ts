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
  /** Milliseconds until the head of the answer, and again until its end; `Infinity`: none. */
  readonly deadline: number;
}

/** What is sent, and over which connections. */
export interface Message {
  readonly agent: Agent;
  readonly host: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer | Readable | undefined;
  /** Hand over the connection itself once the engine switches protocols. */
  readonly hijack: boolean;
  /** Nobody wants answers any more; the agent, though destroyed, would connect anew. */
  closed(): boolean;
}

/** Tells at most once per start when time is up, or that the call's signal aborted. */
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

/** Sends a request; resolves with the head of the answer, whatever its status. */
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
      // An answer that has begun tells its own end; a request that is destroyed would throw it away.
      if (settled) return;
      settle(() => reject(error));
      request.destroy();
    };
    request.on("socket", (socket) => {
      // Waiting for a pooled connection doesn't count: whoever holds it has a deadline.
      if (!settled) limit.start(call.deadline);
      const ready = "encrypted" in socket ? "secureConnect" : "connect";
      if (socket.connecting) socket.once(ready, () => (phase = "sent"));
      else phase = "sent";
    });
    request.on("error", (cause: NodeJS.ErrnoException) => {
      // The engine closed an idle connection just as we took it; a read may simply be sent again.
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

/** Not a connection that was handed over. */
export function isResponse(opened: IncomingMessage | Duplex): opened is IncomingMessage {
  return "statusCode" in opened;
}

/** The whole body. Rejects where the connection ends before the body does. */
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
    // It was closed before anybody listened.
    else if (response.destroyed && !response.complete) cut();
  });
}

/**
 * The body piece by piece, for as long as it lasts.
 * @param idle milliseconds without a byte after which the engine counts as gone; `Infinity`: none
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
        // Only the engine's silence counts, not the time that the reader takes.
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

/** A body as JSON, `undefined` where it is empty; a proxy's page of HTML is an error. */
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

/** The engine's own words in an answer that refuses. */
export function refusalText(body: Buffer): string {
  const text = body.toString();
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message : text;
  } catch {
    return text;
  }
}
