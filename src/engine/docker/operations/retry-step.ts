import type { Step } from "../../../model/plan.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";
import type { EngineError } from "../errors/engine-error.ts";
import { backoff, type Clock } from "../retry/backoff.ts";
import { isLost, isPassing, retried } from "../retry/retry.ts";
import { refuseLeakedName } from "./leaked-name.ts";
import { alreadyApplied } from "./outcomes.ts";

interface Persisting {
  readonly client: Client;
  readonly pace: Clock;
  readonly signal: AbortSignal;
  /** Before each attempt: whether we may still act at all. */
  gate(): Promise<void>;
  /** The engine was away for so many milliseconds. */
  absent(ms: number, warn: (message: string) => void): void;
  warn(message: string): void;
}

/**
 * Does a step, in spite of what passes: a refusal that holds for a moment only, a connection that
 * is lost, an engine that is restarted. What becomes of which refusal is said in refusals.ts. After
 * a lost answer the engine is asked what has become of the object, since the call may have taken
 * effect or not (28 cancels a start whose client is gone, 20.10 completes it).
 */
export async function persist(
  step: Step,
  run: () => Promise<void>,
  around: Persisting,
): Promise<void> {
  const { client, pace: clock, signal } = around;
  let failing: number | undefined;
  for (let tries = 0; ; tries++) {
    const asked = clock.now();
    let sent = asked;
    try {
      await around.gate();
      sent = clock.now();
      around.absent(sent - asked, around.warn);
      return await run();
    } catch (error) {
      if (!isPassing(error, signal)) throw error;
      // A pull deals with its registries itself.
      if (step.operation === "image.pull" && !isLost(error)) throw error;
      failing ??= clock.now();
      const spent = clock.now() - failing;
      if (isLost(error)) await reconnect(error, around);
      if (error.retry === "ambiguous" && (await isDone(step, sent, around))) return;
      if (error.code === "name-taken") await refuseLeakedName(client, clock, step, error, signal);
      if (spent >= error.patience) throw error;
      await clock.sleep(backoff(tries, clock), signal);
    }
  }
}

/** The look can be cut off as well: then once more. */
async function isDone(step: Step, sent: number, around: Persisting): Promise<boolean> {
  const { client, pace: clock, signal } = around;
  const look = () => alreadyApplied(client, clock, step, () => clock.now() - sent, signal);
  try {
    return await look();
  } catch (error) {
    if (!isPassing(error, signal) || !isLost(error)) throw error;
    await reconnect(error, around);
    return look();
  }
}

/** Tells of the first long absence of an engine: who depends on that need not hear it twice. */
export function absences(): (ms: number, warn: (message: string) => void) => void {
  let told = false;
  return (ms, warn) => {
    if (told || ms < 500) return;
    told = true;
    warn(
      `the engine was away for ${(ms / 1000).toFixed(1)} s: if it was restarted, containers without a restart policy are down, and another apply starts them`,
    );
  };
}

/** Ends once the engine answers again. */
async function reconnect(
  error: EngineError,
  { client, pace: clock, signal, absent, warn }: Persisting,
) {
  absent(await answers(client, clock, error.patience, signal), warn);
}

/** Waits until the engine answers; gives the milliseconds that it took. */
export async function answers(
  client: Client,
  clock: Clock,
  patience: number,
  signal: AbortSignal,
): Promise<number> {
  const began = clock.now();
  const ping = () => client.raw(path`/_ping`, { deadline: 5_000, signal });
  const worth = ({ code }: EngineError, _: number, spent: number) =>
    code !== "not-found" && spent < patience;
  await retried(ping, worth, clock, signal);
  return clock.now() - began;
}
