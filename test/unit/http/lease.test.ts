import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { expect, test, vi } from "vitest";
import { lease } from "../../../src/engine/docker/lock/lease.ts";
import type { Clock } from "../../../src/engine/docker/retry/backoff.ts";
import type { LockRequest } from "../../../src/engine/engine.ts";
import { type Served, withEngine } from "./support.ts";

const pace: Clock = { now: Date.now, random: Math.random, sleep: async () => {} };

const locking = (): LockRequest => ({
  claim: {
    stack: "shop",
    operation: "apply",
    user: "kim",
    host: "here",
    pid: 1,
    version: "1.0.0",
  },
  timeout: 0,
  signal: new AbortController().signal,
  waiting: () => {},
});

/** How many calls of a kind fare badly before the first that does well. */
interface Mishaps {
  /** Starts that are cut off. */
  readonly starts?: number;
  /** Creations that the engine is too busy for. */
  readonly busy?: number;
  /** Creations whose answer is lost. */
  readonly unanswered?: number;
}

interface Locked {
  /** The connections to the inputs of locks. */
  readonly lines: readonly Duplex[];
  /** How often something was asked: `POST /containers/create`. */
  count(call: string): number;
  take(): ReturnType<typeof lease>;
}

/** An engine's answers to all that a lock needs; it gives a name to one container only. */
async function withLock(mishaps: Mishaps, use: (locked: Locked) => Promise<void>): Promise<void> {
  const left = { starts: 0, busy: 0, unanswered: 0, ...mishaps };
  const lines: Duplex[] = [];
  const all: string[] = [];
  let sent: Served["seen"] = [];
  let lock: { readonly id: string; readonly body: string } | undefined;
  const create = (response: ServerResponse): void => {
    if (left.busy-- > 0) return void response.writeHead(503).end();
    if (lock) {
      response.writeHead(409).end('{"message":"the name is already in use by container abc"}');
      return;
    }
    lock = { id: `made${all.length}`, body: sent.at(-1)?.body ?? "" };
    if (left.unanswered-- > 0) return void response.destroy();
    response.writeHead(201).end(JSON.stringify({ Id: lock.id }));
  };
  const inspect = (response: ServerResponse): void => {
    if (!lock) return void response.writeHead(404).end();
    const { id, body } = lock;
    const json = { Id: id, Name: "/stackwright-lock.shop", State: { Status: "created" } };
    response.end(JSON.stringify({ ...json, Config: JSON.parse(body) }));
  };
  await withEngine(
    ({ method, url = "" }, response) => {
      const call = `${method} ${url.replace(/\?.*/s, "").replace("/v1.41", "")}`;
      all.push(call);
      if (call.endsWith("/start") && left.starts-- > 0) return void response.destroy();
      if (call.endsWith("/create")) return create(response);
      if (call.endsWith("/json")) return inspect(response);
      if (method === "DELETE") lock = undefined;
      if (call.endsWith("/_ping")) return void response.end("OK");
      if (call.endsWith("/info")) return void response.end('{"SystemTime":"2026-01-01T00:00:00Z"}');
      response.writeHead(method === "GET" ? 200 : 204).end();
    },
    async ({ client, server, seen }) => {
      sent = seen;
      server.on("upgrade", (_request, line) => {
        lines.push(line.on("error", () => {}).resume());
        line.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
      });
      const count = (call: string) => all.filter((each) => each === call).length;
      await use({ lines, count, take: () => lease(client, pace, locking()) });
    },
  );
}

const CREATE = "POST /containers/create";

test("a lock that was not started is made anew, and none of its connections outlives the lease", async () => {
  await withLock({ starts: 1 }, async ({ lines, take }) => {
    const held = await take();
    await vi.waitFor(() => expect(lines).toHaveLength(2));
    await held.release();
    await vi.waitFor(() => expect(lines.map((line) => line.readableEnded)).toEqual([true, true]));
  });
});

test("a lock for which the engine was too busy is asked for again", async () => {
  await withLock({ busy: 2 }, async ({ take, count }) => {
    await (await take()).release();
    expect(count(CREATE)).toBe(3);
  });
});

test("a lock of which only the answer was lost is known for one's own", async () => {
  await withLock({ unanswered: 1 }, async ({ take, count }) => {
    await (await take()).release();
    expect(count(CREATE)).toBe(2);
    expect(count("GET /containers/stackwright-lock.shop/json")).toBe(1);
  });
});
