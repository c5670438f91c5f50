import type { InPlace } from "../attributes/attribute.ts";
import { at, number, record, text } from "../attributes/compare.ts";
import { catalogue } from "../attributes/index.ts";
import { recordedSpec } from "../attributes/labels.ts";
import type { Action, Delta, Origin } from "../model/change.ts";
import type { JsonObject } from "../model/json.ts";
import type { FoundContainer } from "../model/observed.ts";
import type { Resource } from "../model/stack.ts";
import { type Difference, differences, type Subject } from "./diff.ts";
import { isUp } from "./status.ts";
import { imageState, type Survey } from "./survey.ts";

/** What becomes of one container. */
export interface Verdict {
  readonly resource: Resource;
  readonly action: Extract<Action, "create" | "update" | "replace" | "start"> | "none";
  readonly found?: FoundContainer;
  /** The image it will run, where known. */
  readonly image: JsonObject | undefined;
  readonly deltas: readonly Delta[];
  readonly unchanged: number;
  readonly inPlace: readonly InPlace[];
  readonly reason: string;
  readonly origin: Origin;
  /** Why it must be started, although it is there. */
  readonly stopped?: string;
  /** It runs, and must be stopped before that. */
  readonly again?: boolean;
  /** What it shares with another container changes before it can have its successor. */
  readonly follows?: boolean;
  /** Left over by an interrupted run: further containers of the same address. */
  readonly debris: readonly FoundContainer[];
}

/** What other decisions mean for a container. */
export interface Must {
  /** Why it must be replaced, whatever it is like. */
  readonly replace: string | undefined;
  /** Another container that it is bound to comes, goes, starts or changes its name. */
  readonly follows: boolean;
  /** Why it must be started again, although it runs. */
  restart(found: FoundContainer): string | undefined;
  containerId(name: string): string | undefined;
}

export function decideContainer(survey: Survey, resource: Resource, must: Must): Verdict {
  const candidates = survey.containers.get(resource.address) ?? [];
  const compared = candidates.map((found) => ({
    found,
    ...compareContainer(survey, resource, found, must),
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
      reason: "it does not exist",
      origin: "file",
      debris: [],
    };
  }
  const debris = candidates.filter((candidate) => candidate !== chosen.found);
  const { found, difference, image } = chosen;
  const shared = { resource, found, image, debris, unchanged: difference.unchanged };
  const deltas = [...renaming(resource, found), ...difference.deltas];
  const origin = originOf(deltas);
  if (must.replace || !difference.inPlace) {
    const forcing = deltas.filter(
      ({ live, attribute }) => !live && !fromImage(resource, attribute, deltas),
    );
    const why = must.replace ?? `${names(forcing)} can only be set when it is created`;
    const reason = found.owner?.adopted ? `${why}; with that it gets its labels` : why;
    const follows = must.follows ? { follows: true } : {};
    return { ...shared, ...follows, action: "replace", deltas, inPlace: [], reason, origin };
  }
  const again = isUp(found) ? must.restart(found) : undefined;
  const common = { ...shared, ...(again ? { again: true } : {}) };
  const stopped = again ?? startReason(survey, resource, found);
  if (deltas.length > 0) {
    const differs = `${names(deltas)} can be changed in place`;
    const reason = stopped ? `${differs}; ${stopped}` : differs;
    const { inPlace } = difference;
    const update = { ...common, action: "update", deltas, inPlace, reason, origin } as const;
    return stopped ? { ...update, stopped } : update;
  }
  return {
    ...common,
    action: stopped ? "start" : "none",
    deltas,
    inPlace: [],
    reason: stopped ?? "",
    origin: "engine",
  };
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

function compareContainer(
  survey: Survey,
  resource: Resource,
  found: FoundContainer,
  { containerId }: Must,
) {
  const { image, outdated } = desiredImage(survey, resource, found);
  const labels = record(at(found.json, "Config", "Labels"));
  const { policy, observed } = survey;
  const subject: Subject = {
    json: found.json,
    recorded: recordedSpec(labels),
    image,
    adopted: found.owner?.adopted,
    imageChanges: outdated || (image !== undefined && image.Id !== found.json.Image),
    api: observed.engine.api,
    secrets: policy.secrets,
    digest: policy.digest,
    networkId: (name) => survey.networkIds.get(name),
    containerId,
    file: (path) => observed.files[`${found.id} ${path}`],
  };
  const difference = differences(catalogue.container, resource.spec, subject);
  if (!outdated) return { image, difference };
  const built = survey.images.get(text(resource.spec.image))?.build !== undefined;
  return { image, difference: withNewImage(difference, found, built) };
}

/** There will be other content under the same reference: what it is, the pull or build will tell. */
function withNewImage(difference: Difference, found: FoundContainer, built: boolean): Difference {
  const unknown: Delta["unknown"] = built ? "known after build" : "known after pull";
  const delta: Delta = {
    attribute: "image",
    before: text(at(found.json, "Config", "Image")),
    unknown,
    origin: "file",
    live: false,
  };
  const others = difference.deltas
    .filter(({ attribute }) => attribute !== "image")
    .map((other) => (other.unknown === "known after pull" ? { ...other, unknown } : other));
  return { ...difference, deltas: [delta, ...others], inPlace: undefined };
}

/**
 * The image to compare with is the one that the container will run. While the reference is not on
 * the engine, a container that was made from the same reference keeps what it has.
 */
function desiredImage(survey: Survey, resource: Resource, found: FoundContainer | undefined) {
  const reference = text(resource.spec.image);
  const image = survey.images.get(reference);
  const state = image ? imageState(survey, image) : { json: undefined, pull: "absent" as const };
  if (state.pull !== "no" && state.pull !== "absent") return { image: undefined, outdated: true };
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
export const PASSING = /\.(next|new|old|swap)$/;

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

/** Why a container that is as asked must still be started; `undefined`: it need not. */
function startReason(
  { waiting }: Survey,
  { address }: Resource,
  found: FoundContainer,
): string | undefined {
  const state = record(found.json.State);
  const status = text(state.Status);
  if (status === "running" || status === "restarting") return undefined;
  if (status === "paused") return "it is paused";
  const code = number(state.ExitCode);
  if (status === "created") return "it was never started";
  // Somebody waits for its completion: it runs once, and is done when it has exited with 0.
  const job = waiting.has(`${address} completed`);
  if (status === "exited" && code === 0 && job) return undefined;
  return `it is ${status}${status === "exited" ? ` (${code})` : ""}`;
}
