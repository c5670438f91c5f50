import { catalogue } from "../../attributes/catalogue.ts";
import { ignores } from "../../attributes/core/lifecycle.ts";
import { configLabels, recordedSpec } from "../../attributes/core/ownership.ts";
import { at, text } from "../../attributes/values/json.ts";
import type { Delta } from "../../model/change.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Resource } from "../../model/stack.ts";
import { matchesArchive } from "../context/archive-images.ts";
import { imageStatus, type PlanContext } from "../context/context.ts";
import { type AttributeDiff, diffAttributes, type LiveObject } from "./attributes.ts";

/** A live container of an address, and how it differs from what is asked there. */
export interface Candidate {
  readonly found: ObservedContainer;
  readonly difference: AttributeDiff;
  readonly image: JsonObject | undefined;
}

/**
 * Of several containers of one address the one under the wanted name; of others the one that
 * needs least, so that a replacement that was cut short goes on where it stood. The id decides
 * between equals, so that the order of the engine's list never does.
 */
export function selectCurrent(
  resource: Resource,
  candidates: readonly Candidate[],
): Candidate | undefined {
  const cost = ({ found, difference }: Candidate) =>
    (found.name === resource.name ? 0 : 1000) +
    (difference.inPlace ? 0 : 100) +
    difference.deltas.length;
  const order = (a: Candidate, b: Candidate) =>
    cost(a) - cost(b) || (a.found.id < b.found.id ? -1 : 1);
  return [...candidates].sort(order)[0];
}

export function compareContainer(
  context: PlanContext,
  resource: Resource,
  found: ObservedContainer,
  containerId: LiveObject["containerId"],
) {
  const { image, outdated } = desiredImage(context, resource, found);
  const labels = configLabels(found.json);
  const { options, observed } = context;
  const subject: LiveObject = {
    json: found.json,
    lastApplied: recordedSpec(labels),
    image,
    adopted: found.owner?.adopted,
    imageChanges: outdated || (image !== undefined && image.Id !== found.json.Image),
    api: observed.engine.api,
    secrets: options.secrets,
    digest: options.digest,
    redact: context.redact,
    networkId: (name) => context.networkIds.get(name),
    containerId,
    file: (path) => observed.files[`${found.id} ${path}`],
  };
  const { spec, lifecycle } = resource;
  const compared = diffAttributes(catalogue.container, spec, subject, lifecycle);
  const leadsTo = observed.images[text(spec.image)]?.Id;
  const difference = leadsTo === found.json.Image ? askedByFile(compared) : compared;
  if (!outdated) return { image, difference };
  const built = context.images.get(text(resource.spec.image))?.build !== undefined;
  return { image, difference: withNewImage(difference, found, built) };
}

/** While the reference leads to what the container has, only the file can ask for another image. */
function askedByFile(difference: AttributeDiff): AttributeDiff {
  const deltas = difference.deltas.map((delta): Delta => {
    const { attribute, origin } = delta;
    return attribute === "image" && origin === "engine" ? { ...delta, origin: "file" } : delta;
  });
  return { ...difference, deltas };
}

/** There will be other content under the same reference: what it is, the pull or build will tell. */
function withNewImage(
  difference: AttributeDiff,
  found: ObservedContainer,
  built: boolean,
): AttributeDiff {
  const unknown: Delta["unknown"] = built ? "known after build" : "known after pull";
  const delta: Delta = {
    attribute: "image",
    before: text(at(found.json, "Config", "Image")),
    unknown,
    origin: "file",
    inPlace: false,
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
export function desiredImage(
  context: PlanContext,
  resource: Resource,
  found: ObservedContainer | undefined,
) {
  if (found && ignores(resource.lifecycle, "image"))
    return { image: context.observed.images[text(found.json.Image)] ?? undefined, outdated: false };
  const reference = text(resource.spec.image);
  const image = context.images.get(reference);
  const state = image ? imageStatus(context, image) : { json: undefined, pull: "absent" as const };
  const isHere = ["no", "absent", "moved"].includes(state.pull);
  if (!isHere) return { image: undefined, outdated: true };
  if (state.json && found && hasUnreadableConfig(state.json, found))
    return { image: undefined, outdated: false };
  if (state.json) return { image: state.json, outdated: false };
  const same = found && text(at(found.json, "Config", "Image")) === reference;
  const current = same ? context.observed.images[text(found.json.Image)] : undefined;
  if (current && image && !matchesArchive(current, image))
    return { image: undefined, outdated: true };
  return { image: current ?? undefined, outdated: false };
}

/**
 * A containerd store that has not kept all blobs of an image runs it, but tells an empty config. Of
 * a container that was made from it nothing can be said then; it has what it has.
 */
function hasUnreadableConfig(image: JsonObject, found: ObservedContainer): boolean {
  return text(image.Architecture) === "" && image.Id === found.json.Image;
}
