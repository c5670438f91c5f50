/** Time and chance, handed in so that tests decide them. */
export interface Clock {
  /** From 0 to 1. */
  random(): number;
  /** Resolves after so many milliseconds; rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Milliseconds, of any epoch. */
  now(): number;
}

const FIRST = 100;
const LONGEST = 5_000;

/**
 * Milliseconds before the next attempt: twice as many each time, up to 5 s, and half of them by
 * chance, so that those who were refused together don't come back together.
 */
export function backoff(attempt: number, { random }: Clock): number {
  const most = Math.min(LONGEST, FIRST * 2 ** attempt);
  return most / 2 + (most / 2) * random();
}
