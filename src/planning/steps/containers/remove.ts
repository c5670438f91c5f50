import type { ObservedContainer } from "../../../model/observed-state.ts";
import type { Address } from "../../../model/stack.ts";
import { isActive, statusOf, stopTimeout } from "../../context/container-status.ts";
import type { ContainerDecision } from "../../decisions/container.ts";
import { type GraphContext, imageNodes, leavesOf, refOf } from "../../graph/context.ts";
import type { StepNode } from "../../graph/step-graph.ts";

/** Asks it to stop, with the time that it was promised; `undefined`: it does not run. */
export function stop(
  context: GraphContext,
  address: Address,
  found: ObservedContainer,
  reason: string,
  after: Iterable<StepNode | undefined>,
): StepNode | undefined {
  if (!isActive(found)) return undefined;
  const container = refOf(found);
  const paused =
    statusOf(found) === "paused"
      ? context.graph.add(
          address,
          { operation: "container.unpause", container },
          "a paused process cannot stop",
          after,
        )
      : undefined;
  return context.graph.add(
    address,
    { operation: "container.stop", container, timeout: stopTimeout(found) },
    reason,
    [...after, ...leavesOf(context, found), ...imageNodes(context), paused],
  );
}

/** Stop, then remove. Removing alone would kill. */
export function removeSteps(
  context: GraphContext,
  address: Address,
  found: ObservedContainer,
  reason: string,
  after: readonly StepNode[] = [],
): StepNode {
  const stopped = stop(context, address, found, reason, after);
  return context.graph.add(
    address,
    { operation: "container.remove", container: refOf(found) },
    reason,
    stopped ? [stopped] : [...after, ...leavesOf(context, found)],
  );
}

/** The node that stops the container; `undefined`: none does. */
export function stopOf({ graph }: GraphContext, { id }: ObservedContainer): StepNode | undefined {
  return graph
    .of("container.stop")
    .find(({ work }) => "container" in work && work.container.id === id);
}

/** Several builders may need the same container removed; it is removed once. */
export function removeOnce(
  context: GraphContext,
  address: Address,
  found: ObservedContainer,
  reason: string,
): StepNode {
  const existing = context.graph
    .of("container.remove")
    .find(({ work }) => "container" in work && work.container.id === found.id);
  return existing ?? removeSteps(context, address, found, reason);
}

/** Removes what an interrupted run has left over. */
export function removeLeftovers(
  context: GraphContext,
  { resource, leftovers }: ContainerDecision,
  which: (found: ObservedContainer) => boolean,
): StepNode[] {
  return leftovers
    .filter(which)
    .map((found) =>
      removeOnce(context, resource.address, found, "left over from an interrupted run"),
    );
}
