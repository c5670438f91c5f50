import { redactorOf } from "../../attributes/container/former-values.ts";
import { configLabels, hasFailed } from "../../attributes/core/ownership.ts";
import { type Rebuild, rebuild } from "../../attributes/image/build-record.ts";
import { digestsOf } from "../../attributes/image/digests.ts";
import { text } from "../../attributes/values/json.ts";
import { onPlatform } from "../../attributes/values/platform.ts";
import type { Building } from "../../model/build.ts";
import type { JsonObject } from "../../model/json.ts";
import type {
  ListedContainer,
  ObservedContainer,
  ObservedState,
} from "../../model/observed-state.ts";
import type { Address, Condition, Kind, Resource, Stack } from "../../model/stack.ts";
import { matchesArchive } from "./archive-images.ts";
import { isActive } from "./container-status.ts";
import { withoutUnsupported } from "./kernel-features.ts";
import type { PlanOptions } from "./options.ts";
import { type Targeting, targetingOf } from "./targeting.ts";

/** The stack and the engine, indexed for the questions that the decisions ask. */
export interface PlanContext {
  readonly stack: Stack;
  readonly observed: ObservedState;
  readonly options: PlanOptions;
  readonly resources: ReadonlyMap<Address, Resource>;
  /** Images by the reference that containers name. */
  readonly images: ReadonlyMap<string, Resource>;
  /** Who waits for a container, by its address and the condition. */
  readonly waiting: ReadonlyMap<`${Address} ${Condition}`, Address>;
  /** Ids of the engine's networks by name, and by themselves: a container may have been made with one. */
  readonly networkIds: ReadonlyMap<string, string>;
  /** This stack's containers by address; several where a replacement was cut short. */
  readonly containers: ReadonlyMap<Address, readonly ObservedContainer[]>;
  /** By address: what failed to replace a container, and is kept, stopped, for inspection. */
  readonly failed: ReadonlyMap<Address, readonly ObservedContainer[]>;
  /** What the plan is about; everything else stays as it is. */
  readonly targeting: Targeting;
  /** Containers of this stack that stay as they are, by id, and why: `is protected`. */
  readonly kept: ReadonlyMap<string, string>;
  /** Masks what the stack calls sensitive, or has called so, in what somebody else has put on the engine. */
  redact(text: string): string;
}

/** `declared`: the stack whose blocks say what is protected, where `stack` asks for nothing. */
export function createContext(
  asked: Stack,
  observed: ObservedState,
  options: PlanOptions,
  declared: Stack = asked,
): PlanContext {
  const stack = withoutUnsupported(asked, observed);
  const scope = targetingOf(declared, options);
  const resources = new Map(stack.resources.map((resource) => [resource.address, resource]));
  const containers = new Map<Address, ObservedContainer[]>();
  const failed = new Map<Address, ObservedContainer[]>();
  for (const found of observed.containers) {
    if (found.owner?.stack !== stack.name) continue;
    const { address } = found.owner;
    const labels = configLabels(found.json);
    const which = hasFailed(found.name, labels) && !isActive(found) ? failed : containers;
    which.set(address, [...(which.get(address) ?? []), found]);
  }
  return {
    stack,
    observed,
    options,
    resources,
    images: firstOf(ofKind(stack, "image").map((image) => [image.name, image])),
    waiting: firstOf(
      stack.resources.flatMap(({ address, needs }) =>
        needs.map(({ on, condition }) => [`${on} ${condition}` as const, address] as const),
      ),
    ),
    networkIds: firstOf(
      observed.networks.flatMap(({ name, id }): [string, string][] => [
        [name, id],
        [id, id],
      ]),
    ),
    containers,
    failed,
    targeting: scope,
    kept: undeclaredContainers(stack, observed, scope),
    redact: redactorOf(asked, options.secrets, observed),
  };
}

/** What this plan leaves as it is: what is not targeted, and protected ones without a block. */
function undeclaredContainers(
  { name, resources }: Stack,
  { containers }: ObservedState,
  scope: Targeting,
) {
  const asked = new Set(resources.map(({ address }) => address));
  return new Map(
    containers.flatMap((found): [string, string][] => {
      const { owner, id, json } = found;
      if (owner?.stack !== name) return [];
      const named = asked.has(owner.address);
      if (!(named ? scope.includes(owner.address) : scope.isTarget(owner.address)))
        return [[id, "is not targeted"]];
      const labels = configLabels(json);
      const failed = hasFailed(found.name, labels) && !isActive(found);
      return !named && !failed && scope.isProtected(owner.address, labels)
        ? [[id, "is protected"]]
        : [];
    }),
  );
}

/** Of several entries with one key the first stands. */
function firstOf<K, V>(entries: readonly (readonly [K, V])[]): ReadonlyMap<K, V> {
  return new Map(entries.toReversed());
}

export function ofKind(stack: Stack, kind: Kind): readonly Resource[] {
  return stack.resources.filter((resource) => resource.kind === kind);
}

/** Whether the listed container belongs to this stack. */
function isOurs({ stack }: PlanContext, listed: ListedContainer): boolean {
  return listed.owner?.stack === stack.name;
}

/** A container that holds something and that this plan will not take it from. */
export function findForeignUser(
  context: PlanContext,
  holds: (listed: ListedContainer) => boolean,
): ListedContainer | undefined {
  return context.observed.listed.find(
    (listed) => (!isOurs(context, listed) || context.kept.has(listed.id)) && holds(listed),
  );
}

/** Why such a container keeps what it holds, for the end of a clause. */
export function ownershipReason({ kept }: PlanContext, { id }: ListedContainer): string {
  return kept.get(id) ?? "is not this stack's";
}

/** The resources of a kind that the plan is about. */
export function targeted(
  { stack, targeting: scope }: PlanContext,
  kind: Kind,
): readonly Resource[] {
  return ofKind(stack, kind).filter(({ address }) => scope.includes(address));
}

/**
 * `pull`: it is not here; or the registry has other content under the same reference; or the lock
 * file names other content than what is here; or its own file holds other content; or it is to be
 * built anew; or what is asked for is here, and the reference leads to something else.
 */
export interface ImageStatus {
  readonly json: JsonObject | undefined;
  readonly pull: "no" | "absent" | "outdated" | "unpinned" | "unlike" | "changed" | "moved";
  /** Of one that was moved: a container of the stack that has it. */
  readonly user?: string;
  /** Of an image that is built: why that is done again. */
  readonly rebuild?: Rebuild;
}

export function imageStatus(context: PlanContext, image: Resource): ImageStatus {
  const state = stateUnder(context, image, context.observed.images[image.name] ?? undefined);
  const mayMove = image.spec.pull !== "never" || image.content !== undefined;
  const is = state.pull === "no" || state.pull === "absent";
  return is || !mayMove ? state : (elsewhere(context, image) ?? state);
}

/**
 * A container of the stack has the very image, so that it only needs its name again: a run that
 * failed may have moved that, or somebody else. What failed itself is asked last.
 */
function elsewhere(context: PlanContext, image: Resource): ImageStatus | undefined {
  const { build } = image;
  // What else a build gives names to is given them with this one.
  const bare = build ? { ...image, build: { ...build, asked: withoutTags(build.asked) } } : image;
  const failed = new Set([...context.failed.values()].flat());
  const rank = (found: ObservedContainer) => `${failed.has(found) ? 1 : 0} ${found.name}`;
  const all = context.observed.containers.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  for (const { name, json: container } of all) {
    const json = context.observed.images[text(container.Image)] ?? undefined;
    if (json && stateUnder(context, bare, json).pull === "no")
      return { json, pull: "moved", user: name };
  }
  return undefined;
}

function withoutTags({ tags: _, ...asked }: Building["asked"]): Building["asked"] {
  return asked;
}

/** How an image is to what is asked for. */
function stateUnder(
  context: PlanContext,
  image: Resource,
  json: JsonObject | undefined,
): ImageStatus {
  const { observed } = context;
  const platform = text(image.spec.platform);
  if (!json || (platform !== "" && !onPlatform(json, platform)))
    return { json: undefined, pull: "absent" };
  if (image.build) return buildState(context, json, image.build);
  if (image.content) return { json, pull: matchesArchive(json, image) ? "no" : "unlike" };
  const known = digestsOf(json);
  if (image.digest !== undefined) {
    const held = known.includes(image.digest) || image.ids?.includes(text(json.Id));
    return { json, pull: held ? "no" : "unpinned" };
  }
  // A registry that was not asked, or does not answer, cannot say that there is something newer.
  const digest = observed.remote[image.name];
  return digest && !known.includes(digest) ? { json, pull: "outdated" } : { json, pull: "no" };
}

/** `changed`: what it was built from is not what there is now, or is about to change. */
function buildState(context: PlanContext, json: JsonObject, build: Building): ImageStatus {
  const { reasons, deltas } = rebuild(json, build, (base) => {
    const id = context.observed.images[base]?.Id;
    return id === undefined ? undefined : text(id);
  });
  const renewed = build.bases.filter((base) => {
    const image = context.images.get(base);
    const told = reasons.includes(`base image ${base} changed`);
    return image && !told && !["no", "absent"].includes(imageStatus(context, image).pull);
  });
  const all = [...reasons, ...renewed.map((base) => `base image ${base} gets newer content`)];
  return { json, pull: all.length > 0 ? "changed" : "no", rebuild: { reasons: all, deltas } };
}

/** Why an image is pulled or built. */
export function pullReason(state: ImageStatus): string {
  if (state.pull === "changed") return state.rebuild?.reasons.join("; ") ?? "";
  if (state.pull === "moved")
    return `${state.user} has the image that is asked for, and its name leads to another`;
  if (state.pull === "outdated") return "the registry has newer content";
  if (state.pull === "unlike") return "its file holds other content";
  if (state.pull === "unpinned") return "the lock file names other content";
  return "it is not on the engine";
}
