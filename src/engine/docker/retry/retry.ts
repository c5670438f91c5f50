import type { Client } from "../api/client.ts";
import type { CallOptions } from "../api/request.ts";
import { EngineError } from "../errors/engine-error.ts";
import { backoff, type Clock } from "./backoff.ts";

/**
 * Decides on another attempt, given the number of failures and the milliseconds since the first
 * attempt.
 */
type Worth = (error: EngineError, failures: number, spent: number) => boolean;

/** Repeats `run` while its error is temporary and `worth` agrees. Throws the last error. */
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

/** True unless the failure is permanent or the caller aborted. */
export function isPassing(error: unknown, signal: AbortSignal): error is EngineError {
  return error instanceof EngineError && error.retry !== "no" && !signal.aborted;
}

/** True if the engine did not respond at all. */
export const isLost = ({ code }: EngineError): boolean =>
  code === "cut" || code === "timeout" || code === "unreachable";

/** Retries for as long as the error's rule allows. */
export const withPatience: Worth = ({ patience }, _, spent) => spent < patience;

/** Milliseconds for which a read is repeated: a user waits for it without any output. */
const READING = 15_000;

/**
 * A client for reads outside of steps. It retries lost connections and a temporarily unavailable
 * engine for 15 s. Any other error response is final.
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
