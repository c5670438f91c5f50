import { afterEach, expect, test, vi } from "vitest";
import type { EngineError } from "../../../../src/engine/docker/errors/engine-error.ts";
import { type Watch, watch } from "../../../../src/engine/docker/operations/container-watch.ts";
import { withEngine } from "../support.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** Events of an engine that never begins to answer. */
async function silent(use: (events: Watch, asked: () => number) => Promise<void>): Promise<void> {
  await withEngine(
    () => {},
    async ({ client, seen }) => {
      const events = watch(client);
      await use(events, () => seen.length);
      events.close();
    },
  );
}

test("where no events come, one looks all the same", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  await silent(async (events, asked) => {
    let looks = 0;
    const look = async () => (++looks === 2 ? "ready" : undefined);
    const found = events.until("web", look, new AbortController().signal);
    while (asked() < 1) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(10_000);
    while (looks < 1) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(10_000);
    while (asked() < 2) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await found).toBe("ready");
  });
});

test("who waits for the first of them can be interrupted", async () => {
  await silent(async (events, asked) => {
    const stop = new AbortController();
    const look = async () => undefined;
    const waiting = events
      .until("web", look, stop.signal)
      .catch((error: EngineError) => error.name);
    await vi.waitFor(() => expect(asked()).toBe(1));
    stop.abort();
    expect(await waiting).toBe("AbortError");
  });
});
