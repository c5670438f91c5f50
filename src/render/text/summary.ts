import type { Outcome } from "../../model/events.ts";
import type { Plan } from "../../model/plan.ts";
import { lastLines } from "../progress/plain.ts";
import { backText, type Progress, remaining } from "../progress/state.ts";
import { countText, summarise } from "../words/actions.ts";
import type { Paint } from "../words/colors.ts";
import { flowed } from "../words/layout.ts";
import { elapsed, plural } from "../words/quantities.ts";
import { sanitize } from "../words/sanitize.ts";

const TITLES: Readonly<Record<Exclude<Outcome, "completed">, string>> = {
  failed: "failed",
  rolled_back: "failed and was rolled back",
  interrupted: "interrupted",
};

export interface Result {
  readonly plan: Plan;
  readonly progress: Progress;
  readonly outcome: Outcome;
  readonly ms: number;
}

/** What came of a run: the changes that were completed, the failures, what remains. */
export function resultText({ plan, progress, outcome, ms }: Result, paint: Paint): string {
  const { tasks } = progress;
  const completed = plan.changes.filter(
    ({ address }) => (tasks.get(address)?.state ?? "done") === "done",
  );
  const counts = countText(summarise(completed), "done");
  const verb = plan.purpose === "destroy" ? "Destroy" : "Apply";
  if (outcome === "completed")
    return `${paint.good(paint.strong(`${verb} complete:`))} ${counts || "nothing changed"} in ${elapsed(ms)}.\n${downtimes(progress)}${unawaited(plan, paint)}`;
  const rest = remaining(progress);
  const left = `${rest
    .slice(0, 20)
    .map((address) => sanitize(address))
    .join(", ")}${rest.length > 20 ? `, … ${rest.length - 20} more` : ""}`;
  const title = `${verb} ${TITLES[outcome]}`;
  const lines = [
    `${paint.bad(paint.strong(title))} after ${elapsed(ms)}: ${counts || "no change completed"}.`,
  ];
  lines.push(...failures(progress, paint));
  for (const task of tasks.values()) {
    const { address, back } = task;
    if (back === "whole") lines.push(`  ${sanitize(address)}: ${backText(task, true)}.`);
    if (back === "broken")
      lines.push(`  ${sanitize(address)}: ${paint.bad(backText(task, false))}.`);
  }
  const down = downtimes(progress);
  if (down) lines.push(down.trimEnd());
  if (rest.length > 0) {
    lines.push(`${plural(rest.length, "object")} not as planned: ${left}`);
    lines.push(`The next ${verb.toLowerCase()} goes on from here.`);
  }
  return flowed(`${lines.join("\n")}\n`, paint.columns);
}

/** With `--detach`, "complete" says less. */
function unawaited({ detached }: Plan, paint: Paint): string {
  return detached
    ? `${paint.faint("Not waited for: `stack wait` tells when all is ready.")}\n`
    : "";
}

function failures({ tasks }: Progress, paint: Paint): readonly string[] {
  return [...tasks.values()].flatMap(({ address, state, message = "failed", lines, hint = "" }) => {
    if (state !== "failed") return [];
    const hints = hint.split("\n").filter(Boolean);
    return [
      `  ${paint.bad("x")} ${sanitize(address)}: ${sanitize(message)}`,
      ...lastLines(lines, "      "),
      ...hints.map((line) => `      ${sanitize(line)}`),
    ];
  });
}

/** What came of a wait. */
export function waitText({ progress, outcome, ms }: Omit<Result, "plan">, paint: Paint): string {
  const { size } = progress.tasks;
  if (outcome === "completed")
    return `${paint.good(paint.strong("Ready:"))} ${plural(size, "container")} after ${elapsed(ms)}.\n`;
  const left = remaining(progress);
  const title = outcome === "interrupted" ? "Interrupted" : "Not ready";
  const head = `${paint.bad(paint.strong(title))} after ${elapsed(ms)}: ${left.map((each) => sanitize(each)).join(", ")}.`;
  return `${[head, ...failures(progress, paint)].join("\n")}\n`;
}

/** A line for each object that did not serve for a while, the longest first; a lot of them is cut. */
function downtimes({ tasks }: Progress): string {
  const down = [...tasks.values()]
    .flatMap(({ address, downtime }) => (downtime === undefined ? [] : [{ address, downtime }]))
    .sort((a, b) => b.downtime - a.downtime);
  const lines = down
    .slice(0, 10)
    .map(({ address, downtime }) => `  ${sanitize(address)} was down for ${elapsed(downtime)}.\n`);
  const rest = down.length > 10 ? [`  … and ${down.length - 10} more for less.\n`] : [];
  return [...lines, ...rest].join("");
}
