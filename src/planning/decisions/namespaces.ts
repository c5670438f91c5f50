import { SHARING, SHARING_FIELDS } from "../../attributes/container/namespaces/sharing.ts";
import { ignores } from "../../attributes/core/lifecycle.ts";
import { at } from "../../attributes/values/json.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import { isActive } from "../context/container-status.ts";
import type { PlanContext } from "../context/context.ts";
import type { ContainerDecision } from "./container.ts";

/** Whether a live container is in the namespaces of another one. */
export function sharesNamespace({ json }: ObservedContainer, { id }: ObservedContainer): boolean {
  return SHARING_FIELDS.some((mode) => at(json, "HostConfig", mode) === `container:${id}`);
}

/** It stays, and so does what it shares with others, whatever the file says. */
export const keepsNamespace = ({ action, resource: { lifecycle } }: ContainerDecision): boolean =>
  action !== "replace" && SHARING.some((each) => ignores(lifecycle, each));

/**
 * Keeps what the file no longer names while one that stays as it is lives in its namespaces: its
 * processes would end with it, and it could never start again.
 */
export function keepProviders(
  context: PlanContext,
  decisions: readonly ContainerDecision[],
): PlanContext {
  const { stack, observed, resources } = context;
  const kept = new Map(context.kept);
  const guests = [
    ...observed.containers.filter(({ id }) => kept.has(id)),
    ...decisions.flatMap((decision) =>
      decision.found && keepsNamespace(decision) ? [decision.found] : [],
    ),
  ];
  for (const guest of guests) {
    for (const host of observed.containers) {
      const { owner, id } = host;
      const surplus = owner?.stack === stack.name && !resources.has(owner.address);
      if (!surplus || kept.has(id) || !isActive(guest) || !sharesNamespace(guest, host)) continue;
      kept.set(id, `lends its namespaces to ${guest.name}`);
      guests.push(host);
    }
  }
  return kept.size > context.kept.size ? { ...context, kept } : context;
}
