import { record, text } from "../attributes/values/json.ts";
import type { FoundContainer, Observed } from "../model/observed-state.ts";
import type { Conflict, Plan, Ref } from "../model/plan.ts";
import type { Address, Resource, Stack } from "../model/stack.ts";
import { ofKind, type Survey, survey } from "./context/context.ts";
import type { Policy } from "./context/options.ts";
import { stateOf } from "./diff/run-state.ts";
import { refOf } from "./graph/context.ts";
import { awaitFor, watchOn } from "./graph/readiness.ts";
import { Drafts } from "./graph/step-graph.ts";

/**
 * Steps that wait until the stack's containers are ready, as an apply judges it; time that they have
 * been up counts. `targets` names some of them; absent or empty: all. A container that is not there
 * is a conflict.
 */
export function planWait(stack: Stack, observed: Observed, policy: Policy): Plan {
  const { targets = [], ...others } = policy;
  const world = survey(stack, observed, others);
  const asked = ofKind(stack, "container").filter(
    (resource) =>
      stateOf(resource) === "running" &&
      (targets.length === 0 || targets.includes(resource.address)),
  );
  const drafts = new Drafts();
  const conflicts: Conflict[] = [];
  const refs = new Map<Address, { readonly ref: Ref }>();
  for (const resource of asked) {
    const found = liveOf(world, resource);
    if (found) {
      const { because, ...how } = awaitFor(world, resource, upFor(observed, found));
      const work = { do: "await", container: refOf(found), ...how, ran: true } as const;
      refs.set(resource.address, { ref: refOf(found) });
      drafts.add(resource.address, work, because).proves = true;
    } else {
      const hint = "`stack apply` creates it.";
      conflicts.push({ address: resource.address, message: "it does not exist", hint });
    }
  }
  watchOn(drafts, refs);
  const { steps, recovery } = drafts.number();
  return {
    ...{ stack: stack.name, purpose: "apply", engine: observed.engine, changes: [] },
    ...{ steps, recovery, held: [], conflicts, unchanged: 0, fingerprint: {}, sensitive: [] },
  };
}

function liveOf({ containers }: Survey, { address, name }: Resource): FoundContainer | undefined {
  const all = containers.get(address) ?? [];
  return all.find((found) => found.name === name) ?? all[0];
}

/** Milliseconds for which its processes have run. */
function upFor({ at }: Observed, { json }: FoundContainer): number {
  const since = Date.parse(text(record(json.State).StartedAt));
  return at === undefined || Number.isNaN(since) ? 0 : Math.max(0, at - since);
}
