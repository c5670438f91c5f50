import type { Duplex } from "node:stream";
import type { Lease, LockRequest } from "../../engine.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";
import { EngineError } from "../errors/engine-error.ts";
import { answers } from "../operations/retry-step.ts";
import type { Clock } from "../retry/backoff.ts";
import { retried } from "../retry/retry.ts";
import { acquire, wasForceUnlocked } from "./acquire.ts";
import { removeLock } from "./lock-container.ts";

/** Milliseconds in which a lock must be regained after the engine was unreachable. */
const REGAIN = 60_000;

/** Milliseconds; some proxies do not allow a connection to be taken over. */
const ATTACH = 10_000;

/**
 * Milliseconds after which a step waits until the lock's container is started: other runs remove a
 * lock that has not started within 15 s.
 */
const UNPROVEN = 8_000;

/** A lease with the check that precedes every step. */
export interface Held extends Lease {
  /** ID of the container that was first created for the lock. */
  readonly id: string;
  /** Resolves while the lock is held; waits while it is being regained; rejects once it is lost. */
  held(): Promise<void>;
}

/**
 * Acquires the lock and keeps it. Its name alone excludes other runs, so this run continues at once
 * while the holder program, which lives as long as this process, is started. If the engine
 * restarts, the lock is acquired again, unless another run has it by then.
 */
export async function lease(client: Client, clock: Clock, locking: LockRequest): Promise<Held> {
  const token = clock.random().toString(36).slice(2) + clock.random().toString(36).slice(2);
  const lost = new AbortController();
  const over = new AbortController();
  let made = clock.now();
  const task = {
    ...{ ...locking, token },
    making: () => {
      made = clock.now();
    },
  };
  let proven = false;
  const first = await acquire(client, clock, task);
  let id = first;
  let regained: Promise<void> = Promise.resolve();
  let line: Duplex | undefined;
  let proof: Promise<boolean> = Promise.resolve(false);

  const regain = async (failure: unknown): Promise<void> => {
    const signal = over.signal;
    const anew = async () => {
      await answers(client, clock, REGAIN, signal);
      if (isFinal(failure)) throw failure;
      if (await wasForceUnlocked(client, id, signal)) throw takenAway(locking.claim.stack);
      await removeLock(client, id, signal);
      id = await acquire(client, clock, { ...task, again: true, signal });
    };
    // An engine that is shutting down still responds to some calls.
    await retried(anew, (_error, _failures, spent) => spent < REGAIN, clock, signal);
  };
  const keep = async (): Promise<void> => {
    while (!over.signal.aborted) {
      let failure: unknown;
      proof = prove(client, id, (opened) => {
        line = opened;
      }).catch((error: unknown) => {
        failure = error;
        return false;
      });
      proven = await proof;
      if (proven) await ended(line);
      proven = false;
      // The engine never closes the connection of a container that was removed before its start.
      line?.destroy();
      if (over.signal.aborted) return;
      regained = regain(failure);
      await regained;
    }
  };
  keep().catch((error: unknown) => {
    if (!over.signal.aborted) lost.abort(error);
  });
  return {
    id: first,
    lost: lost.signal,
    async held() {
      await regained;
      while (!proven && clock.now() - made > UNPROVEN) {
        await proof;
        await regained;
      }
    },
    async release() {
      over.abort();
      const started = await proof;
      line?.destroy();
      // Once started, the program exits by itself; its end is not awaited.
      if (!started) await removeLock(client, id).catch(() => {});
    },
  };
}

/** Connects to the holder program's input, then starts it. Only `release` aborts it. */
async function prove(client: Client, id: string, opened: (line: Duplex) => void): Promise<boolean> {
  const query = { stream: true, stdin: true, stdout: true };
  const line = await client.hijack("POST", path`/containers/${id}/attach`, {
    query,
    deadline: ATTACH,
  });
  // The end of the connection is the only signal.
  line.on("error", () => {}).resume();
  opened(line);
  await client.post(path`/containers/${id}/start`);
  return true;
}

function ended(line: Duplex | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!line || line.destroyed || line.readableEnded) return resolve();
    line.once("end", resolve).once("close", resolve);
  });
}

/** True if the engine can never run the program. A missing container (404) can be created again. */
function isFinal(failure: unknown): boolean {
  if (!(failure instanceof EngineError)) return failure !== undefined;
  if (failure.code === "timeout") return true;
  return failure.status !== undefined && failure.status !== 404 && failure.retry === "no";
}

function takenAway(stack: string): EngineError {
  return new EngineError({
    code: "lock-lost",
    message: `the lock of ${stack} was taken away (stack force-unlock)`,
    hint: "Nothing more was begun. Apply again, once nobody else works on this stack.",
    operation: "POST /containers/attach",
    phase: "body",
    retry: "no",
  });
}
