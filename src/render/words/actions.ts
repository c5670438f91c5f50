import { type Action, actionNames, actions, type Change, wordsOf } from "../../model/change.ts";
import type { Plan } from "../../model/plan.ts";

export type Summary = Readonly<Record<Action, number>>;

export function summarise(changes: readonly Pick<Change, "action">[]): Summary {
  const counts = Object.fromEntries(actionNames.map((action) => [action, 0])) as Record<
    Action,
    number
  >;
  for (const change of changes) counts[change.action]++;
  return counts;
}

/** `2 to create, 1 to replace` or `2 created, 1 replaced`; kinds that do not occur are left out. */
export function countText(counts: Summary, tense: "to do" | "done"): string {
  const parts = actionNames
    .filter((action) => counts[action] > 0)
    .map((action) =>
      tense === "done"
        ? `${counts[action]} ${actions[action].done}`
        : `${counts[action]} to ${actions[action].verb}`,
    );
  return parts.join(", ");
}

/**
 * Whether the new container runs before the old one goes. Read from the steps themselves, so that
 * the symbol cannot promise what the steps do not keep.
 */
function startsFirst(plan: Plan, change: Change): boolean {
  const own = plan.steps.filter((step) => step.address === change.address);
  const down = own.findIndex(
    ({ operation }) => operation === "container.stop" || operation.endsWith(".remove"),
  );
  const starts = own.some(({ operation }) => operation === "container.start");
  const up = own.findIndex(({ operation }) =>
    starts ? operation === "container.start" : operation.endsWith(".create"),
  );
  return up >= 0 && down >= 0 && up < down;
}

const START_FIRST = "+/-";

export type Mark = (typeof actions)[Action]["symbol"] | typeof START_FIRST;

export function symbolOf(plan: Plan, change: Change): Mark {
  if (change.action === "replace" && startsFirst(plan, change)) return START_FIRST;
  return actions[change.action].symbol;
}

const meanings = actionNames.map((action): readonly [Mark, string] => {
  const { legend, verb } = wordsOf(action);
  return [actions[action].symbol, legend ?? verb];
});

/** What each symbol means, in the order in which a plan explains them. */
export const LEGEND = Object.fromEntries([
  ...meanings,
  [START_FIRST, "replace: the new one starts before the old one goes"],
]) as Readonly<Record<Mark, string>>;
