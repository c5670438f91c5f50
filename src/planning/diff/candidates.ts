import { catalogue } from "../../attributes/catalogue.ts";
import { ignores } from "../../attributes/core/lifecycle.ts";
import { configLabels, recordedSpec } from "../../attributes/core/ownership.ts";
import { at, text } from "../../attributes/values/json.ts";
import type { Delta } from "../../model/change.ts";
import type { JsonObject } from "../../model/json.ts";
import type { FoundContainer } from "../../model/observed-state.ts";
import type { Resource } from "../../model/stack.ts";
import { isSupply } from "../context/archive-images.ts";
import { imageState, type Survey } from "../context/context.ts";
import { type Difference, differences, type Subject } from "./attributes.ts";

/** A live container of an address, and how it differs from what is asked there. */
export interface Candidate {
  readonly found: FoundContainer;
  readonly difference: Difference;
  readonly image: JsonObject | undefined;
}

/**
 * Of several containers of one address the one under the wanted name; of others the one that
 * needs least, so that a replacement that was cut short goes on where it stood. The id decides
 * between equals, so that the order of the engine's list never does.
 */
export function primary(
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
  survey: Survey,
  resource: Resource,
  found: FoundContainer,
  containerId: Subject["containerId"],
) {
  const { image, outdated } = desiredImage(survey, resource, found);
  const labels = configLabels(found.json);
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
    redact: survey.redact,
    networkId: (name) => survey.networkIds.get(name),
    containerId,
    file: (path) => observed.files[`${found.id} ${path}`],
  };
  const { spec, lifecycle } = resource;
  const compared = differences(catalogue.container, spec, subject, lifecycle);
  const leadsTo = observed.images[text(spec.image)]?.Id;
  const difference = leadsTo === found.json.Image ? askedByFile(compared) : compared;
  if (!outdated) return { image, difference };
  const built = survey.images.get(text(resource.spec.image))?.build !== undefined;
  return { image, difference: withNewImage(difference, found, built) };
}

/** While the reference leads to what the container has, only the file can ask for another image. */
function askedByFile(difference: Difference): Difference {
  const deltas = difference.deltas.map((delta): Delta => {
    const { attribute, origin } = delta;
    return attribute === "image" && origin === "engine" ? { ...delta, origin: "file" } : delta;
  });
  return { ...difference, deltas };
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
export function desiredImage(
  survey: Survey,
  resource: Resource,
  found: FoundContainer | undefined,
) {
  if (found && ignores(resource.lifecycle, "image"))
    return { image: survey.observed.images[text(found.json.Image)] ?? undefined, outdated: false };
  const reference = text(resource.spec.image);
  const image = survey.images.get(reference);
  const state = image ? imageState(survey, image) : { json: undefined, pull: "absent" as const };
  const isHere = ["no", "absent", "moved"].includes(state.pull);
  if (!isHere) return { image: undefined, outdated: true };
  if (state.json && found && unreadable(state.json, found))
    return { image: undefined, outdated: false };
  if (state.json) return { image: state.json, outdated: false };
  const same = found && text(at(found.json, "Config", "Image")) === reference;
  const current = same ? survey.observed.images[text(found.json.Image)] : undefined;
  if (current && image && !isSupply(current, image)) return { image: undefined, outdated: true };
  return { image: current ?? undefined, outdated: false };
}

/**
 * A containerd store that has not kept all blobs of an image runs it, but tells an empty config. Of
 * a container that was made from it nothing can be said then; it has what it has.
 */
function unreadable(image: JsonObject, found: FoundContainer): boolean {
  return text(image.Architecture) === "" && image.Id === found.json.Image;
}
