import { labelledProtected } from "../attributes/core/ownership.ts";
import { at, text } from "../attributes/values/json.ts";
import type { JsonObject } from "../model/json.ts";
import type { ObservedContainer } from "../model/observed-state.ts";
import { labelsOf } from "./selection.ts";

const STATES: Readonly<Record<string, string>> = {
  paused: "paused",
  created: "created",
  exited: "stopped",
  dead: "stopped",
};

/**
 * What the container is doing, where it does not run, and its protection, which is on its label
 * alone. `awaited`: others wait for its completion, so that it is done when it has exited with 0.
 */
export function treatmentOf(found: ObservedContainer, awaited: boolean): JsonObject {
  const state = STATES[text(at(found.json, "State", "Status"))];
  const done = awaited && state === "stopped" && at(found.json, "State", "ExitCode") === 0;
  return {
    ...(state && !done ? { state } : {}),
    ...(labelledProtected(labelsOf(found)) ? { protect: true } : {}),
  };
}
