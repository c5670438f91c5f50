import { record, text } from "../../attributes/values/json.ts";
import type { FoundContainer } from "../../model/observed-state.ts";

/** The engine's word for what a container does: `running`, `exited`. */
export function statusOf(found: FoundContainer): string {
  return text(record(found.json.State).Status);
}

/** It has processes, be they running, restarting or frozen. */
export const isUp = (found: FoundContainer): boolean =>
  ["running", "restarting", "paused"].includes(statusOf(found));
