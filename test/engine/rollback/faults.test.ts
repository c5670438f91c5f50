import { describe, expect, it } from "vitest";
import { creation, destruction, update, waits } from "../../support/engine/scenarios.ts";
import {
  FAULTS,
  FULL,
  fewerThan,
  figuresText,
  type Mishap,
  trials,
  workshop,
} from "../../support/engine/trials.ts";

const { tools, report } = workshop("faults");

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
      expect(figures.faults).toBeGreaterThan(FULL ? fewerThan(80) : 4);
      expect(figures.lost).toEqual([]);
    },
    FULL ? 3_600_000 : 600_000,
  );

  it(
    "that is killed at a write is completed by the next run",
    async () => {
      const figures = await trials(tools, scenario, killsAt);
      report.push(figuresText(`SIGKILL during ${what}`, figures));
      expect(figures.faults).toBeGreaterThan(FULL ? fewerThan(7) : 1);
      expect(figures.lost).toEqual([]);
    },
    FULL ? 3_600_000 : 600_000,
  );
});

/* Most of the calls of such a run are made while it waits, and are reads. */
describe("an update that waits until all is ready", () => {
  /** The plan's own reads come first: a sample begins after them. */
  const sampled = (call: number): boolean => FULL || (call > 18 && call % 9 === 0);

  it(
    "converges, or says why not and the next run does, whatever happens to a call",
    async () => {
      const nth = (call: number) => [FAULTS[(call / 9) % FAULTS.length] ?? 500];
      const figures = await trials(tools, waits, (call) =>
        sampled(call) ? (FULL ? FAULTS : nth(call)) : [],
      );
      report.push(figuresText("faults during an update with waits", figures));
      expect(figures.faults).toBeGreaterThan(FULL ? fewerThan(80) : 1);
      expect(figures.lost).toEqual([]);
    },
    FULL ? 3_600_000 : 600_000,
  );

  it(
    "that is killed at a call, be it a read, is completed by the next run",
    async () => {
      const figures = await trials(tools, waits, (call) => (sampled(call) ? ["kill before"] : []));
      report.push(figuresText("SIGKILL at any call of an update with waits", figures));
      expect(figures.faults).toBeGreaterThan(FULL ? fewerThan(20) : 1);
      expect(figures.lost).toEqual([]);
    },
    FULL ? 3_600_000 : 600_000,
  );
});
