import fc from "fast-check";
import { expect, test } from "vitest";
import type { ObservedState } from "../../src/model/observed-state.ts";
import type { Plan, Step } from "../../src/model/plan.ts";
import { plan } from "../../src/planning/plan.ts";
import { edited, genome } from "../support/generators/genome.ts";
import { holds, PATIENCE } from "../support/generators/runs.ts";
import { inhabited, soundPlan, trialOf } from "../support/generators/trial.ts";
import { carriedOut, observed } from "../support/simulator/reconcile.ts";

/** A plan without what the order of the engine's lists may decide: the numbers of its steps. */
function shape({ steps, changes, blocked, ...rest }: Plan) {
  const texts = new Map(steps.map((step) => [step.id, words(step)]));
  const edges = steps.flatMap((step) =>
    [...step.dependsOn, ...(step.dependsOnCompletion ?? []), ...(step.until ?? [])].map(
      (id) => `${texts.get(id)} < ${words(step)}`,
    ),
  );
  return {
    ...rest,
    steps: [...texts.values()].sort(),
    edges: edges.sort(),
    changes: changes.map((each) => JSON.stringify(each)).sort(),
    held: blocked.map((each) => JSON.stringify(each)).sort(),
  };
}

function words({
  id: _,
  dependsOn: __,
  dependsOnCompletion: ___,
  until: ____,
  ...step
}: Step): string {
  return JSON.stringify(step);
}

test(
  "a plan depends on what is there, not on the order in which the engine tells it",
  () =>
    holds(
      fc.asyncProperty(
        fc.constantFrom("1.41", "1.51"),
        genome.chain((first) => fc.tuple(fc.constant(first), edited(first), edited(first))),
        fc.nat(20),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        async (version, [first, second, third], cut, dice) => {
          const engine = inhabited(version);
          for (const genes of [first, second]) {
            const trial = trialOf(genes);
            let begun = 0;
            if (genes === second) engine.fate = () => (begun++ >= cut ? "dead" : "fine");
            await carriedOut(engine, await soundPlan(engine, trial), trial.policy.secrets);
          }
          engine.revive();
          const { stack, policy } = trialOf(third);
          const seen = await observed(engine, stack, policy.secrets);
          const shuffled = <T>(all: readonly T[]): T[] =>
            all
              .map((each) => ({ each, place: dice.next().value }))
              .sort((a, b) => a.place - b.place)
              .map(({ each }) => each);
          const other: ObservedState = {
            ...seen,
            containers: shuffled(seen.containers),
            listed: shuffled(seen.listed),
            networks: shuffled(seen.networks),
            volumes: shuffled(seen.volumes),
          };
          const once = plan(stack, seen, policy);
          expect(plan(stack, seen, policy)).toEqual(once);
          expect(shape(plan(stack, other, policy))).toEqual(shape(once));
        },
      ),
      60,
    ),
  PATIENCE,
);
