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

/** How long a lock may take to be regained after the engine was away, in milliseconds. */
const REGAIN = 60_000;

/** Not every proxy before an engine lets a connection be taken over. */
const ATTACH = 10_000;

/**
 * Others remove a lock that was not started within 15 s: before that, in milliseconds, nothing more
 * is done until it has been.
 */
const UNPROVEN = 8_000;

/** A lease, and the check that it puts before every step. */
export interface Held extends Lease {
  /** Of the container that was made for it. */
  readonly id: string;
  /** Resolves while the lock is held; waits while it is being regained; rejects once it is lost. */
  held(): Promise<void>;
}

/**
 * Takes the lock, and keeps it. The name alone excludes others, so the run goes on at once; the
 * program that proves that this process lives is started meanwhile. Should the engine go away, the
 * lock goes with it, and is taken again when the engine is back, unless somebody else has it then.
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
    // An engine that is going down still answers some calls.
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
      // Of a container that was removed before its start, an engine never ends it.
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
      // Started, it ends by itself: nobody has to wait for that.
      if (!started) await removeLock(client, id).catch(() => {});
    },
  };
}

/** Connects to the program's input, then starts it; given up only by `release`. */
async function prove(client: Client, id: string, opened: (line: Duplex) => void): Promise<boolean> {
  const query = { stream: true, stdin: true, stdout: true };
  const line = await client.hijack("POST", path`/containers/${id}/attach`, {
    query,
    deadline: ATTACH,
  });
  // What the connection has to say is said by its end.
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

/** The engine will not run it, now or later; a lock that is gone is another matter. */
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
