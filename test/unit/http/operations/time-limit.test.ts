import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { after, timeLimit } from "../../../../src/engine/docker/api/time-limit.ts";
import { watch } from "../../../../src/engine/docker/operations/container-watch.ts";
import { awaitCondition } from "../../../../src/engine/docker/operations/wait.ts";
import { withEngine } from "../support.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const HOUR = 3_600_000;
const NODES_LIMIT = 2 ** 31 - 1;

test.each([
  [0, 0],
  [0.0001, 1],
  [1.5, 2],
  [NODES_LIMIT, NODES_LIMIT],
  [NODES_LIMIT + 1, NODES_LIMIT + 1],
  [600 * HOUR, 600 * HOUR],
  [3 * 365 * 24 * HOUR, 3 * 365 * 24 * HOUR],
])("%d ms last %d ms", (ms, lasts) => {
  let over = 0;
  after(ms, () => over++);
  if (lasts > 0) vi.advanceTimersByTime(lasts - 1);
  expect(over).toBe(0);
  vi.advanceTimersByTime(1);
  expect({ over, timers: vi.getTimerCount() }).toEqual({ over: 1, timers: 0 });
});

test("an endless limit never comes, and a cancelled one neither", () => {
  const endless = timeLimit(Number.POSITIVE_INFINITY);
  const cancelled = timeLimit(10);
  cancelled.cancel();
  vi.advanceTimersByTime(10 * NODES_LIMIT);
  expect([endless.signal.aborted, cancelled.signal.aborted]).toEqual([false, false]);
  endless.cancel();
  expect(vi.getTimerCount()).toBe(0);
  const short = timeLimit(10);
  vi.advanceTimersByTime(10);
  expect(short.signal.reason).toMatchObject({ name: "TimeoutError" });
});

test("a container is awaited for 600 hours, not for a millisecond", async () => {
  let looks = 0;
  const health = () => (++looks === 1 ? "starting" : "healthy");
  await withEngine(
    ({ url }, answer) => {
      if (url?.includes("/events")) return;
      answer.end(JSON.stringify({ State: { Status: "running", Health: { Status: health() } } }));
    },
    async ({ client }) => {
      const events = watch(client);
      const task = {
        container: "c1",
        name: "web",
        condition: "healthy",
        met: () => {},
        advance: () => {},
      } as const;
      const signal = new AbortController().signal;
      let ended = false;
      const done = awaitCondition(client, events, { ...task, timeout: 600 * HOUR, signal }).finally(
        () => {
          ended = true;
        },
      );
      while (!ended) {
        await vi.advanceTimersByTimeAsync(1000);
        await new Promise(setImmediate);
      }
      await done;
      events.close();
    },
  );
  expect(looks).toBe(2);
});

test("every other timer runs for a fixed time", () => {
  const src = join(import.meta.dirname, "../../../../src");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith("time-limit.ts"),
  );
  const free = files.flatMap((file) => {
    const text = readFileSync(join(src, file), "utf8");
    const timeouts = [...text.matchAll(/AbortSignal\.timeout\(([^()]*)\)/g)];
    const timers = [...text.matchAll(/\bsetTimeout\((?:[^()]|\([^()]*\))*?,\s*([^(),]+)[,)]/g)];
    return [...timeouts, ...timers]
      .filter(([, ms = ""]) => !/^[A-Z_]+$/.test(ms))
      .map(([whole]) => `${file}: ${whole}`);
  });
  // Whoever runs a program there gives it a constant.
  expect(free.filter((each) => !each.startsWith("system/run-program.ts"))).toEqual([]);
});
