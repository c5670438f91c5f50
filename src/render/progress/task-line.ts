import { type Action, actions } from "../../model/change.ts";
import type { Paint } from "../words/colors.ts";
import { elapsed, size } from "../words/quantities.ts";
import { sanitize } from "../words/sanitize.ts";
import { doing, type Task } from "./state.ts";

/** The line of one object on a screen: its address, what happens to it, for how long. */
export function titleOf(
  task: Task,
  action: Action | undefined,
  width: number,
  paint: Paint,
  now: number,
): string {
  const name = sanitize(task.address).padEnd(width);
  const end = task.endedAt ?? now;
  const time = task.startedAt === undefined ? "" : elapsed(end - task.startedAt);
  switch (task.state) {
    case "waiting":
      return `${name}  ${paint.faint("waiting")}`;
    case "running":
      return `${name}  ${[doing(task) ?? "waiting", advanceOf(task), paint.faint(time)].filter(Boolean).join("  ")}`;
    case "done":
      return `${name}  ${paint.good(action ? actions[action].done : "done")}  ${paint.faint(time)}`;
    case "skipped":
    case "failed": {
      if (task.back === "going")
        return `${name}  ${paint.warn("rolling back")}  ${doing(task) ?? ""}`;
      const fate = task.state === "failed" ? paint.bad("failed") : paint.warn("skipped");
      const what = task.back === "whole" ? paint.warn("rolled back") : fate;
      return `${name}  ${what}  ${sanitize(task.message ?? "")}`;
    }
  }
}

function advanceOf({ advance, transfer }: Task): string {
  if (!advance) return "";
  if (advance.current === undefined) return sanitize(advance.text, 60);
  const total = advance.total === undefined ? "" : ` of ${size(advance.total)}`;
  const rate = transfer && transfer.rate > 0 ? `, ${size(transfer.rate)}/s` : "";
  return `${size(advance.current)}${total}${rate}`;
}
