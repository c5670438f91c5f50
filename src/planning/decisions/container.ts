import type { InPlaceUpdate } from "../../attributes/core/attribute.ts";
import { ignores } from "../../attributes/core/lifecycle.ts";
import { configLabels, recordedSpec } from "../../attributes/core/ownership.ts";
import type { Action, Delta, Origin } from "../../model/change.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Resource } from "../../model/stack.ts";
import { isActive } from "../context/container-status.ts";
import type { PlanContext } from "../context/context.ts";
import {
  type Candidate,
  compareContainer,
  desiredImage,
  selectCurrent,
} from "../diff/candidates.ts";
import { hooksInterrupted } from "../diff/interrupted-hooks.ts";
import {
  type Restart,
  RUNS_TO_COMPLETION,
  type StateTransition,
  shouldRun,
  transition,
} from "../diff/run-state.ts";
import { type Constraints, names, replaceReason } from "./replace-reason.ts";

/** What becomes of one container. */
export interface ContainerDecision {
  readonly resource: Resource;
  readonly action: Exclude<Action, "remove" | "pull" | "load"> | "none";
  readonly found?: ObservedContainer;
  /** The image it will run, where known. */
  readonly image: JsonObject | undefined;
  readonly deltas: readonly Delta[];
  readonly unchanged: number;
  /** What the engine has left out of it, since its kernel cannot do it. */
  readonly discarded?: readonly string[];
  readonly inPlace: readonly InPlaceUpdate[];
  readonly reason: string;
  readonly origin: Origin;
  /** How it comes from its live state to the asked one; absent: it is there. */
  readonly transition?: StateTransition;
  /** It runs, and is stopped and started again; it then comes to the asked state anew. */
  readonly restart?: Restart;
  /** How the state that it is in differs from the asked one, whatever is done about that. */
  readonly state?: { readonly reason: string; readonly origin: Origin };
  /** What it shares with another container changes before it can have its replacement. */
  readonly follows?: boolean;
  /** It stays exactly as it is, whatever differs: its change is held, or it was not targeted. */
  readonly left?: true;
  /** Left over by an interrupted run: further containers of the same address. */
  readonly leftovers: readonly ObservedContainer[];
}

export function decideContainer(
  context: PlanContext,
  resource: Resource,
  must: Constraints,
): ContainerDecision {
  const candidates = context.containers.get(resource.address) ?? [];
  const compared = candidates.map((found) => ({
    found,
    ...compareContainer(context, resource, found, must.containerId),
  }));
  const chosen = selectCurrent(resource, compared);
  if (!chosen) {
    return {
      resource,
      action: "create",
      image: desiredImage(context, resource, undefined).image,
      deltas: [],
      unchanged: 0,
      inPlace: [],
      reason: `it does not exist${ending(resource)}`,
      origin: "file",
      leftovers: [],
    };
  }
  const leftovers = candidates.filter((candidate) => candidate !== chosen.found);
  const { found, difference, image } = chosen;
  const { unchanged, discarded } = difference;
  const common = {
    resource,
    found,
    image,
    leftovers: leftovers,
    unchanged,
    ...(discarded && { discarded }),
  };
  const deltas = [...renaming(resource, found), ...difference.deltas];
  const why = replaceReason(context, resource, chosen, must);
  if (why) {
    const labels = found.owner?.adopted ? ["with that it gets its labels"] : [];
    const state = stateBeside(context, resource, found, must);
    const also = state ? [state.reason] : [];
    const reason = [why, ...also, ...labels].join("; ") + ending(resource);
    const beside = { ...(must.follows && { follows: true }), ...(state && { state }) };
    return replacement(context, resource, chosen, must, { ...common, ...beside, reason });
  }
  return decideKept(context, resource, chosen, must, { ...common, deltas });
}

/** It stays, and is changed in place, brought into the asked state, or left alone. */
function decideKept(
  context: PlanContext,
  resource: Resource,
  { found, difference }: Candidate,
  must: Constraints,
  common: Pick<ContainerDecision, "resource" | "image" | "leftovers" | "unchanged" | "deltas">,
): ContainerDecision {
  const { deltas } = common;
  const restart = isActive(found)
    ? (must.restart(found) ?? hookRestart(resource, found, common.leftovers))
    : undefined;
  const change = restart ? undefined : transition(context, resource, found);
  const off = restart ? { reason: restart.reason, origin: restart.origin } : change;
  const state =
    off && (change?.action !== "wait" || change.isFailing)
      ? { reason: off.reason, origin: off.origin }
      : undefined;
  const again = { ...(restart && { restart }), ...(state && { state }) };
  const cause = restart?.reason ?? change?.reason;
  if (deltas.length > 0) {
    const differs = `${names(deltas)} can be changed in place`;
    const reason = cause ? `${differs}; ${cause}` : differs;
    const inPlace = difference.inPlace ?? [];
    const origin = originOf([...deltas, ...(state ? [state] : [])]);
    const update = { ...common, ...again, action: "update", inPlace, reason, origin } as const;
    return change ? { ...update, transition: change } : update;
  }
  return {
    ...common,
    ...again,
    action: restart ? "restart" : (change?.action ?? "none"),
    inPlace: [],
    reason: cause ?? "",
    origin: (restart ?? change)?.origin ?? "engine",
    ...(change ? { transition: change } : {}),
  };
}

/** The state of one that is replaced; of a restart only what was not the file's doing. */
function stateBeside(
  context: PlanContext,
  resource: Resource,
  found: ObservedContainer,
  must: Constraints,
): ContainerDecision["state"] {
  if (ignores(resource.lifecycle, "state")) return undefined;
  const restart = isActive(found) ? must.restart(found) : undefined;
  if (restart && restart.origin !== "file")
    return { reason: restart.reason, origin: restart.origin };
  const change = transition(context, resource, found);
  return change && (change.action !== "wait" || change.isFailing)
    ? { reason: change.reason, origin: change.origin }
    : undefined;
}

/** Its start is done anew, where desired state is running at all. */
function hookRestart(
  resource: Resource,
  found: ObservedContainer,
  others: readonly ObservedContainer[],
) {
  const stays = !shouldRun(resource) || ignores(resource.lifecycle, "state");
  return stays ? undefined : hooksInterrupted(resource, found, others);
}

const ending = ({ lifecycle }: Resource): string =>
  lifecycle?.job ? `; ${RUNS_TO_COMPLETION}` : "";

/** Made anew, it is as the file says, what is ignored included. */
function replacement(
  context: PlanContext,
  resource: Resource,
  chosen: Candidate,
  must: Constraints,
  common: Pick<ContainerDecision, "resource" | "leftovers" | "reason" | "state">,
): ContainerDecision {
  const { lifecycle: _, ...whole } = resource;
  const { found } = chosen;
  const { difference, image } = resource.lifecycle?.ignore
    ? compareContainer(context, whole, found, must.containerId)
    : chosen;
  const deltas = [...renaming(resource, found), ...difference.deltas];
  const { unchanged } = difference;
  const origin = originOf([...deltas, ...(common.state ? [common.state] : [])]);
  return { ...common, action: "replace", found, image, unchanged, deltas, inPlace: [], origin };
}

function renaming(resource: Resource, found: ObservedContainer): readonly Delta[] {
  if (found.name === resource.name) return [];
  const asked = recordedSpec(configLabels(found.json)).container_name;
  const origin = asked === found.name ? "file" : "unknown";
  return [
    {
      attribute: "container_name",
      before: found.name,
      after: resource.name,
      origin,
      inPlace: true,
    },
  ];
}

/** Whose doing all of it is; what has no cause in particular is the file's. */
export function originOf(deltas: readonly { readonly origin: Origin }[]): Origin {
  const origins = new Set(deltas.map(({ origin }) => origin));
  const [only] = origins;
  return origins.size === 1 && only ? only : origins.size === 0 ? "file" : "unknown";
}
