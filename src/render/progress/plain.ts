import type { ApplyEvent } from "../../model/events.ts";
import type { Paint } from "../words/colors.ts";
import { elapsed } from "../words/quantities.ts";
import { sanitize } from "../words/sanitize.ts";
import { phrase } from "../words/steps.ts";
import { backText, type Progress } from "./state.ts";

/*
 * Progress where nothing can be redrawn: one line for each step that begins and ends, in a form
 * that does not depend on the terminal. `container.web: created after 0.3 s`.
 */

/** The line for an event, or none. */
export function eventLine(
  event: ApplyEvent,
  paint: Paint,
  progress: Pick<Progress, "tasks">,
): string | undefined {
  switch (event.type) {
    case "step_started":
      return `${sanitize(event.step.address)}: ${phrase(event.step).running}...`;
    case "step_progress":
      return digestLine(event);
    case "step_completed":
      return `${sanitize(event.step.address)}: ${paint.good(phrase(event.step).done)} after ${elapsed(event.ms)}`;
    case "step_failed": {
      const hint = event.hint ? ` (${sanitize(event.hint)})` : "";
      const failed = `${paint.bad("failed")} after ${elapsed(event.ms)}, ${phrase(event.step).running}`;
      const head = `${sanitize(event.step.address)}: ${failed}: ${sanitize(event.message)}${hint}`;
      return [head, ...lastLines(event.lines, "  ")].join("\n");
    }
    case "step_skipped":
      return `${sanitize(event.step.address)}: ${paint.warn("skipped")}: ${phrase(event.step).plan}: ${sanitize(event.reason)}`;
    case "downtime":
      return `${sanitize(event.address)}: was down for ${elapsed(event.ms)}`;
    case "rolled_back": {
      const { address, complete, stopped } = event;
      const task = progress.tasks.get(address);
      const fate = complete
        ? paint.warn(stopped ? "undone" : "rolled back")
        : paint.bad("not rolled back");
      return `${sanitize(address)}: ${fate}${task ? `: ${backText(task, complete)}` : ""}`;
    }
    case "warning":
      return `${sanitize(event.step.address)}: ${paint.warn("warning")}: ${sanitize(event.message)}`;
    default:
      return undefined;
  }
}

/** What a container wrote last, one below the other, with a heading. */
export function lastLines(lines: readonly string[] = [], indent: string): readonly string[] {
  if (lines.length === 0) return [];
  return [`${indent}its last lines:`, ...lines.map((line) => `${indent}  ${sanitize(line)}`)];
}

/** The digest by which a registry has what was pushed: nothing else tells it. */
function digestLine({ step, progress }: Extract<ApplyEvent, { type: "step_progress" }>) {
  if (step.operation !== "image.push" || !progress.text.startsWith("sha256:")) return undefined;
  return `${sanitize(step.address)}: ${sanitize(step.image)} is ${sanitize(progress.text)}`;
}

export const STILL_EVERY = 10_000;

/** A line for each step that has been running for another ten seconds at `now`. */
export function stillLines(progress: Progress, now: number, every = STILL_EVERY): string[] {
  const lines: string[] = [];
  for (const task of progress.tasks.values()) {
    for (const { step, since } of task.running.values()) {
      const ms = now - since;
      if (ms < every) continue;
      const told = task.advance ? `, ${sanitize(task.advance.text)}` : "";
      lines.push(
        `${sanitize(task.address)}: still ${phrase(step).running} (${elapsed(ms)}${told})`,
      );
    }
  }
  return lines;
}
