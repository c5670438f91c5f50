import type { Duplex } from "node:stream";
import { HTTPParser } from "http-parser-js";

/** A response, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/**
 * Pipelined GET requests over a few connections (RFC 9112, section 9.3.2). In Node's own client a
 * request costs 0.5 ms of processor time, more than in the engine; here, a third of that.
 */
export interface Reads {
  /**
   * Sends a request. `undefined` if no response arrived for any reason; the read can be sent again.
   * @param target path, with the API's version, and query
   */
  get(target: string, signal: AbortSignal | undefined): Promise<Answer | undefined>;
  close(): void;
}

interface Asked {
  readonly target: string;
  answered(answer: Answer | undefined): void;
}

interface Line {
  /** Sends all requests of a batch, in order. */
  take(batch: readonly Asked[]): void;
  end(): void;
}

interface Events {
  /** Every request of the batch is answered. */
  done(): void;
  /** The engine closed the connection while no request was pending. */
  gone(): void;
  /** Pending requests will not be answered. */
  failed(): void;
}

/** Number of connections. The engine serves the requests of one connection sequentially. */
const CONNECTIONS = 4;
/** Pending requests per connection: enough to keep the engine busy while responses are handled. */
const DEPTH = 8;
/** Milliseconds without data after which pending requests fail: a proxy may have lost data. */
const QUIET = 5_000;
/** Visible ASCII: no line end that could begin another request. */
const TARGET = /^\/[!-~]*$/;

/**
 * @param host value of the Host header
 * @param prefix prepended to every path
 */
export function reads(dialer: () => Duplex, host: string, prefix: string): Reads {
  const waiting: Asked[] = [];
  const lines = new Set<Line>();
  const idle = new Set<Line>();
  const signals = new Set<AbortSignal>();
  let over = false;

  const end = (): void => {
    over = true;
    for (const signal of signals) signal.removeEventListener("abort", end);
    for (const line of lines) line.end();
    lines.clear();
    for (const each of waiting.splice(0)) each.answered(undefined);
  };
  const opened = (): Line => {
    const line = lineTo(dialer(), host, {
      done() {
        idle.add(line);
        dispatch();
      },
      gone() {
        lines.delete(line);
        idle.delete(line);
      },
      failed: end,
    });
    lines.add(line);
    return line;
  };
  const dispatch = (): void => {
    while (waiting.length > 0) {
      const free = CONNECTIONS - lines.size + idle.size;
      if (free === 0) return;
      const share = Math.min(DEPTH, Math.ceil(waiting.length / free));
      const [line = opened()] = idle;
      idle.delete(line);
      line.take(waiting.splice(0, share));
    }
  };
  return {
    get(target, signal) {
      const whole = `${prefix}${target}`;
      if (over || signal?.aborted || !TARGET.test(whole)) return Promise.resolve(undefined);
      if (signal && !signals.has(signal)) {
        signals.add(signal);
        signal.addEventListener("abort", end, { once: true });
      }
      return new Promise((answered) => {
        // Requests made together are distributed together.
        if (waiting.push({ target: whole, answered }) === 1) queueMicrotask(dispatch);
      });
    },
    close: end,
  };
}

function lineTo(socket: Duplex, host: string, { done, gone, failed }: Events): Line {
  let asked: Asked[] = [];
  let status = 0;
  let parts: Buffer[] = [];
  let quiet: NodeJS.Timeout | undefined;
  const fail = (): void => {
    if (asked.length > 0) failed();
  };
  const parser = new HTTPParser(HTTPParser.RESPONSE);
  parser[HTTPParser.kOnHeadersComplete] = ({ statusCode }) => {
    status = statusCode;
    parts = [];
  };
  parser[HTTPParser.kOnBody] = (part) => {
    parts.push(part);
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    // An interim or unexpected response: later responses can no longer be matched to requests.
    const [first, ...rest] = asked;
    if (!first || status < 200) return failed();
    asked = rest;
    first.answered({ status, body: Buffer.concat(parts) });
    if (rest.length > 0) return;
    clearTimeout(quiet);
    done();
  };
  socket.on("data", (part: Buffer) => {
    quiet?.refresh();
    if (typeof parser.execute(part) !== "number") fail();
  });
  socket.on("error", fail);
  socket.on("close", () => (asked.length > 0 ? failed() : gone()));
  return {
    take(batch) {
      asked = [...batch];
      quiet = setTimeout(failed, QUIET);
      const requests = batch.map(({ target }) => `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      socket.write(requests.join(""), "latin1");
    },
    end() {
      clearTimeout(quiet);
      socket.destroy();
      for (const each of asked.splice(0)) each.answered(undefined);
    },
  };
}
