import type { Patience } from "./retry.ts";

/** Time and chance, handed in so that tests decide them. */
export interface Pace extends Patience {
  /** Milliseconds, of any epoch. */
  now(): number;
}

const FIRST = 100;
const LONGEST = 5_000;

/**
 * Milliseconds before the next attempt: twice as many each time, up to 5 s, and half of them by
 * chance, so that those who were refused together don't come back together.
 */
export function backoff(attempt: number, { random }: Pace): number {
  const most = Math.min(LONGEST, FIRST * 2 ** attempt);
  return most / 2 + (most / 2) * random();
}
