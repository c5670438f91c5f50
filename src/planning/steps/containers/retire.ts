import type { ObservedContainer } from "../../../model/observed-state.ts";
import { retiredName } from "../../context/temporary-names.ts";
import type { ContainerDecision } from "../../decisions/container.ts";
import { type GraphContext, refOf } from "../../graph/context.ts";
import type { StepNode } from "../../graph/step-graph.ts";
import { removeLeftovers, stop } from "./remove.ts";
import type { Rollback } from "./rollback.ts";

/** A replacement on its way: the new container is complete. */
export interface Replacement {
  readonly context: GraphContext;
  readonly decision: ContainerDecision & { readonly found: ObservedContainer };
  /** The new container's name until it takes the old container's. */
  readonly temporaryName: string;
  readonly complete: readonly StepNode[];
  readonly back: Rollback;
  /** Whoever follows another one's change has gone before its replacement was made. */
  readonly early: Retired | undefined;
}

/** The old container is stopped, and its name is free. */
export interface Retired {
  readonly stopped: StepNode | undefined;
  readonly renamed: StepNode | undefined;
}

export function stopAndRetire(
  context: GraphContext,
  decision: Replacement["decision"],
  back: Rollback,
  reason: string,
  after: readonly StepNode[],
): Retired {
  const stopped = stop(context, decision.resource.address, decision.found, reason, after);
  if (stopped) {
    stopped.onFailure = back.running;
    stopped.availability = "down";
  }
  const renamed = retire(context, decision, [...after, stopped]);
  if (renamed) {
    renamed.onFailure = back.restored;
    renamed.onSkip = back.running;
  }
  return { stopped, renamed: renamed };
}

/** The old container gives its name up; `undefined`: it has done so already. */
export function retire(
  context: GraphContext,
  decision: Replacement["decision"],
  after: readonly (StepNode | undefined)[],
): StepNode | undefined {
  const { resource, found } = decision;
  const { address, name } = resource;
  const old = retiredName(name);
  const out = removeLeftovers(context, decision, (each) => each.name === old);
  if (found.name === old) return undefined;
  const work = { operation: "container.rename", container: refOf(found), to: old } as const;
  return context.graph.add(address, work, "makes way for its replacement", [...after, ...out]);
}
