/** Time and randomness, injected so that tests control them. */
export interface Clock {
  /** A random number from 0 to 1. */
  random(): number;
  /** Resolves after `ms` milliseconds; rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Milliseconds since an arbitrary epoch. */
  now(): number;
}

const FIRST = 100;
const LONGEST = 5_000;

/**
 * Milliseconds before the next attempt: exponential up to 5 s, half of it random, so that clients
 * refused together do not retry together.
 */
export function backoff(attempt: number, { random }: Clock): number {
  const most = Math.min(LONGEST, FIRST * 2 ** attempt);
  return most / 2 + (most / 2) * random();
}
