import type { Lease } from "../../engine/engine.ts";
import type { LockHolder } from "../../model/lock.ts";
import { sanitize } from "../../render/words/sanitize.ts";
import type { CliHost } from "../host/host.ts";
import { version } from "../host/version.ts";
import type { Prepared } from "./approved-plan.ts";
import { moved, refuseStale } from "./stale-plan.ts";

export interface LockSettings {
  readonly lock: boolean;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/**
 * Does `work` while nobody else works on the stack. Between the plan that was read and the lock
 * another run may have been here: then the plan is refused, or, agreed to in advance, made anew.
 */
export async function underLock<T>(
  prepared: Prepared,
  settings: LockSettings,
  host: CliHost,
  work: (prepared: Prepared, lost?: AbortSignal) => Promise<T>,
): Promise<T> {
  const current = () => fresh(prepared, host);
  if (!settings.lock) return work(await current());
  const told = () => host.err("Interrupted: nothing is begun. Again to leave at once.\n");
  return host.interrupts.guard(told, async () => {
    const lease = await take(prepared, settings, host);
    try {
      return await work(await current(), lease.lost);
    } finally {
      await lease.release();
    }
  });
}

function take(prepared: Prepared, settings: LockSettings, host: CliHost): Promise<Lease> {
  const { plan, engine } = prepared;
  const { runner, interrupts } = host;
  return engine.lock({
    claim: { stack: plan.stack, operation: plan.purpose, ...runner, version },
    timeout: settings.lockTimeout,
    signal: interrupts.signal,
    waiting: (holder) => host.err(waitingText(holder, settings.lockTimeout)),
  });
}

function waitingText(holder: LockHolder, timeout: number): string {
  const { stack, operation, user, host, pid, since, id } = holder;
  const who = `${sanitize(user)} on ${sanitize(host)} (process ${pid}, since ${sanitize(since)})`;
  const most = `at most ${Math.round(timeout / 1000)} s`;
  return `Waiting for the lock of ${sanitize(stack)}, ${most}: ${operation} by ${who}. Lock ${id}.\n`;
}

/** The same plan while it still holds; else one made anew, where that was agreed to. */
async function fresh(prepared: Prepared, host: CliHost): Promise<Prepared> {
  const { replan } = prepared;
  if (!replan) {
    await refuseStale(prepared, host);
    return prepared;
  }
  const changes = await moved(prepared, host);
  if (changes.length === 0) return prepared;
  host.err(`The engine has changed meanwhile: ${changes.join(", ")}. This is the plan now:\n`);
  return { ...prepared, plan: await replan() };
}
