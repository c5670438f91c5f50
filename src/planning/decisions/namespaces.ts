import { SHARING, SHARING_FIELDS } from "../../attributes/container/namespaces/sharing.ts";
import { ignores } from "../../attributes/core/lifecycle.ts";
import { at } from "../../attributes/values/json.ts";
import type { FoundContainer } from "../../model/observed-state.ts";
import { isUp } from "../context/container-status.ts";
import type { Survey } from "../context/context.ts";
import type { Verdict } from "./container.ts";

/** Whether a live container is in the namespaces of another one. */
export function sharesWith({ json }: FoundContainer, { id }: FoundContainer): boolean {
  return SHARING_FIELDS.some((mode) => at(json, "HostConfig", mode) === `container:${id}`);
}

/** It stays, and so does what it shares with others, whatever the file says. */
export const isGuest = ({ action, resource: { lifecycle } }: Verdict): boolean =>
  action !== "replace" && SHARING.some((each) => ignores(lifecycle, each));

/**
 * Keeps what the file no longer names while one that stays as it is lives in its namespaces: its
 * processes would end with it, and it could never start again.
 */
export function withLenders(world: Survey, verdicts: readonly Verdict[]): Survey {
  const { stack, observed, resources } = world;
  const kept = new Map(world.kept);
  const guests = [
    ...observed.containers.filter(({ id }) => kept.has(id)),
    ...verdicts.flatMap((verdict) => (verdict.found && isGuest(verdict) ? [verdict.found] : [])),
  ];
  for (const guest of guests) {
    for (const host of observed.containers) {
      const { owner, id } = host;
      const surplus = owner?.stack === stack.name && !resources.has(owner.address);
      if (!surplus || kept.has(id) || !isUp(guest) || !sharesWith(guest, host)) continue;
      kept.set(id, `lends its namespaces to ${guest.name}`);
      guests.push(host);
    }
  }
  return kept.size > world.kept.size ? { ...world, kept } : world;
}
