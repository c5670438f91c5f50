import type { Ref } from "../model/plan.ts";
import type { Address } from "../model/stack.ts";
import type { Verdict } from "./decide.ts";
import type { Draft } from "./draft.ts";
import type { Ground } from "./ground.ts";
import { ENDS, isToRun, stateOf } from "./state.ts";

export interface Launched {
  readonly start?: Draft;
  /** After it the container is in the asked state; absent: it has been since it was complete. */
  readonly last?: Draft;
}

/** Brings a container that is complete, and does not run, into the asked state. */
export function launch(
  ground: Ground,
  { resource }: Verdict,
  container: Ref,
  complete: readonly Draft[],
): Launched {
  if (!isToRun(resource)) return {};
  const { drafts } = ground;
  const { address, lifecycle } = resource;
  const because = lifecycle?.job ? ENDS : "it is to run";
  const start = drafts.add(address, { do: "start", container }, because, complete);
  if (stateOf(resource) === "paused") {
    const work = { do: "pause", container } as const;
    return { start, last: drafts.add(address, work, "it is to be paused", [start]) };
  }
  if (!lifecycle?.job) return { start, last: start };
  return { start, last: awaitEnd(ground, address, container, [start]) };
}

/** The end of a job is the apply's affair, whether or not anybody waits for it. */
export function awaitEnd(
  { drafts }: Ground,
  address: Address,
  container: Ref,
  after: readonly (Draft | undefined)[],
): Draft {
  const work = { do: "await", container, condition: "completed" } as const;
  return drafts.add(address, work, ENDS, after);
}
