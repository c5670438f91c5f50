import { at, number, record, text } from "../../attributes/values/json.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";

/** Seconds that a container was promised between the signal to stop and its end. */
export function stopTimeout({ json }: ObservedContainer): number {
  const timeout = at(json, "Config", "StopTimeout");
  return timeout === undefined || timeout === null ? 10 : number(timeout);
}

/** The engine's word for what a container does: `running`, `exited`. */
export function statusOf(found: ObservedContainer): string {
  return text(record(found.json.State).Status);
}

/** It has processes, be they running, restarting or frozen. */
export const isActive = (found: ObservedContainer): boolean =>
  ["running", "restarting", "paused"].includes(statusOf(found));
