import { record, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";
import { after } from "../api/time-limit.ts";

/** Of a container that ran before a plan. */
export interface Former {
  /** Restarts by the engine that do not count. */
  readonly restarts: number;
  /** It was between two runs when it was first looked at. */
  readonly wasRestarting: boolean;
}

/** The engine's events, as hints that a container is worth another look. */
export interface Watch {
  /**
   * Calls `look` now, and again whenever something happens to the container, until it gives a
   * value. Every 10 s it looks anyway: events can be lost.
   */
  until<T>(container: string, look: () => Promise<T | undefined>, signal: AbortSignal): Promise<T>;
  /**
   * Calls `look` whenever something happens to the container, by its id or its present name, and not
   * otherwise, until `over` is aborted; ends at once where `look` rejects.
   */
  during(
    container: string,
    look: () => Promise<unknown>,
    over: AbortSignal,
    signal: AbortSignal,
  ): Promise<void>;
  /** By id: those that were awaited, as they were at the first look. */
  readonly former: Map<string, Former>;
  close(): void;
}

const EVENTS = ["health_status", "die", "start", "destroy", "oom"];
const LOOK_ANYWAY = 10_000;

/** One stream of events serves all who wait; it is opened by the first. */
export function watch(client: Client): Watch {
  const stopped = new AbortController();
  const waiting = new Map<string, Set<() => void>>();
  let opened: Promise<void> | undefined;

  const wake = (...containers: readonly string[]) => {
    for (const each of containers) for (const notify of waiting.get(each) ?? []) notify();
  };
  const open = async () => {
    const events = await client.progress("GET", path`/events`, {
      query: { filters: JSON.stringify({ type: ["container"], event: EVENTS }) },
      // An engine answers at once, though it has nothing to tell yet.
      deadline: LOOK_ANYWAY,
      signal: stopped.signal,
    });
    const pump = async () => {
      for await (const event of events) {
        const { ID, Attributes } = record((event as JsonObject).Actor);
        wake(text(ID), text(record(Attributes).name));
      }
    };
    // A stream that breaks is opened again by the next look; those who wait look at once.
    const ended = () => {
      opened = undefined;
      wake(...waiting.keys());
    };
    pump().then(ended, ended);
  };
  const listen = (container: string) => {
    const happened = Promise.withResolvers<void>();
    const set = waiting.get(container) ?? new Set();
    waiting.set(container, set.add(happened.resolve));
    return { happened: happened.promise, leave: () => set.delete(happened.resolve) };
  };
  const listening = () => {
    opened ??= open().catch(() => {
      opened = undefined;
    });
    return opened;
  };

  return {
    async until(container, look, signal) {
      for (;;) {
        const { happened, leave } = listen(container);
        try {
          await race(listening(), signal);
          const value = await look();
          if (value !== undefined) return value;
          await race(happened, signal);
        } finally {
          leave();
        }
      }
    },
    async during(container, look, over, signal) {
      const ended = AbortSignal.any([over, signal]);
      let heard = listen(container);
      try {
        for (;;) {
          await race(listening(), ended);
          await race(heard.happened, ended, Number.POSITIVE_INFINITY);
          heard.leave();
          // What happens during the look is worth another one.
          heard = listen(container);
          await look();
        }
      } catch (error) {
        if (signal.aborted || !over.aborted) throw error;
      } finally {
        heard.leave();
      }
    },
    former: new Map(),
    close: () => stopped.abort(),
  };
}

/** @param longest milliseconds after which it ends all the same */
async function race(
  happened: Promise<void>,
  signal: AbortSignal,
  longest = LOOK_ANYWAY,
): Promise<void> {
  let cancel = () => {};
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  const anyway = new Promise<void>((resolve) => {
    cancel = after(longest, resolve);
  });
  try {
    signal.throwIfAborted();
    await Promise.race([happened, anyway, aborted]);
  } finally {
    cancel();
    signal.removeEventListener("abort", stop);
  }
}
