import type { Action, Change } from "../../model/change.ts";
import type { Plan } from "../../model/plan.ts";

/** Actions in the order in which they are counted and explained. */
const ACTIONS = [
  "pull",
  "build",
  "load",
  "create",
  "update",
  "replace",
  "start",
  "restart",
  "pause",
  "stop",
  "wait",
  "remove",
] as const;

/** What an action will do (summary of a plan) and has done (summary of an apply). */
const TO_DO: Readonly<Record<Action, string>> = {
  pull: "pull",
  build: "build",
  load: "load",
  create: "create",
  update: "update in place",
  replace: "replace",
  start: "start",
  restart: "restart",
  pause: "pause",
  stop: "stop",
  wait: "wait for",
  remove: "remove",
};
export const DONE: Readonly<Record<Action, string>> = {
  pull: "pulled",
  build: "built",
  load: "loaded",
  create: "created",
  update: "updated",
  replace: "replaced",
  start: "started",
  restart: "restarted",
  pause: "paused",
  stop: "stopped",
  wait: "awaited",
  remove: "removed",
};

export type Summary = Readonly<Record<Action, number>>;

export function summarise(changes: readonly Pick<Change, "action">[]): Summary {
  const counts = Object.fromEntries(ACTIONS.map((action) => [action, 0])) as Record<Action, number>;
  for (const change of changes) counts[change.action]++;
  return counts;
}

/** `2 to create, 1 to replace` or `2 created, 1 replaced`; kinds that do not occur are left out. */
export function countText(counts: Summary, tense: "to do" | "done"): string {
  const parts = ACTIONS.filter((action) => counts[action] > 0).map((action) =>
    tense === "done"
      ? `${counts[action]} ${DONE[action]}`
      : `${counts[action]} to ${TO_DO[action]}`,
  );
  return parts.join(", ");
}

/**
 * Whether the successor runs before its predecessor goes. Read from the steps themselves, so that
 * the symbol cannot promise what the steps do not keep.
 */
function startsFirst(plan: Plan, change: Change): boolean {
  const own = plan.steps.filter((step) => step.target === change.address);
  const down = own.findIndex((step) => step.do === "stop" || step.do.startsWith("remove "));
  const starts = own.some((step) => step.do === "start");
  const up = own.findIndex((step) =>
    starts ? step.do === "start" : step.do.startsWith("create "),
  );
  return up >= 0 && down >= 0 && up < down;
}

export type Mark =
  | ("<=" | "<<" | "*" | "+" | "~" | "-/+" | "+/-")
  | (">" | "><" | "||" | "<" | "..." | "-");

export function symbolOf(plan: Plan, change: Change): Mark {
  if (change.action === "replace") return startsFirst(plan, change) ? "+/-" : "-/+";
  return MARKS[change.action];
}

const MARKS: Readonly<Record<Exclude<Action, "replace">, Mark>> = {
  pull: "<=",
  build: "*",
  load: "<<",
  create: "+",
  update: "~",
  start: ">",
  restart: "><",
  pause: "||",
  stop: "<",
  wait: "...",
  remove: "-",
};

export const LEGEND: Readonly<Record<Mark, string>> = {
  "<=": "pull",
  "*": "build",
  "<<": "load from a file",
  "+": "create",
  "~": "update in place",
  "-/+": "replace: the old one goes before the new one starts",
  "+/-": "replace: the new one starts before the old one goes",
  ">": "start",
  "><": "restart",
  "||": "pause",
  "<": "stop",
  "...": "wait until it is ready or complete",
  "-": "remove",
};
