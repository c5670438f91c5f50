import { describe, expect, it } from "vitest";
import { creation, destruction, update } from "../support/scenarios.ts";
import { FULL, figuresText, type Mishap, trials, workshop } from "../support/trials.ts";

const { tools, report } = workshop("faults");

const FAULTS: readonly Mishap[] = [500, 409, "cut before", "cut after", "slow", "truncated"];

/** A sample has one fault at every fourth call, another one each time. */
const faultsAt = (call: number): readonly Mishap[] => {
  if (FULL) return FAULTS;
  return call % 4 === 2 ? [FAULTS[((call - 2) / 4) % FAULTS.length] ?? 500] : [];
};
/** The first writes take the lock: one that was never started is given 15 s, too long for a sample. */
const killsAt = (call: number): readonly Mishap[] =>
  FULL || (call > 4 && call % 3 === 2) ? ["kill"] : [];

describe.each([
  ["creation", creation],
  ["update", update],
  ["destruction", destruction],
] as const)("%s", (what, scenario) => {
  it(
    "converges, or says why not and the next run does, whatever happens to a call",
    async () => {
      const figures = await trials(tools, scenario, faultsAt);
      report.push(figuresText(`faults during ${what}`, figures));
      expect(figures.faults).toBeGreaterThan(FULL ? 80 : 4);
      expect(figures.lost).toEqual([]);
    },
    FULL ? 1_800_000 : 120_000,
  );

  it(
    "that is killed at a write is completed by the next run",
    async () => {
      const figures = await trials(tools, scenario, killsAt);
      report.push(figuresText(`SIGKILL during ${what}`, figures));
      expect(figures.faults).toBeGreaterThan(FULL ? 7 : 1);
      expect(figures.lost).toEqual([]);
    },
    FULL ? 900_000 : 120_000,
  );
});
