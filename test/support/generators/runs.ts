import fc from "fast-check";

/**
 * A fixed seed, so that a test that passes keeps passing; PROPERTY_SEED and PROPERTY_RUNS (a factor)
 * explore further. A failure prints the seed and the path that repeat it.
 */
const seed = Number(process.env.PROPERTY_SEED ?? 20_10_28);
const factor = Number(process.env.PROPERTY_RUNS ?? 1);

export const holds = <T>(property: fc.IAsyncProperty<T>, numRuns: number): Promise<void> =>
  fc.assert(property, { seed, numRuns: numRuns * factor });

/** The same for a property that is checked at once. */
export const always = <T>(property: fc.IProperty<T>, numRuns: number): void =>
  fc.assert(property, { seed, numRuns: numRuns * factor });

/** Milliseconds that a test may take. */
export const PATIENCE = 300_000 * factor;
