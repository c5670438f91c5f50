import fc from "fast-check";
import { expect, test } from "vitest";
import { anonymousVolumes } from "../../src/attributes/container/storage/mount-codec.ts";
import { edited, genome } from "../support/generators/genome.ts";
import { holds, PATIENCE } from "../support/generators/runs.ts";
import { converge, inhabited, soundPlan, trialOf } from "../support/generators/trial.ts";
import { carriedOut, observed, spell } from "../support/simulator/reconcile.ts";

test(
  "an anonymous volume is mounted by a successor, or kept and named in the plan",
  () =>
    holds(
      fc.asyncProperty(
        fc.constantFrom("1.41", "1.51"),
        genome.chain((first) => fc.tuple(fc.constant(first), edited(first))),
        async (version, [first, second]) => {
          const engine = inhabited(version);
          await converge(engine, trialOf(first), () => 0);
          const { stack, policy } = trialOf(second);
          const before = await observed(engine, stack, policy.secrets);
          const volumes = before.containers.flatMap(({ json }) => [
            ...anonymousVolumes(json).values(),
          ]);
          fc.pre(volumes.length > 0);
          const todo = await soundPlan(engine, { stack, policy });
          await carriedOut(engine, todo, policy.secrets);
          const { containers, volumes: all } = engine.world;
          const notes = JSON.stringify(todo.notes ?? []);
          for (const name of volumes) {
            const told = `${name}\n${todo.steps.map(spell).join("\n")}`;
            expect(
              all.map(({ Name }) => Name),
              told,
            ).toContain(name);
            const used = containers.some(({ mounts }) => mounts.some((each) => each.Name === name));
            expect(notes.includes(name), told).toBe(!used);
          }
        },
      ),
      100,
    ),
  PATIENCE,
);
