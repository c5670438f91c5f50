import type { FoundContainer } from "../../../model/observed-state.ts";
import type { Address } from "../../../model/stack.ts";
import { graceOf, isUp, statusOf } from "../../context/container-status.ts";
import type { Verdict } from "../../decisions/container.ts";
import { allPulls, type Ground, leavesOf, refOf } from "../../graph/context.ts";
import type { Draft } from "../../graph/step-graph.ts";

/** Asks it to stop, with the time that it was promised; `undefined`: it does not run. */
export function stop(
  ground: Ground,
  address: Address,
  found: FoundContainer,
  because: string,
  after: Iterable<Draft | undefined>,
): Draft | undefined {
  if (!isUp(found)) return undefined;
  const container = refOf(found);
  const paused =
    statusOf(found) === "paused"
      ? ground.drafts.add(
          address,
          { do: "unpause", container },
          "a paused process cannot stop",
          after,
        )
      : undefined;
  return ground.drafts.add(address, { do: "stop", container, grace: graceOf(found) }, because, [
    ...after,
    ...leavesOf(ground, found),
    ...allPulls(ground),
    paused,
  ]);
}

/** Stop, then remove. Removing alone would kill. */
export function removal(
  ground: Ground,
  address: Address,
  found: FoundContainer,
  because: string,
  after: readonly Draft[] = [],
): Draft {
  const stopped = stop(ground, address, found, because, after);
  return ground.drafts.add(
    address,
    { do: "remove container", container: refOf(found) },
    because,
    stopped ? [stopped] : [...after, ...leavesOf(ground, found)],
  );
}

/** The draft that stops the container, where one does. */
export function stopOf({ drafts }: Ground, { id }: FoundContainer): Draft | undefined {
  return drafts.of("stop").find(({ work }) => "container" in work && work.container.id === id);
}

/** Several recipes may need the same container gone; it is removed once. */
export function removalOnce(
  ground: Ground,
  address: Address,
  found: FoundContainer,
  because: string,
): Draft {
  const existing = ground.drafts
    .of("remove container")
    .find(({ work }) => "container" in work && work.container.id === found.id);
  return existing ?? removal(ground, address, found, because);
}

/** Removes what an interrupted run has left over. */
export function removeDebris(
  ground: Ground,
  { resource, debris }: Verdict,
  which: (found: FoundContainer) => boolean,
): Draft[] {
  return debris
    .filter(which)
    .map((found) =>
      removalOnce(ground, resource.address, found, "an interrupted run left it over"),
    );
}
