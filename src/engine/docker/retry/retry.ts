import type { Client } from "../api/client.ts";
import type { CallOptions } from "../api/request.ts";
import { EngineError } from "../errors/engine-error.ts";
import { backoff, type Clock } from "./backoff.ts";

/** Whether another try may go better, after so many failures within so many milliseconds. */
type Worth = (error: EngineError, failures: number, spent: number) => boolean;

/** Repeats `run` while its error passes and it is worth it. The last error is thrown. */
export async function retried<T>(
  run: () => Promise<T>,
  worth: Worth,
  clock: Clock,
  signal: AbortSignal,
): Promise<T> {
  const began = clock.now();
  for (let failures = 1; ; failures++) {
    try {
      return await run();
    } catch (error) {
      if (!isPassing(error, signal) || !worth(error, failures, clock.now() - began)) throw error;
      await clock.sleep(backoff(failures - 1, clock), signal);
    }
  }
}

/** Not what holds for good, and not what somebody asked for. */
export function isPassing(error: unknown, signal: AbortSignal): error is EngineError {
  return error instanceof EngineError && error.retry !== "no" && !signal.aborted;
}

/** Nobody answered, rather than refused. */
export const isLost = ({ code }: EngineError): boolean =>
  code === "cut" || code === "timeout" || code === "unreachable";

/** For as long as the table of refusals allows it. */
export const withPatience: Worth = ({ patience }, _, spent) => spent < patience;

/** How long a read is repeated, in milliseconds: somebody waits for it, and sees nothing meanwhile. */
const READING = 15_000;

/**
 * The client for reads that no step repeats: a connection that is lost, and an engine that does
 * not answer for the moment, are borne for 15 s. Any other refusal is an answer.
 */
export function withReadRetry(client: Client, clock: Clock): Client {
  const worth: Worth = (error, _, spent) =>
    (isLost(error) || error.code === "unavailable") && spent < READING;
  const never = new AbortController().signal;
  const again = <T>(run: () => Promise<T>, { signal = never }: CallOptions = {}): Promise<T> =>
    retried(run, worth, clock, signal);
  return {
    ...client,
    get: <T>(...args: Parameters<Client["get"]>) => again(() => client.get<T>(...args), args[1]),
    raw: (...args) => again(() => client.raw(...args), args[1]),
  };
}
