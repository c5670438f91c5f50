import type { Duplex } from "node:stream";
import { expect, test, vi } from "vitest";
import { lease } from "../../src/engine/docker/lease.ts";
import type { Pace } from "../../src/engine/docker/pace.ts";
import type { Locking } from "../../src/engine/engine.ts";
import { withEngine } from "./support.ts";

const pace: Pace = { now: Date.now, random: Math.random, sleep: async () => {} };

const locking = (): Locking => ({
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

/** An engine's answers to all that a lock needs; a start is cut off so many times first. */
async function withLock(
  cuts: number,
  use: (lines: readonly Duplex[], take: () => ReturnType<typeof lease>) => Promise<void>,
): Promise<void> {
  const lines: Duplex[] = [];
  let starts = 0;
  let made = 0;
  await withEngine(
    (request, response) => {
      const { method, url = "" } = request;
      if (url.includes("/start") && starts++ < cuts) return void response.destroy();
      if (url.includes("/create")) return response.writeHead(201).end(`{"Id":"${++made}"}`);
      if (url.includes("/info")) return response.end('{"SystemTime":"2026-01-01T00:00:00Z"}');
      if (url.includes("/events")) return response.end();
      if (url.includes("/_ping")) return response.end("OK");
      return response.writeHead(method === "GET" ? 404 : 204).end();
    },
    async ({ client, server }) => {
      // A client that is gone counts as such by a reset as well as by an end.
      server.on("upgrade", (_request, line) => {
        lines.push(line.on("error", () => {}).resume());
        line.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
      });
      await use(lines, () => lease(client, pace, locking()));
    },
  );
}

test("a lock that was not started is made anew, and none of its connections outlives the lease", async () => {
  await withLock(1, async (lines, take) => {
    const held = await take();
    await vi.waitFor(() => expect(lines).toHaveLength(2));
    await held.release();
    await vi.waitFor(() => expect(lines.map((line) => line.readableEnded)).toEqual([true, true]));
  });
});
