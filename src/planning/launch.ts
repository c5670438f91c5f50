import type { Ref } from "../model/plan.ts";
import type { Verdict } from "./decide.ts";
import type { Draft } from "./draft.ts";
import type { Ground } from "./ground.ts";
import { ENDS, stateOf } from "./state.ts";

export interface Launched {
  readonly start?: Draft;
  /** After these a new container is in its place: what it replaces may go. */
  readonly settled: readonly Draft[];
}

/** Brings a container that is complete, and does not run, into the asked state. */
export function launch(
  ground: Ground,
  { resource }: Verdict,
  container: Ref,
  complete: readonly Draft[],
): Launched {
  const { drafts } = ground;
  const { address, lifecycle } = resource;
  const state = stateOf(resource);
  if (state === "stopped" || state === "created") return { settled: complete };
  const because = lifecycle?.job ? ENDS : "it is to run";
  const start = drafts.add(address, { do: "start", container }, because, complete);
  if (state === "paused") {
    const pause = drafts.add(address, { do: "pause", container }, "it is to be paused", [start]);
    return { start, settled: [start, pause] };
  }
  if (lifecycle?.job) awaitEnd(ground, resource.address, container, [start]);
  return { start, settled: [start] };
}

/** The end of a job is the apply's affair, whether or not anybody waits for it. */
export function awaitEnd(
  { drafts }: Ground,
  address: Verdict["resource"]["address"],
  container: Ref,
  after: readonly (Draft | undefined)[],
): Draft {
  const work = { do: "await", container, condition: "completed" } as const;
  return drafts.add(address, work, ENDS, after);
}
