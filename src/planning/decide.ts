import type { InPlace } from "../attributes/attribute.ts";
import { at, record, text } from "../attributes/compare.ts";
import { catalogue } from "../attributes/index.ts";
import { recordedSpec } from "../attributes/labels.ts";
import { ignores } from "../attributes/lifecycle.ts";
import type { Action, Delta, Origin } from "../model/change.ts";
import type { JsonObject } from "../model/json.ts";
import type { FoundContainer } from "../model/observed.ts";
import type { Resource } from "../model/stack.ts";
import { type Difference, differences, type Subject } from "./diff.ts";
import { ENDS, isDone, type Transition, transition } from "./state.ts";
import { imageState, type Survey } from "./survey.ts";

/** What becomes of one container. */
export interface Verdict {
  readonly resource: Resource;
  readonly action: Exclude<Action, "remove" | "pull"> | "none";
  readonly found?: FoundContainer;
  /** The image it will run, where known. */
  readonly image: JsonObject | undefined;
  readonly deltas: readonly Delta[];
  readonly unchanged: number;
  readonly inPlace: readonly InPlace[];
  readonly reason: string;
  readonly origin: Origin;
  /** How it comes from its live state to the asked one; absent: it is there. */
  readonly transition?: Transition;
  /** Why it is stopped and started again: what it depends on was. */
  readonly restart?: string;
  /** It stays exactly as it is, whatever differs: its change is held, or it was not targeted. */
  readonly left?: true;
  /** Left over by an interrupted run: further containers of the same address. */
  readonly debris: readonly FoundContainer[];
}

export function decideContainer(
  survey: Survey,
  resource: Resource,
  mustReplace: string | undefined,
): Verdict {
  const candidates = survey.containers.get(resource.address) ?? [];
  const compared = candidates.map((found) => ({
    found,
    ...compareContainer(survey, resource, found),
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
  const common = { resource, found, image, debris, unchanged: difference.unchanged };
  const deltas = [...renaming(resource, found), ...difference.deltas];
  const reason = replaceReason(survey, resource, chosen, mustReplace);
  if (reason) {
    const why = reason + ending(resource);
    return replacement(survey, resource, chosen, { ...common, reason: why });
  }
  const change = transition(survey, resource, found);
  if (deltas.length > 0) {
    const differs = `${names(deltas)} can be changed in place`;
    const reason = change ? `${differs}; ${change.reason}` : differs;
    const inPlace = difference.inPlace ?? [];
    const origin = originOf(deltas);
    const update = { ...common, action: "update", deltas, inPlace, reason, origin } as const;
    return change ? { ...update, transition: change } : update;
  }
  return {
    ...common,
    action: change?.action ?? "none",
    deltas,
    inPlace: [],
    reason: change?.reason ?? "",
    origin: change?.origin ?? "engine",
    ...(change ? { transition: change } : {}),
  };
}

const ending = ({ lifecycle }: Resource): string => (lifecycle?.job ? `; ${ENDS}` : "");

/** Why only a replacement will do; `undefined`: none is needed. */
function replaceReason(
  survey: Survey,
  resource: Resource,
  { found, difference: { deltas, inPlace } }: Candidate,
  mustReplace: string | undefined,
): string | undefined {
  if (mustReplace) return mustReplace;
  if (survey.policy.replacing?.includes(resource.address)) return "asked by --replace";
  if (!inPlace) {
    const forcing = deltas.filter(
      ({ live, attribute }) => !live && !fromImage(resource, attribute, deltas),
    );
    return `${names(forcing)} can only be set when it is created`;
  }
  const asked = deltas.filter(({ origin }) => origin !== "engine");
  return asked.length > 0 && isDone(survey, resource, found)
    ? `a job runs again when what is asked of it changes: ${names(asked)}`
    : undefined;
}

/** Made anew, it is as the file says, what is ignored included. */
function replacement(
  survey: Survey,
  resource: Resource,
  chosen: Candidate,
  common: Pick<Verdict, "resource" | "debris" | "reason">,
): Verdict {
  const { lifecycle: _, ...whole } = resource;
  const { found } = chosen;
  const { difference, image } = resource.lifecycle?.ignore
    ? compareContainer(survey, whole, found)
    : chosen;
  const deltas = [...renaming(resource, found), ...difference.deltas];
  const { unchanged } = difference;
  const origin = originOf(deltas);
  return { ...common, action: "replace", found, image, unchanged, deltas, inPlace: [], origin };
}

interface Candidate {
  readonly found: FoundContainer;
  readonly difference: Difference;
  readonly image: JsonObject | undefined;
}

/**
 * Of several containers of one address the one under the wanted name; of others the one that
 * needs least, so that a replacement that was cut short goes on where it stood. The id decides
 * between equals, so that the order of the engine's list never does.
 */
function primary(resource: Resource, candidates: readonly Candidate[]): Candidate | undefined {
  const cost = ({ found, difference }: Candidate) =>
    (found.name === resource.name ? 0 : 1000) +
    (difference.inPlace ? 0 : 100) +
    difference.deltas.length;
  const order = (a: Candidate, b: Candidate) =>
    cost(a) - cost(b) || (a.found.id < b.found.id ? -1 : 1);
  return [...candidates].sort(order)[0];
}

function compareContainer(survey: Survey, resource: Resource, found: FoundContainer) {
  const { image, outdated } = desiredImage(survey, resource, found);
  const labels = record(at(found.json, "Config", "Labels"));
  const { policy, observed } = survey;
  const subject: Subject = {
    json: found.json,
    recorded: recordedSpec(labels),
    image,
    imageChanges: outdated || (image !== undefined && image.Id !== found.json.Image),
    api: observed.engine.api,
    secrets: policy.secrets,
    digest: policy.digest,
    networkId: (name) => survey.networkIds.get(name),
    file: (path) => observed.files[`${found.id} ${path}`],
  };
  const { spec, lifecycle } = resource;
  const difference = differences(catalogue.container, spec, subject, lifecycle);
  return { image, difference: outdated ? withNewImage(difference, found) : difference };
}

/** The registry has other content under the same reference: what it is, the pull will tell. */
function withNewImage(difference: Difference, found: FoundContainer): Difference {
  const delta: Delta = {
    attribute: "image",
    before: text(at(found.json, "Config", "Image")),
    unknown: "known after pull",
    origin: "file",
    live: false,
  };
  const others = difference.deltas.filter(({ attribute }) => attribute !== "image");
  return { ...difference, deltas: [delta, ...others], inPlace: undefined };
}

/**
 * The image to compare with is the one that the container will run. While the reference is not on
 * the engine, a container that was made from the same reference keeps what it has.
 */
function desiredImage(survey: Survey, resource: Resource, found: FoundContainer | undefined) {
  if (found && ignores(resource.lifecycle, "image"))
    return { image: survey.observed.images[text(found.json.Image)] ?? undefined, outdated: false };
  const reference = text(resource.spec.image);
  const image = survey.images.get(reference);
  const state = image ? imageState(survey, image) : { json: undefined, pull: "absent" as const };
  if (state.pull === "outdated" || state.pull === "unpinned")
    return { image: undefined, outdated: true };
  if (state.json && found && unreadable(state.json, found))
    return { image: undefined, outdated: false };
  if (state.json) return { image: state.json, outdated: false };
  const same = found && text(at(found.json, "Config", "Image")) === reference;
  const current = same ? survey.observed.images[text(found.json.Image)] : undefined;
  return { image: current ?? undefined, outdated: false };
}

/**
 * A containerd store that has not kept all blobs of an image runs it, but tells an empty config. Of
 * a container that was made from it nothing can be said then; it has what it has.
 */
function unreadable(image: JsonObject, found: FoundContainer): boolean {
  return text(image.Architecture) === "" && image.Id === found.json.Image;
}

/** The names that a container bears for the time of a replacement. */
const PASSING = /\.(next|new|old|swap)$/;

function renaming(resource: Resource, found: FoundContainer): readonly Delta[] {
  if (found.name === resource.name) return [];
  const asked = recordedSpec(record(at(found.json, "Config", "Labels"))).container_name;
  const byEngine = asked === resource.name && !PASSING.test(found.name);
  const origin = byEngine ? "engine" : asked === found.name ? "file" : "unknown";
  return [
    { attribute: "container_name", before: found.name, after: resource.name, origin, live: true },
  ];
}

/** A line that only follows from another image: it forces nothing by itself. */
function fromImage({ spec }: Resource, attribute: string, deltas: readonly Delta[]): boolean {
  const name = attribute.split(".")[0] ?? "";
  return spec[name] === undefined && deltas.some((delta) => delta.attribute === "image");
}

/** The attributes of the deltas, each once. */
function names(deltas: readonly Delta[]): string {
  return [...new Set(deltas.map(({ attribute }) => attribute.split(".")[0]))].join(", ");
}

export function originOf(deltas: readonly Delta[]): Origin {
  const origins = new Set(deltas.map(({ origin }) => origin));
  const [only] = origins;
  return origins.size === 1 && only ? only : origins.size === 0 ? "file" : "unknown";
}
