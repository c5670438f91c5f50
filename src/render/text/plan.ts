import { actions, type Change, type Rollout } from "../../model/change.ts";
import type { BlockedChange, Conflict, Plan, Step } from "../../model/plan.ts";
import { countText, LEGEND, type Mark, summarise, symbolOf } from "../words/actions.ts";
import type { Paint } from "../words/colors.ts";
import { flowed, gridLines } from "../words/layout.ts";
import { sanitize } from "../words/sanitize.ts";
import { phrase } from "../words/steps.ts";
import { colour, deltaLines } from "./attribute-diff.ts";
import { noteLines } from "./notes.ts";

/**
 * A plan for people: what changes and why, the steps in order, what is held back.
 * @param origin a sentence that says which files it was made from
 */
export function planText(plan: Plan, paint: Paint, origin?: string): string {
  const sections = [
    [
      ...head(plan, paint),
      ...(origin === undefined ? [] : [paint.faint(sanitize(origin))]),
      ...partial(plan, paint),
    ],
    legend(plan, paint),
    ...plan.changes.map((change) => block(plan, change, paint)),
    steps(plan, paint),
    waysBack(plan, paint),
    heldBack(plan.blocked, paint),
    noteLines(plan, paint),
    inTheWay(plan.conflicts, paint),
    adoptedLine(plan, paint),
    detachedLine(plan, paint),
    summaryLine(plan, paint),
  ];
  const text = sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
  return `${flowed(text, paint.columns)}\n`;
}

/** Its last line alone. */
export function planSummary(plan: Plan, paint: Paint): string {
  return `${flowed(summaryLine(plan, paint).join("\n"), paint.columns)}\n`;
}

function head(plan: Plan, paint: Paint): string[] {
  const { endpoint, server, api } = plan.engine;
  const what = plan.purpose === "destroy" ? "Destruction of" : "Plan for";
  return [
    `${paint.strong(`${what} ${sanitize(plan.stack)}`)} on ${sanitize(endpoint)} (${sanitize(server)}, API ${sanitize(api)})`,
  ];
}

function legend(plan: Plan, paint: Paint): string[] {
  const used = new Set(plan.changes.map((change) => symbolOf(plan, change)));
  const known = (Object.keys(LEGEND) as Mark[]).filter((symbol) => used.has(symbol));
  return known.map((symbol) => `${mark(symbol, paint)} ${paint.faint(LEGEND[symbol])}`);
}

/** Symbols stand in a column of three, as in Terraform. */
function mark(symbol: Mark, paint: Paint): string {
  return " ".repeat(3 - symbol.length) + colour(symbol, paint)(symbol);
}

function block(plan: Plan, change: Change, paint: Paint): string[] {
  const verb = actions[change.action].will + alsoDone(plan, change);
  const loud = change.action === "replace" || change.action === "remove" ? paint.bad(verb) : verb;
  const lines = [`  # ${paint.strong(sanitize(change.address))} ${loud}`];
  if (change.reason) lines.push(`  # ${paint.faint(`(${reason(change)})`)}`);
  if (change.rollout) lines.push(`  # ${paint.faint(rolloutText(change.rollout))}`);
  const title = `${mark(symbolOf(plan, change), paint)} ${sanitize(change.address)}`;
  lines.push(`${title} (${sanitize(change.name)})`, ...deltaLines(change, paint));
  return lines;
}

/** One that is changed in place may come to another state as well. */
function alsoDone({ steps }: Plan, { address, action }: Change): string {
  if (action !== "update") return "";
  const own = steps.flatMap((step) => (step.address === address ? [step.operation] : []));
  if (own.includes("container.start"))
    return own.includes("container.stop") ? " and restarted" : " and started";
  if (own.includes("container.stop")) return " and stopped";
  if (own.includes("container.pause")) return " and paused";
  return own.includes("container.unpause") ? " and resumed" : "";
}

function reason(change: Change): string {
  const text = sanitize(change.reason);
  return change.origin === "engine" && !text.startsWith("drift") ? `drift: ${text}` : text;
}

function rolloutText({ order, reason }: Rollout): string {
  return reason ? `${order} because ${sanitize(reason)}` : order;
}

/** The rollback of each object, from where its new container has to become ready. */
function waysBack({ steps, rollback, exchanges = [] }: Plan, paint: Paint): string[] {
  const byId = new Map(rollback.map((step) => [step.id, step]));
  const proofs = new Map(
    steps.flatMap((step) =>
      step.operation === "container.wait" && step.onFailure ? [[step.address, step]] : [],
    ),
  );
  const lines = [...proofs.values()].flatMap((step) => {
    if (!step.onFailure) return [];
    const back = step.onFailure.flatMap((id) => byId.get(id) ?? []);
    return [`  ${sanitize(step.address)}`, ...numbered(back, "    ", paint)];
  });
  if (lines.length === 0) return [];
  const together = exchanges.map(({ address, members }) => {
    const along = members.map(({ address }) => sanitize(address)).join(", ");
    return `  With ${sanitize(address)}, what has replaced it is rolled back as well: ${along}.`;
  });
  return [paint.strong("If it fails:"), ...lines, ...together];
}

function steps(plan: Plan, paint: Paint): string[] {
  if (plan.steps.length === 0) return [];
  return [paint.strong("Steps:"), ...numbered(plan.steps, "  ", paint)];
}

/** A longer phrase moves no reason further to the right. */
const LONGEST_PHRASE = 60;

/** Steps in their order, each with its reason. */
function numbered(steps: readonly Step[], indent: string, paint: Paint): readonly string[] {
  const digits = String(steps.length).length;
  const rows = steps.map((step) => [phrase(step).plan, paint.faint(sanitize(step.reason))]);
  const inner = indent.length + digits + 2;
  const grid = { columns: paint.columns, indent: inner, most: [LONGEST_PHRASE] };
  return gridLines(rows, grid).flatMap(([first = "", ...rest], index) => {
    const number = `${indent}${String(index + 1).padStart(digits)}. `;
    const beside = first.startsWith(" ".repeat(inner));
    return beside ? [number + first.slice(inner), ...rest] : [number.trimEnd(), first, ...rest];
  });
}

function heldBack(held: readonly BlockedChange[], paint: Paint): string[] {
  if (held.length === 0) return [];
  const lines = held.flatMap((item) => {
    const verb = item.action === "replace" ? "replaced" : "removed";
    return [
      `  ${paint.warn("!")} ${sanitize(item.address)} (${sanitize(item.name)}) is not ${verb}: ${sanitize(item.reason)}`,
      ...deltaLines(item.change, paint),
      ...(item.flag ? [`      permit it with ${paint.strong(sanitize(item.flag))}`] : []),
    ];
  });
  return [paint.strong("Held back:"), ...lines];
}

function inTheWay(conflicts: readonly Conflict[], paint: Paint): string[] {
  if (conflicts.length === 0) return [];
  const lines = conflicts.flatMap((conflict) => [
    `  ${paint.bad("x")} ${sanitize(conflict.address)}: ${sanitize(conflict.message)}`,
    `      ${sanitize(conflict.hint)}`,
  ]);
  return [paint.strong("In the way:"), ...lines];
}

/** A partial plan must not be mistaken for the whole. */
function partial({ targets = [], purpose }: Plan, paint: Paint): string[] {
  if (targets.length === 0) return [];
  const also = purpose === "destroy" ? "" : " and what it needs";
  const only = `only ${targets.map((each) => sanitize(each)).join(", ")}${also}`;
  return [`${paint.warn("Partial:")} ${only}; whether anything else is as asked was not checked.`];
}

/** It is no change: it is said each time, because dropping their lines from the file does nothing. */
function adoptedLine({ adopted = [] }: Plan, paint: Paint): string[] {
  if (adopted.length === 0) return [];
  const shown = adopted.map((address) => sanitize(address)).join(", ");
  return [paint.faint(`Adopted by name, labelled when next replaced: ${shown}.`)];
}

/** With `--detach`, that an apply is complete says less. */
function detachedLine({ detached, steps }: Plan, paint: Paint): string[] {
  if (!detached || steps.length === 0) return [];
  return [paint.faint("Detached: it is not waited for that what starts is ready.")];
}

function summaryLine(plan: Plan, paint: Paint): string[] {
  const notes: string[] = [];
  if (plan.blocked.length > 0) notes.push(`${plan.blocked.length} held back`);
  if (plan.conflicts.length > 0) notes.push(`${plan.conflicts.length} in the way`);
  if (plan.changes.length > 0) {
    const counts = [countText(summarise(plan.changes), "to do"), ...notes].join(", ");
    return [`${paint.strong(plan.purpose === "destroy" ? "Destroy:" : "Plan:")} ${counts}.`];
  }
  if (plan.conflicts.length > 0 || plan.blocked.some(({ required }) => required)) {
    return [`${paint.strong("Nothing can be done:")} ${notes.join(", ")}.`];
  }
  const rest =
    plan.purpose === "destroy"
      ? `The engine holds nothing ${notes.length > 0 ? "else " : ""}of ${sanitize(plan.stack)}.`
      : plan.targets
        ? "The engine matches what was targeted."
        : `The engine matches ${sanitize(plan.stack)}.`;
  return [`${paint.good(paint.strong("No changes."))} ${rest}`];
}
