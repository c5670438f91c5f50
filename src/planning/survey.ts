import { at, list, record, text } from "../attributes/compare.ts";
import { hasFailed } from "../attributes/labels.ts";
import { onPlatform } from "../attributes/platform.ts";
import type { JsonObject } from "../model/json.ts";
import type { FoundContainer, ListedContainer, Observed } from "../model/observed.ts";
import type { Address, Condition, Kind, Resource, Stack } from "../model/stack.ts";
import type { Policy } from "./policy.ts";
import { isUp } from "./status.ts";
import { isSupply } from "./supply.ts";

/** The stack and the engine, indexed for the questions that the decisions ask. */
export interface Survey {
  readonly stack: Stack;
  readonly observed: Observed;
  readonly policy: Policy;
  readonly resources: ReadonlyMap<Address, Resource>;
  /** Images by the reference that containers name. */
  readonly images: ReadonlyMap<string, Resource>;
  /** Who waits for a container, by its address and the condition. */
  readonly waiting: ReadonlyMap<`${Address} ${Condition}`, Address>;
  /** Ids of the engine's networks by name. */
  readonly networkIds: ReadonlyMap<string, string>;
  /** This stack's containers by address; several where a replacement was cut short. */
  readonly containers: ReadonlyMap<Address, readonly FoundContainer[]>;
  /** By address: what failed to replace a container, and is kept, stopped, for inspection. */
  readonly failed: ReadonlyMap<Address, readonly FoundContainer[]>;
}

export function survey(stack: Stack, observed: Observed, policy: Policy): Survey {
  const resources = new Map(stack.resources.map((resource) => [resource.address, resource]));
  const containers = new Map<Address, FoundContainer[]>();
  const failed = new Map<Address, FoundContainer[]>();
  for (const found of observed.containers) {
    if (found.owner?.stack !== stack.name) continue;
    const { address } = found.owner;
    const labels = record(at(found.json, "Config", "Labels"));
    const which = hasFailed(found.name, labels) && !isUp(found) ? failed : containers;
    which.set(address, [...(which.get(address) ?? []), found]);
  }
  return {
    stack,
    observed,
    policy,
    resources,
    images: firstOf(ofKind(stack, "image").map((image) => [image.name, image])),
    waiting: firstOf(
      stack.resources.flatMap(({ address, needs }) =>
        needs.map(({ on, condition }) => [`${on} ${condition}` as const, address] as const),
      ),
    ),
    networkIds: firstOf(observed.networks.map(({ name, id }) => [name, id])),
    containers,
    failed,
  };
}

/** Of several entries with one key the first stands. */
function firstOf<K, V>(entries: readonly (readonly [K, V])[]): ReadonlyMap<K, V> {
  return new Map(entries.toReversed());
}

export function ofKind(stack: Stack, kind: Kind): readonly Resource[] {
  return stack.resources.filter((resource) => resource.kind === kind);
}

/** Whether the listed container belongs to this stack. */
function isOurs({ stack }: Survey, listed: ListedContainer): boolean {
  return listed.owner?.stack === stack.name;
}

export function foreignHolder(
  survey: Survey,
  holds: (listed: ListedContainer) => boolean,
): ListedContainer | undefined {
  return survey.observed.listed.find((listed) => !isOurs(survey, listed) && holds(listed));
}

/**
 * `pull`: it is not here; or the registry has other content under the same reference; or the lock
 * file names other content than what is here; or its own file holds other content.
 */
export interface ImageState {
  readonly json: JsonObject | undefined;
  readonly pull: "no" | "absent" | "outdated" | "unpinned" | "unlike";
}

export function imageState({ observed }: Survey, image: Resource): ImageState {
  const json = observed.images[image.name] ?? undefined;
  const platform = text(image.spec.platform);
  if (!json || (platform !== "" && !onPlatform(json, platform)))
    return { json: undefined, pull: "absent" };
  if (image.content) return { json, pull: isSupply(json, image) ? "no" : "unlike" };
  const known = list(json.RepoDigests).map((each) => text(each).split("@")[1]);
  if (image.digest !== undefined) {
    const held = known.includes(image.digest) || image.ids?.includes(text(json.Id));
    return { json, pull: held ? "no" : "unpinned" };
  }
  // A registry that was not asked, or does not answer, cannot say that there is something newer.
  const digest = observed.remote[image.name];
  return digest && !known.includes(digest) ? { json, pull: "outdated" } : { json, pull: "no" };
}

/** Why an image is pulled. */
export function pullReason(state: ImageState): string {
  if (state.pull === "outdated") return "the registry has newer content";
  if (state.pull === "unlike") return "its file holds other content";
  if (state.pull === "unpinned") return "the lock file names other content";
  return "it is not on the engine";
}
