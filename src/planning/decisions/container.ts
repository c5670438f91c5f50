import { catalogue } from "../../attributes/catalogue.ts";
import type { Catalogue, InPlace } from "../../attributes/core/attribute.ts";
import { ignores } from "../../attributes/core/lifecycle.ts";
import { configLabels, recordedSpec } from "../../attributes/core/ownership.ts";
import { equal } from "../../attributes/values/json.ts";
import type { Action, Delta, Origin } from "../../model/change.ts";
import type { JsonObject } from "../../model/json.ts";
import type { FoundContainer } from "../../model/observed-state.ts";
import type { Resource } from "../../model/stack.ts";
import { isUp } from "../context/container-status.ts";
import type { Survey } from "../context/context.ts";
import { type Candidate, compareContainer, desiredImage, primary } from "../diff/candidates.ts";
import { unproven } from "../diff/interrupted-hooks.ts";
import {
  ENDS,
  isDone,
  isToRun,
  type Restart,
  type Transition,
  transition,
} from "../diff/run-state.ts";

/** What becomes of one container. */
export interface Verdict {
  readonly resource: Resource;
  readonly action: Exclude<Action, "remove" | "pull" | "load"> | "none";
  readonly found?: FoundContainer;
  /** The image it will run, where known. */
  readonly image: JsonObject | undefined;
  readonly deltas: readonly Delta[];
  readonly unchanged: number;
  /** What the engine has left out of it, since its kernel cannot do it. */
  readonly discarded?: readonly string[];
  readonly inPlace: readonly InPlace[];
  readonly reason: string;
  readonly origin: Origin;
  /** How it comes from its live state to the asked one; absent: it is there. */
  readonly transition?: Transition;
  /** It runs, and is stopped and started again; it then comes to the asked state anew. */
  readonly restart?: Restart;
  /** How the state that it is in differs from the asked one, whatever is done about that. */
  readonly state?: { readonly reason: string; readonly origin: Origin };
  /** What it shares with another container changes before it can have its successor. */
  readonly follows?: boolean;
  /** It stays exactly as it is, whatever differs: its change is held, or it was not targeted. */
  readonly left?: true;
  /** Left over by an interrupted run: further containers of the same address. */
  readonly debris: readonly FoundContainer[];
}

/** What other decisions mean for a container. */
export interface Must {
  /** Why it must be replaced, whatever its own differences. */
  replace(found: FoundContainer): string | undefined;
  /** Another container that it is bound to comes, goes, starts or changes its name. */
  readonly follows: boolean;
  /** Why it must be started again, although it runs. */
  restart(found: FoundContainer): Restart | undefined;
  containerId(name: string): string | undefined;
}

export function decideContainer(survey: Survey, resource: Resource, must: Must): Verdict {
  const candidates = survey.containers.get(resource.address) ?? [];
  const compared = candidates.map((found) => ({
    found,
    ...compareContainer(survey, resource, found, must.containerId),
  }));
  const chosen = primary(resource, compared);
  if (!chosen) {
    return {
      resource,
      action: "create",
      image: desiredImage(survey, resource, undefined).image,
      deltas: [],
      unchanged: 0,
      inPlace: [],
      reason: `it does not exist${ending(resource)}`,
      origin: "file",
      debris: [],
    };
  }
  const debris = candidates.filter((candidate) => candidate !== chosen.found);
  const { found, difference, image } = chosen;
  const { unchanged, discarded } = difference;
  const common = { resource, found, image, debris, unchanged, ...(discarded && { discarded }) };
  const deltas = [...renaming(resource, found), ...difference.deltas];
  const why = replaceReason(survey, resource, chosen, must);
  if (why) {
    const labels = found.owner?.adopted ? ["with that it gets its labels"] : [];
    const state = stateBeside(survey, resource, found, must);
    const because = state ? [state.reason] : [];
    const reason = [why, ...because, ...labels].join("; ") + ending(resource);
    const beside = { ...(must.follows && { follows: true }), ...(state && { state }) };
    return replacement(survey, resource, chosen, must, { ...common, ...beside, reason });
  }
  return staying(survey, resource, chosen, must, { ...common, deltas });
}

/** It stays, and is changed in place, brought into the asked state, or left alone. */
function staying(
  survey: Survey,
  resource: Resource,
  { found, difference }: Candidate,
  must: Must,
  common: Pick<Verdict, "resource" | "image" | "debris" | "unchanged" | "deltas">,
): Verdict {
  const { deltas } = common;
  const restart = isUp(found)
    ? (must.restart(found) ?? anew(resource, found, common.debris))
    : undefined;
  const change = restart ? undefined : transition(survey, resource, found);
  const off = restart ? { reason: restart.why, origin: restart.origin } : change;
  const state =
    off && (change?.action !== "wait" || change.ails)
      ? { reason: off.reason, origin: off.origin }
      : undefined;
  const again = { ...(restart && { restart }), ...(state && { state }) };
  const because = restart?.why ?? change?.reason;
  if (deltas.length > 0) {
    const differs = `${names(deltas)} can be changed in place`;
    const reason = because ? `${differs}; ${because}` : differs;
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
    reason: because ?? "",
    origin: (restart ?? change)?.origin ?? "engine",
    ...(change ? { transition: change } : {}),
  };
}

/** The state of one that is replaced; of a restart only what was not the file's doing. */
function stateBeside(
  survey: Survey,
  resource: Resource,
  found: FoundContainer,
  must: Must,
): Verdict["state"] {
  if (ignores(resource.lifecycle, "state")) return undefined;
  const restart = isUp(found) ? must.restart(found) : undefined;
  if (restart && restart.origin !== "file") return { reason: restart.why, origin: restart.origin };
  const change = transition(survey, resource, found);
  return change && (change.action !== "wait" || change.ails)
    ? { reason: change.reason, origin: change.origin }
    : undefined;
}

/** Its start is done anew, where it is to run at all. */
function anew(resource: Resource, found: FoundContainer, others: readonly FoundContainer[]) {
  const stays = !isToRun(resource) || ignores(resource.lifecycle, "state");
  return stays ? undefined : unproven(resource, found, others);
}

const ending = ({ lifecycle }: Resource): string => (lifecycle?.job ? `; ${ENDS}` : "");

/** Why only a replacement will do; `undefined`: none is needed. */
function replaceReason(
  survey: Survey,
  resource: Resource,
  { found, difference: { deltas, inPlace } }: Candidate,
  must: Must,
): string | undefined {
  const forced = must.replace(found);
  if (forced) return forced;
  if (survey.policy.replacing?.includes(resource.address)) return "asked by --replace";
  if (!inPlace) {
    const forcing = deltas.filter(
      ({ live, attribute }) => !live && !fromImage(resource, attribute, deltas),
    );
    return forcedBy(forcing);
  }
  const then = recordedSpec(configLabels(found.json));
  const asked = deltas.filter(({ attribute }) => {
    const name = nameOf(attribute);
    return !equal(resource.spec[name], then[name]);
  });
  return asked.length > 0 && isDone(survey, resource, found)
    ? `a job runs again when what is asked of it changes: ${names(asked)}`
    : undefined;
}

/** Made anew, it is as the file says, what is ignored included. */
function replacement(
  survey: Survey,
  resource: Resource,
  chosen: Candidate,
  must: Must,
  common: Pick<Verdict, "resource" | "debris" | "reason" | "state">,
): Verdict {
  const { lifecycle: _, ...whole } = resource;
  const { found } = chosen;
  const { difference, image } = resource.lifecycle?.ignore
    ? compareContainer(survey, whole, found, must.containerId)
    : chosen;
  const deltas = [...renaming(resource, found), ...difference.deltas];
  const { unchanged } = difference;
  const origin = originOf([...deltas, ...(common.state ? [common.state] : [])]);
  return { ...common, action: "replace", found, image, unchanged, deltas, inPlace: [], origin };
}

function renaming(resource: Resource, found: FoundContainer): readonly Delta[] {
  if (found.name === resource.name) return [];
  const asked = recordedSpec(configLabels(found.json)).container_name;
  const origin = asked === found.name ? "file" : "unknown";
  return [
    { attribute: "container_name", before: found.name, after: resource.name, origin, live: true },
  ];
}

/** An attribute may be changed in place as a rule, and yet not from this value to that one. */
function forcedBy(deltas: readonly Delta[]): string {
  const attributes: Catalogue = catalogue.container;
  const isFixed = ({ attribute }: Delta) => !attributes[nameOf(attribute)]?.docker?.live;
  const [fixed, others] = [deltas.filter(isFixed), deltas.filter((each) => !isFixed(each))];
  const reasons = [
    ...(fixed.length > 0 ? [`${names(fixed)} can only be set when it is created`] : []),
    ...(others.length > 0 ? [`this change of ${names(others)} cannot be made in place`] : []),
  ];
  return reasons.join("; ");
}

const nameOf = (attribute: string): string => attribute.split(".")[0] ?? "";

/** A line that only follows from another image: it forces nothing by itself. */
function fromImage({ spec }: Resource, attribute: string, deltas: readonly Delta[]): boolean {
  return (
    spec[nameOf(attribute)] === undefined && deltas.some((delta) => delta.attribute === "image")
  );
}

/** The attributes of the deltas, each once. */
function names(deltas: readonly Delta[]): string {
  return [...new Set(deltas.map(({ attribute }) => nameOf(attribute)))].join(", ");
}

/** Whose doing all of it is; what has no cause in particular is the file's. */
export function originOf(deltas: readonly { readonly origin: Origin }[]): Origin {
  const origins = new Set(deltas.map(({ origin }) => origin));
  const [only] = origins;
  return origins.size === 1 && only ? only : origins.size === 0 ? "file" : "unknown";
}
