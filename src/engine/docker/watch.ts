import type { Client } from "./client.ts";
import { path } from "./path.ts";

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

  const wake = (id?: string) => {
    const sets = id === undefined ? [...waiting.values()] : [waiting.get(id) ?? new Set()];
    for (const set of sets) for (const notify of set) notify();
  };
  const open = async () => {
    const events = await client.progress("GET", path`/events`, {
      query: { filters: JSON.stringify({ type: ["container"], event: EVENTS }) },
      // An engine answers at once, though it has nothing to tell yet.
      deadline: LOOK_ANYWAY,
      signal: stopped.signal,
    });
    const pump = async () => {
      for await (const event of events)
        wake((event as { id?: string; Actor?: { ID?: string } }).Actor?.ID);
    };
    // A stream that breaks is opened again by the next look; those who wait look at once.
    const ended = () => {
      opened = undefined;
      wake();
    };
    pump().then(ended, ended);
  };

  return {
    async until(container, look, signal) {
      for (;;) {
        let notify = () => {};
        const happened = new Promise<void>((resolve) => {
          notify = resolve;
        });
        const set = waiting.get(container) ?? new Set();
        waiting.set(container, set.add(notify));
        try {
          opened ??= open().catch(() => {
            opened = undefined;
          });
          await race(opened, signal);
          const value = await look();
          if (value !== undefined) return value;
          await race(happened, signal);
        } finally {
          set.delete(notify);
        }
      }
    },
    former: new Map(),
    close: () => stopped.abort(),
  };
}

async function race(happened: Promise<void>, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  const anyway = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LOOK_ANYWAY);
  });
  try {
    signal.throwIfAborted();
    await Promise.race([happened, anyway, aborted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
