import type { FoundContainer } from "../../model/observed-state.ts";
import type { Resource } from "../../model/stack.ts";
import { isUp } from "../context/container-status.ts";
import { nextName, oldName } from "../context/temporary-names.ts";
import type { Restart } from "./run-state.ts";
/*
 * A container whose post_start hooks have not all run bears a passing name, since nothing else on an
 * engine could tell the next plan so; a replacement's predecessor tells the same.
 */

/** A run was cut short after a start, and perhaps before its hooks: it is done anew, with them. */
export function unproven(
  { name, hooks }: Resource,
  found: FoundContainer,
  others: readonly FoundContainer[],
): Restart | undefined {
  if (!hooks?.post_start?.length || !isUp(found)) return undefined;
  const predecessor = others.find((each) => each.name === oldName(name));
  // Start-first, the predecessor runs until they have run.
  const cut = predecessor ? !isUp(predecessor) : found.name === nextName(name);
  const why = "an interrupted run may not have come to its post_start hooks";
  return cut ? { why, origin: "unknown" } : undefined;
}
