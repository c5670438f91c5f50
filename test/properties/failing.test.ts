import fc from "fast-check";
import { expect, test } from "vitest";
import { record } from "../../src/attributes/values/json.ts";
import type { OperationName } from "../../src/model/operations/operations.ts";
import type { Step } from "../../src/model/plan.ts";
import type { Address, Stack } from "../../src/model/stack.ts";
import { edited, genome } from "../support/generators/genome.ts";
import { holds, PATIENCE } from "../support/generators/runs.ts";
import { inhabited, nothingLeft, soundPlan, trialOf } from "../support/generators/trial.ts";
import type { Fault } from "../support/simulator/engine.ts";
import { carriedOut, spell } from "../support/simulator/reconcile.ts";
import { isUp } from "../support/simulator/things.ts";

const api = fc.constantFrom("1.41", "1.51");
const pair = genome.chain((first) => fc.tuple(fc.constant(first), edited(first)));
const AILMENTS: Partial<Record<OperationName, readonly Fault[]>> = {
  "container.start": ["refused"],
  "container.wait": ["exits", "sick"],
};

/** It is nothing without another one; or it runs once only. */
const isSpecial = ({ resources }: Stack, address: Address): boolean =>
  resources.some(
    (resource) =>
      (resource.address === address && resource.lifecycle?.job) ||
      resource.needs.some(
        ({ on, bound, condition }) =>
          (bound && resource.address === address) || (on === address && condition === "completed"),
      ),
  );

/** A step of a replacement at which its successor can turn out not to work. */
const isTrying = (step: Step): boolean =>
  step.onFailure !== undefined && step.operation in AILMENTS;

test(
  "a successor that does not start, exits while it is awaited or is never healthy leaves what ran before",
  () => {
    let failed = 0;
    return holds(
      fc.asyncProperty(
        api,
        pair,
        fc.nat(20),
        fc.nat(1),
        async (version, [first, second], k, way) => {
          const engine = inhabited(version);
          const [before, after] = [trialOf(first, []), trialOf(second, [])];
          const { secrets } = after.policy;
          await carriedOut(engine, await soundPlan(engine, before), secrets, { concurrency: 4 });
          const todo = await soundPlan(engine, after);
          const trying = todo.steps.filter(
            (step) =>
              isTrying(step) &&
              ![before, after].some(({ stack }) => isSpecial(stack, step.address)),
          );
          const chosen = trying[k % Math.max(1, trying.length)];
          if (!chosen) return;
          failed++;
          const { name } = todo.changes.find((each) => each.address === chosen.address) ?? {};
          const upAt = (of: Address) =>
            engine.world.containers.find(
              ({ config, status }) =>
                record(config.Labels)["stackwright.address"] === of && status === "running",
            );
          const ran = upAt(chosen.address);
          const faults = AILMENTS[chosen.operation] ?? [];
          engine.fate = (step) =>
            step.id === chosen.id ? (faults[way % faults.length] ?? "fine") : "fine";
          engine.performed = [];
          const { outcome } = await carriedOut(engine, todo, secrets, { concurrency: 4 });
          expect(["rolled_back", "failed"]).toContain(outcome);
          const did = engine.performed.map(spell).join("\n");
          const told = `${name} failed at ${spell(chosen)}\nplanned:\n${todo.steps.map(spell).join("\n")}\ndone:\n${did}`;
          // What the plan says of it beforehand: a network of it goes first.
          const isLost = todo.notes?.some(
            ({ address, message }) =>
              address === chosen.address && /cannot be on the net/.test(message),
          );
          if (isLost) expect(outcome, told).toBe("failed");
          else if (ran) {
            const now = engine.world.containers.find(({ id }) => id === ran.id);
            expect([now?.id, now && isUp(now)], told).toEqual([ran.id, true]);
          }
          engine.revive();
          await carriedOut(engine, await soundPlan(engine, after), secrets, { concurrency: 4 });
          await nothingLeft(engine, after, told);
        },
      ),
      150,
    ).then(() => expect(failed).toBeGreaterThan(0));
  },
  PATIENCE,
);
