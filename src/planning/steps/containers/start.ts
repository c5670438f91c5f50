import type { Ref } from "../../../model/operations/fields.ts";
import type { ContainerDecision } from "../../decisions/container.ts";
import { RUNS_TO_COMPLETION, shouldRun, stateOf } from "../../diff/run-state.ts";
import type { GraphContext } from "../../graph/context.ts";
import { waitUntilReady } from "../../graph/readiness.ts";
import type { StepNode } from "../../graph/step-graph.ts";

export interface StartSteps {
  readonly start?: StepNode;
  /** After it the container is in the asked state; absent: it has been since it was complete. */
  readonly last?: StepNode;
  /** A wait until the container is ready; absent: that is not asked. */
  readonly readyWait?: StepNode | undefined;
}

/** Brings a container that is complete, and does not run, into the asked state. */
export function startSteps(
  context: GraphContext,
  decision: ContainerDecision,
  container: Ref,
  complete: readonly StepNode[],
): StartSteps {
  const { resource } = decision;
  if (!shouldRun(resource)) return {};
  const { graph } = context;
  const { address, lifecycle } = resource;
  const reason = lifecycle?.job ? RUNS_TO_COMPLETION : "desired state is running";
  const start = graph.add(address, { operation: "container.start", container }, reason, complete);
  if (stateOf(resource) === "paused") {
    const work = { operation: "container.pause", container } as const;
    return { start, last: graph.add(address, work, "desired state is paused", [start]) };
  }
  const readyWait = waitUntilReady(context, decision, container, [start]);
  return { start, last: readyWait ?? start, readyWait };
}
