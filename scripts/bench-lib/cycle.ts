import { type Contender, SCENARIOS, type Scenario, type Who } from "./contenders.ts";
import { running, wipe } from "./engine.ts";
import type { Counter } from "./proxy.ts";
import type { Sample } from "./run.ts";

export type Samples = Record<Scenario, Partial<Record<Who, Sample[]>>>;
export type Calls = Record<Scenario, Partial<Record<Who, ReadonlyMap<string, number>>>>;

export interface Setting {
  readonly contenders: readonly Contender[];
  /** The engine's socket. */
  readonly socket: string;
  readonly count: number;
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  /** No-ops of each kind in a round. */
  readonly repeat: number;
  readonly tell: (line: string) => void;
}

function perScenario<T>(): Record<Scenario, Partial<Record<Who, T>>> {
  return { apply: {}, plan: {}, again: {}, change: {}, destroy: {} };
}

/** Each round lets every contender come, stay a while and go; who is first rotates. */
export async function timed(setting: Setting): Promise<Samples> {
  const { contenders, rounds, tell } = setting;
  const samples: Samples = perScenario();
  for (let round = 0; round < rounds; round++) {
    const order = contenders.map((_, place) => contenders[(place + round) % contenders.length]);
    for (const contender of order) {
      if (!contender) continue;
      await cycle(contender, setting, async (scenario) => {
        const times = scenario === "plan" || scenario === "again" ? setting.repeat : 1;
        for (let time = 0; time < times; time++) {
          const sample = await contender.run(scenario, `unix://${setting.socket}`);
          const all = samples[scenario][contender.who];
          if (all) all.push(sample);
          else samples[scenario][contender.who] = [sample];
        }
      });
      const last = setting.scenarios
        .map((each) => `${each} ${samples[each][contender.who]?.at(-1)?.wall.toFixed(0)}`)
        .join(", ");
      tell(`  round ${round + 1}/${rounds} ${contender.who}: ${last} ms`);
    }
  }
  return samples;
}

/** The calls of one more cycle; not timed, because counting takes its time. */
export async function counted(setting: Setting, counter: Counter): Promise<Calls> {
  const calls: Calls = perScenario();
  for (const contender of setting.contenders) {
    await cycle(contender, setting, async (scenario) => {
      counter.take();
      await contender.run(scenario, counter.host);
      calls[scenario][contender.who] = counter.take();
    });
  }
  return calls;
}

let generation = 0;

/**
 * Who fails is out for this cycle, and has no figures of what would have followed: 20.10 at times
 * holds the endpoint of a container that is gone, and refuses to remove its network. In any other way we
 * may not fail.
 */
async function cycle(
  contender: Contender,
  { socket, count, scenarios, tell }: Setting,
  run: (scenario: Scenario) => Promise<void>,
): Promise<void> {
  const { project, who } = contender;
  await wipe(socket);
  generation += 2;
  contender.write(generation);
  for (const scenario of SCENARIOS.filter((each) => scenarios.includes(each))) {
    try {
      if (scenario === "change") contender.edit();
      await run(scenario);
      const expected = scenario === "destroy" ? 0 : count;
      const found = await running(socket, project);
      if (found !== expected) throw new Error(`${found} containers run, not ${expected}`);
    } catch (error) {
      if ((who === "stack" || who === "waiting") && !`${error}`.includes("has active endpoints"))
        throw new Error(`${scenario} of ${who}`, { cause: error });
      tell(`  ${scenario} of ${who} failed: ${(error as Error).message}`);
      break;
    }
  }
  await wipe(socket);
}
