import type { LockHolder } from "../../../model/lock.ts";
import type { LockRequest } from "../../engine.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";
import { engineTime } from "../api/queries.ts";
import { EngineError } from "../errors/engine-error.ts";
import { backoff, type Clock } from "../retry/backoff.ts";
import { retried, withPatience } from "../retry/retry.ts";
import { createLock, type FoundLock, findLock, removeLock } from "./lock-container.ts";
import { lockName } from "./lock-name.ts";

/**
 * Milliseconds after its creation in which a lock's container must start, or it counts as
 * abandoned.
 */
const UNSTARTED = 15_000;
/** Milliseconds without a container behind a taken name, after which the name counts as leaked. */
const LEAKED = 5_000;

export interface Acquiring extends LockRequest {
  /** Identifies this run's lock if the response to its creation was lost. */
  readonly token: string;
  /** Set to regain a lost lock: then no other holder is waited for. */
  readonly again?: boolean;
  /** Called before each attempt. */
  making(): void;
}

/**
 * Creates the lock of a stack, waiting for its holder. Removes abandoned locks: containers that
 * have exited, or were never started. Returns the container's ID. @throws EngineError `locked`
 * after the timeout
 */
export async function acquire(client: Client, clock: Clock, task: Acquiring): Promise<string> {
  const { claim, token, signal } = task;
  const name = lockName(claim.stack);
  const again = <T>(run: () => Promise<T>) => retried(run, withPatience, clock, signal);
  const began = clock.now();
  let unseen = began;
  let told = "";
  for (let tries = 0; ; tries++) {
    const id = await again(() => {
      task.making();
      return createLock(client, claim, token, signal);
    });
    if (id) return id;
    const found = await again(() => findLock(client, name, signal));
    // The response was lost, but the container was created.
    if (found?.token === token) return found.id;
    if (!found && clock.now() - unseen > LEAKED) throw leaked(name);
    if (found) unseen = clock.now();
    if (found && (await again(() => isDebris(client, found, signal)))) {
      await again(() => removeLock(client, found.id, signal));
    } else if (found) {
      if (task.again || clock.now() - began >= task.timeout) throw locked(found.holder);
      // A run that has just ended holds its lock for some tenths of a second: not worth a message.
      if (tries > 2 && told !== found.id) {
        task.waiting(found.holder);
        told = found.id;
      }
    }
    const left = task.timeout - (clock.now() - began);
    await clock.sleep(Math.min(backoff(Math.min(tries, 4), clock), Math.max(left, 50)), signal);
  }
}

async function isDebris(client: Client, { status, holder }: FoundLock, signal: AbortSignal) {
  if (status === "exited" || status === "dead") return true;
  if (status !== "created") return false;
  return (await engineTime(client, signal)) - Date.parse(holder.since) > UNSTARTED;
}

function locked(holder: LockHolder): EngineError {
  const { stack, operation, user, host, pid, since, id } = holder;
  return new EngineError({
    code: "locked",
    message: `${stack} is locked by ${user} on ${host} (${operation}, process ${pid}, since ${since})`,
    hint: `Wait for it with --lock-timeout. If that run is dead for certain: stack force-unlock ${id}`,
    operation: "POST /containers/create",
    phase: "body",
    retry: "no",
  });
}

function leaked(name: string): EngineError {
  return new EngineError({
    code: "name-leaked",
    message: `the engine holds the name ${name} for a container that no longer exists`,
    hint: "Only a restart of the engine frees it (moby issue 37698).",
    operation: "POST /containers/create",
    phase: "body",
    retry: "no",
  });
}

/** The holder of the lock with the given ID. */
export async function holderOf(client: Client, id: string, signal: AbortSignal) {
  return (await findLock(client, id, signal))?.holder;
}

/** A signal without effect in the container; the engine's record of it marks a forced unlock. */
const NOTICE = "SIGUSR1";
const NOTICE_NUMBER = "10";

/** Force-unlocks, so that the holder can distinguish it from an engine restart. */
export async function unlock(
  client: Client,
  holder: LockHolder,
  signal: AbortSignal,
): Promise<void> {
  const found = await findLock(client, holder.id, signal);
  if (!found) return;
  const query = { signal: NOTICE };
  await client.post(path`/containers/${found.id}/kill`, undefined, {
    query,
    accept: [404, 409],
    signal,
  });
  await removeLock(client, found.id, signal);
}

/** True if the lock was force-unlocked; a restarted engine has no events of before. */
export async function wasForceUnlocked(
  client: Client,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  const now = await engineTime(client, signal);
  const filters = JSON.stringify({ container: [id], event: ["kill"] });
  const events = await client.progress("GET", path`/events`, {
    query: { since: "0", until: (now / 1000).toFixed(3), filters },
    signal,
  });
  for await (const { Actor } of events) {
    const { Attributes } = (Actor ?? {}) as { Attributes?: Record<string, string> };
    if (Attributes?.signal === NOTICE_NUMBER) return true;
  }
  return false;
}
