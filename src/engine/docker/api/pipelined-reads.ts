import type { Duplex } from "node:stream";
import { HTTPParser } from "http-parser-js";

/** An answer as it came, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/**
 * GET requests that share a few connections, several under way on each (RFC 9112, section 9.3.2).
 * In Node's client each costs 0.5 ms of processor time, more than in the engine; here, a third
 * of that.
 */
export interface Reads {
  /**
   * `undefined`: no answer came in this way, for whatever reason; a read may simply be sent again.
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
  /** Asks all of them, in this order. */
  take(batch: readonly Asked[]): void;
  end(): void;
}

interface Events {
  /** All of a batch is answered. */
  done(): void;
  /** The other side has closed it, and nothing was under way. */
  gone(): void;
  /** What is under way will not be answered. */
  failed(): void;
}

/** An engine serves the requests of one connection one after another. */
const CONNECTIONS = 4;
/** Under way on each: enough that the engine never waits for us, and that we take turns with it. */
const DEPTH = 8;
/** Milliseconds without a byte: somebody on the way may have lost what came before its answers. */
const QUIET = 5_000;
/** Visible ASCII: nothing that could end a line, and so begin another request. */
const TARGET = /^\/[!-~]*$/;

/**
 * @param host as the header names it
 * @param prefix of every path
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
        // Those that are asked for together are shared out together.
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
    // An interim answer, or one to nothing: what is meant for whom is uncertain from here on.
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
