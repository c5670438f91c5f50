import { resolve } from "node:path";
import { MAIN } from "./contenders.ts";
import { run, type Sample } from "./run.ts";

const EXAMPLE = resolve(import.meta.dirname, "../../examples/quickstart/stack.yaml");

const COMMANDS = {
  bare: ["-e", "0"],
  version: [MAIN, "version"],
  validate: [MAIN, "validate", "-f", EXAMPLE],
} as const;

export type Start = Readonly<Record<keyof typeof COMMANDS, readonly Sample[]>>;

/** Starts are short, so many are needed; the first of each only warms the caches. */
export async function starts(rounds: number): Promise<Start> {
  const samples: Record<keyof typeof COMMANDS, Sample[]> = { bare: [], version: [], validate: [] };
  const names = ["bare", "version", "validate"] as const;
  for (let round = 0; round <= rounds * 8; round++) {
    for (let place = 0; place < names.length; place++) {
      const name = names[(place + round) % names.length] ?? "bare";
      const sample = await run([process.execPath, ...COMMANDS[name]]);
      if (round > 0) samples[name].push(sample);
    }
  }
  return samples;
}
