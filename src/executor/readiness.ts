import type { Plan, Step } from "../model/plan.ts";
import type { Address } from "../model/stack.ts";

export type State = "waiting" | "running" | "done" | "failed" | "skipped";

/** By the id of a step: the steps that wait for it. */
export function dependentsOf(steps: readonly Step[]): ReadonlyMap<number, readonly Step[]> {
  const dependents = new Map<number, Step[]>();
  for (const step of steps) {
    for (const id of [...step.dependsOn, ...(step.dependsOnCompletion ?? [])]) {
      const known = dependents.get(id);
      if (known) known.push(step);
      else dependents.set(id, [step]);
    }
  }
  return dependents;
}

export function readiness(step: Step, states: ReadonlyMap<number, State>): "go" | "wait" | "skip" {
  const after = step.dependsOn.map((id) => states.get(id));
  if (after.some((state) => state === "failed" || state === "skipped")) return "skip";
  const ended = (step.dependsOnCompletion ?? []).map((id) => states.get(id));
  const open = ended.some((state) => state === "waiting" || state === "running");
  return !open && after.every((state) => state === "done") ? "go" : "wait";
}

/**
 * What brings an object back is told by the step that failed, else by the first that was left out:
 * all before it have succeeded, and none after it was begun.
 * @param undone it is rolled back with another object, whatever became of its own steps
 * @param begun whether one of these has begun
 */
function rollbackSteps(
  { steps, rollback, exchanges = [] }: Plan,
  target: Address,
  states: ReadonlyMap<number, State>,
  undone: boolean,
  begun: boolean,
): readonly Step[] {
  const own = steps.filter((step) => step.address === target && states.get(step.id) !== "done");
  const failed = own.find(({ id, onFailure }) => onFailure && states.get(id) === "failed");
  const skipped = own.find(({ onSkip }) => onSkip);
  const ties = exchanges
    .flatMap(({ members }) => members)
    .filter((each) => each.address === target);
  const done = ties.find(({ onNotStarted }) => onNotStarted) ?? ties[0];
  const taken =
    own.find(({ onExchangeRollback }) => onExchangeRollback)?.onExchangeRollback ?? done?.onDone;
  const untouched = begun ? undefined : (done?.onNotStarted ?? []);
  const ids =
    untouched ?? failed?.onFailure ?? (undone ? taken : undefined) ?? skipped?.onSkip ?? [];
  return ids.flatMap((id) => rollback.find((step) => step.id === id) ?? []);
}

/**
 * Rollback steps of objects that are rolled back together. One of which no step has begun needs its own only if
 * another one's has a step that it comes after.
 */
export function waysBack(
  plan: Plan,
  going: readonly { readonly target: Address; readonly undone: boolean; readonly begun: boolean }[],
  states: ReadonlyMap<number, State>,
): readonly { readonly target: Address; readonly steps: readonly Step[] }[] {
  const all = going.map(({ target, undone, begun }) => ({
    ...{ target, begun, steps: rollbackSteps(plan, target, states, undone, begun) },
  }));
  const ids = new Set(all.flatMap(({ steps }) => steps.map(({ id }) => id)));
  return all.filter(
    ({ begun, steps }) =>
      begun || steps.some(({ dependsOn }) => dependsOn.some((id) => ids.has(id))),
  );
}
