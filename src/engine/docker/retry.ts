import { EngineError } from "./errors.ts";

/** Time and chance, handed in by the command. */
export interface Patience {
  /** From 0 to 1. */
  random(): number;
  /** Resolves after so many milliseconds; rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

interface Limits {
  readonly tries: number;
  /** Whether another try may go better. */
  readonly transient: (error: EngineError) => boolean;
  readonly signal: AbortSignal;
  /** Told before each further try. */
  readonly again: (error: EngineError) => void;
}

const BASE = 250;
const LONGEST = 10_000;

/**
 * Repeats `run` while its error passes, with full jitter: a pause of up to 250 ms, doubled each
 * time, 10 s at most. The last error is thrown.
 */
export async function retried<T>(
  run: () => Promise<T>,
  { tries, transient, signal, again }: Limits,
  { random, sleep }: Patience,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const passing = error instanceof EngineError && attempt < tries && transient(error);
      if (!passing || signal.aborted) throw error;
      again(error);
      await sleep(random() * Math.min(LONGEST, BASE * 2 ** attempt), signal);
    }
  }
}
