import { record, text } from "../attributes/values/json.ts";
import type { ObservedContainer, ObservedState } from "../model/observed-state.ts";
import type { Ref } from "../model/operations/fields.ts";
import type { Conflict, Plan } from "../model/plan.ts";
import type { Address, Resource, Stack } from "../model/stack.ts";
import { createContext, ofKind, type PlanContext } from "./context/context.ts";
import type { PlanOptions } from "./context/options.ts";
import { stateOf } from "./diff/run-state.ts";
import { refOf } from "./graph/context.ts";
import { awaitFor, keepWatching } from "./graph/readiness.ts";
import { StepGraph } from "./graph/step-graph.ts";

/**
 * Steps that wait until the stack's containers are ready, as an apply judges it; time that they have
 * been up counts. `targets` names some of them; absent or empty: all. A container that is not there
 * is a conflict.
 */
export function planWait(stack: Stack, observed: ObservedState, options: PlanOptions): Plan {
  const { targets = [], ...others } = options;
  const context = createContext(stack, observed, others);
  const asked = ofKind(stack, "container").filter(
    (resource) =>
      stateOf(resource) === "running" &&
      (targets.length === 0 || targets.includes(resource.address)),
  );
  const graph = new StepGraph();
  const conflicts: Conflict[] = [];
  const refs = new Map<Address, { readonly ref: Ref }>();
  for (const resource of asked) {
    const found = liveOf(context, resource);
    if (found) {
      const { reason, ...how } = awaitFor(context, resource, upFor(observed, found));
      const work = {
        operation: "container.wait",
        container: refOf(found),
        ...how,
        wasRunning: true,
      } as const;
      refs.set(resource.address, { ref: refOf(found) });
      graph.add(resource.address, work, reason).isReadyWait = true;
    } else {
      const hint = "`stack apply` creates it.";
      conflicts.push({ address: resource.address, message: "it does not exist", hint });
    }
  }
  keepWatching(graph, refs);
  const { steps, rollback } = graph.number();
  return {
    ...{ stack: stack.name, purpose: "apply", engine: observed.engine, changes: [] },
    ...{ steps, rollback, blocked: [], conflicts, unchanged: 0, fingerprint: {}, sensitive: [] },
  };
}

function liveOf(
  { containers }: PlanContext,
  { address, name }: Resource,
): ObservedContainer | undefined {
  const all = containers.get(address) ?? [];
  return all.find((found) => found.name === name) ?? all[0];
}

/** Milliseconds for which its processes have run. */
function upFor({ at }: ObservedState, { json }: ObservedContainer): number {
  const since = Date.parse(text(record(json.State).StartedAt));
  return at === undefined || Number.isNaN(since) ? 0 : Math.max(0, at - since);
}
