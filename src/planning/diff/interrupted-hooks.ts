import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Resource } from "../../model/stack.ts";
import { isActive } from "../context/container-status.ts";
import { replacementName, retiredName } from "../context/temporary-names.ts";
import type { Restart } from "./run-state.ts";
/*
 * A container whose post_start hooks have not all run has a temporary name, since nothing else on an
 * engine could tell the next plan so; the old container of a replacement tells the same.
 */

/** A run was cut short after a start, and perhaps before its hooks: it is done anew, with them. */
export function hooksInterrupted(
  { name, hooks }: Resource,
  found: ObservedContainer,
  others: readonly ObservedContainer[],
): Restart | undefined {
  if (!hooks?.post_start?.length || !isActive(found)) return undefined;
  const oldContainer = others.find((each) => each.name === retiredName(name));
  // Start-first, the old container runs until they have run.
  const cut = oldContainer ? !isActive(oldContainer) : found.name === replacementName(name);
  const reason = "an interrupted run may not have come to its post_start hooks";
  return cut ? { reason, origin: "unknown" } : undefined;
}
