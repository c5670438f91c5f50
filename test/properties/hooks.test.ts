import fc from "fast-check";
import { expect, test } from "vitest";
import type { Plan, Step } from "../../src/model/plan.ts";
import type { Address, Hook, Hooks, Stack } from "../../src/model/stack.ts";
import { edited, genome } from "../support/generators/genome.ts";
import { holds, PATIENCE } from "../support/generators/runs.ts";
import {
  converge,
  inhabited,
  nothingLeft,
  soundPlan,
  trialOf,
} from "../support/generators/trial.ts";
import { anyOrder, spell } from "../support/simulator/reconcile.ts";

const pair = genome.chain((first) => fc.tuple(fc.constant(first), edited(first)));

const hooksOf = ({ resources }: Stack) =>
  new Map(resources.map(({ address, hooks }): [Address, Hooks] => [address, hooks ?? {}]));

/** The hooks that a plan executes one after the other, from this step on or up to it. */
function row(plan: Plan, from: Step | undefined, when: keyof Hooks): Step[] {
  const found: Step[] = [];
  for (let each = from; each?.operation === "container.exec" && each.hook === when; ) {
    found.push(each);
    const { id, dependsOn } = each;
    each =
      when === "post_start"
        ? plan.steps.find(
            (step) => step.operation === "container.exec" && step.dependsOn.includes(id),
          )
        : plan.steps.find(
            (step) => dependsOn.includes(step.id) && step.operation === "container.exec",
          );
  }
  return when === "post_start" ? found : found.reverse();
}

const commands = (steps: readonly Step[]) =>
  steps.map((step) => (step.operation === "container.exec" ? step.command : []));
const asked = (hooks: readonly Hook[] = []) => hooks.map(({ command }) => command);

test(
  "each start is followed by its hooks, each stop comes after its own, and nothing else between",
  () =>
    holds(
      fc.asyncProperty(pair, fc.nat(), async ([first, second], seed) => {
        const engine = inhabited("1.51");
        const before = trialOf(first);
        await converge(engine, before, () => 0);
        const after = trialOf(second);
        const todo = await soundPlan(engine, after);
        const told = todo.steps.map(spell).join("\n");
        const then = hooksOf(before.stack);
        const now = hooksOf(after.stack);
        for (const step of todo.steps) {
          const { id, address } = step;
          const next = todo.steps.filter((each) =>
            [...each.dependsOn, ...(each.dependsOnCompletion ?? [])].includes(id),
          );
          if (step.operation === "container.start") {
            const hooks = asked(now.get(address)?.post_start);
            const begun = next.find(
              (each) => each.operation === "container.exec" && each.address === address,
            );
            expect(commands(row(todo, begun, "post_start")), told).toEqual(hooks);
            const strict = next.filter(({ dependsOn }) => dependsOn.includes(id));
            if (hooks.length > 0) expect(strict, told).toEqual([begun]);
          }
          if (step.operation === "container.stop") {
            const hooks = asked((now.get(address) ?? then.get(address))?.pre_stop);
            const last = todo.steps.findLast(
              (each) =>
                each.operation === "container.exec" &&
                step.dependsOn.includes(each.id) &&
                each.address === address,
            );
            const stopping =
              last?.operation === "container.exec" && last.hook === "pre_stop" ? last : undefined;
            expect(commands(row(todo, stopping, "pre_stop")), told).toEqual(hooks);
          }
        }
        await anyOrder(engine, todo, after.policy.secrets, (ready) => seed % ready);
        await nothingLeft(engine, after, told);
      }),
      60,
    ),
  PATIENCE,
);
