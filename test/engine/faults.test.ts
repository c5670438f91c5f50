import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bench } from "../support/live.ts";
import { shop } from "../support/live-cli.ts";
import { tap } from "../support/proxy.ts";
import { creation, destruction, type Tools, update } from "../support/scenarios.ts";
import { AT_ONCE, FULL, figuresText, type Mishap, trials } from "../support/trials.ts";

let tools: readonly Tools[];
const report: string[] = [];
beforeAll(async () => {
  const one = async () => ({ live: await bench("faults"), wire: await tap(), cli: shop() });
  tools = await Promise.all(Array.from({ length: AT_ONCE }, one));
});
afterAll(async () => {
  console.log(report.join("\n"));
  for (const { live, wire, cli } of tools) {
    await live.close();
    wire.close();
    cli.close();
  }
}, 60_000);

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
