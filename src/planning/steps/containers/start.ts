import type { Ref } from "../../../model/plan.ts";
import type { Verdict } from "../../decisions/container.ts";
import { ENDS, isToRun, stateOf } from "../../diff/run-state.ts";
import type { Ground } from "../../graph/context.ts";
import { prove } from "../../graph/readiness.ts";
import type { Draft } from "../../graph/step-graph.ts";

export interface Launched {
  readonly start?: Draft;
  /** After it the container is in the asked state; absent: it has been since it was complete. */
  readonly last?: Draft;
  /** After it the container has proved itself; absent: that is not asked. */
  readonly proof?: Draft | undefined;
}

/** Brings a container that is complete, and does not run, into the asked state. */
export function launch(
  ground: Ground,
  verdict: Verdict,
  container: Ref,
  complete: readonly Draft[],
): Launched {
  const { resource } = verdict;
  if (!isToRun(resource)) return {};
  const { drafts } = ground;
  const { address, lifecycle } = resource;
  const because = lifecycle?.job ? ENDS : "it is to run";
  const start = drafts.add(address, { do: "start", container }, because, complete);
  if (stateOf(resource) === "paused") {
    const work = { do: "pause", container } as const;
    return { start, last: drafts.add(address, work, "it is to be paused", [start]) };
  }
  const proof = prove(ground, verdict, container, [start]);
  return { start, last: proof ?? start, proof };
}
