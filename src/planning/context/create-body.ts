import { catalogue } from "../../attributes/catalogue.ts";
import {
  carriedMounts,
  carriedVolumes,
  mountedImages,
} from "../../attributes/container/storage/mount-codec.ts";
import type { Catalogue, Sending } from "../../attributes/core/attribute.ts";
import {
  chosenLabels,
  ownershipLabels,
  successionLabels,
} from "../../attributes/core/ownership.ts";
import { join, list, record, text } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import type { OperationOf } from "../../model/operations/operations.ts";
import type { ConfigFile, Resource } from "../../model/stack.ts";
import type { PlanContext } from "./context.ts";

/** The asked values as the ownership label keeps them: tokens, never clear text, no file contents. */
function lastAppliedSpec(
  attributes: Catalogue,
  spec: JsonObject,
  digest: (text: string) => string,
): JsonObject {
  return Object.fromEntries(
    Object.entries(spec).flatMap(([name, value]) => {
      const attribute = attributes[name];
      if (!attribute || value === undefined) return [];
      return [[name, attribute.recorded?.(value, digest) ?? value]];
    }),
  );
}

function fragments(attributes: Catalogue, spec: JsonObject, sending: Sending): JsonObject[] {
  return Object.entries(spec).flatMap(([name, value]) => {
    const docker = attributes[name]?.docker;
    return docker && value !== undefined ? [docker.toEngine(value, sending)] : [];
  });
}

function withLabels(context: PlanContext, attributes: Catalogue, resource: Resource): JsonObject {
  const { address, kind, name, spec, lifecycle, hooks } = resource;
  // By it a renaming on the engine is told from one in the file; by the state, a stop.
  const { state } = lifecycle ?? {};
  const also = {
    container_name: name,
    ...(state ? { state } : {}),
    ...(hooks as JsonObject | undefined),
  };
  const named = kind === "container" ? { ...spec, ...also } : spec;
  const asked = lastAppliedSpec(attributes, named, context.options.digest);
  const isProtected = lifecycle?.protect === true;
  return { Labels: ownershipLabels(context.stack.name, address, asked, isProtected) };
}

/** The create body of a network or volume. */
export function networkOrVolumeBody(context: PlanContext, resource: Resource): JsonObject {
  const attributes = resource.kind === "network" ? catalogue.network : catalogue.volume;
  const sending = { api: context.observed.engine.api, spec: resource.spec };
  return join([
    withLabels(context, attributes, resource),
    ...fragments(attributes, resource.spec, sending),
    // Without it, engines below 25 make a second network of the same name.
    resource.kind === "network" ? { CheckDuplicate: true } : {},
  ]);
}

export interface ContainerParts {
  readonly create: OperationOf<"container.create">;
  /** By network, what the create call of this API cannot take. */
  readonly connects: Readonly<Record<string, JsonObject>>;
  readonly injects: readonly Inject[];
}

type Inject = Omit<OperationOf<"container.write_files">, "container">;

/** What a container is made with that its block does not say. */
interface Circumstances {
  readonly oldContainer?: JsonObject | undefined;
  readonly image: JsonObject | undefined;
  /** By network: addresses of our choice. */
  readonly addresses?: Readonly<Record<string, JsonObject>> | undefined;
}

/** All that makes a container, under the given name. */
export function containerParts(
  context: PlanContext,
  resource: Resource,
  name: string,
  { oldContainer, image, addresses = {} }: Circumstances,
): ContainerParts {
  const spec = withAddresses(resource.spec, addresses);
  const sending: Sending = {
    api: context.observed.engine.api,
    spec,
    ...(oldContainer ? { oldContainer: oldContainer } : {}),
  };
  const body = join([
    withLabels(context, catalogue.container, resource),
    ...fragments(catalogue.container, spec, sending),
    { Labels: { ...successionLabels(oldContainer), ...chosenLabels(addresses) } },
    oldContainer
      ? carriedMounts(inheritedVolumes(context, resource, oldContainer, image), spec)
      : {},
  ]);
  const platform = text(spec.platform);
  const each = Object.entries(catalogue.container).filter(([key]) => spec[key] !== undefined);
  return {
    create: { operation: "container.create", name, ...(platform ? { platform } : {}), body },
    connects: Object.assign(
      {},
      ...each.map(([key, { docker }]) => docker?.connects?.(spec[key] ?? null, sending) ?? {}),
    ) as Record<string, JsonObject>,
    injects: filesToCopy(
      spec,
      each.flatMap(([key, { docker }]) => docker?.files?.(spec[key] ?? null) ?? []),
    ),
  };
}

function withAddresses(
  spec: JsonObject,
  addresses: Readonly<Record<string, JsonObject>>,
): JsonObject {
  const joined = Object.entries(record(spec.networks)).map(([network, endpoint]) => [
    network,
    { ...record(endpoint), ...addresses[network] },
  ]);
  return spec.networks === undefined ? spec : { ...spec, networks: Object.fromEntries(joined) };
}

/** The old container's anonymous volumes that go to a replacement, names by target. */
export function inheritedVolumes(
  { observed }: PlanContext,
  { spec }: Resource,
  oldContainer: JsonObject,
  image: JsonObject | undefined,
): ReadonlyMap<string, string> {
  const former = observed.images[text(oldContainer.Image)] ?? undefined;
  return carriedVolumes(oldContainer, image ?? former, spec);
}

/**
 * Files go into the root all at once. A read-only root is refused as the archive's place even where
 * all files lie on volumes (engines 20.10 and 28), so there each volume gets an archive of its own.
 */
function filesToCopy(spec: JsonObject, files: readonly ConfigFile[]): readonly Inject[] {
  if (files.length === 0) return [];
  if (spec.read_only !== true) return [{ operation: "container.write_files", files }];
  const mounts = Object.keys(record(spec.volumes)).sort((a, b) => b.length - a.length);
  const mountOf = ({ target }: ConfigFile) =>
    mounts.find((mount) => target.startsWith(`${mount}/`)) ?? "/";
  return [...Map.groupBy(files, mountOf)].map(([into, those]) => ({
    operation: "container.write_files",
    into,
    files: those,
  }));
}

/** References of the images that a container's spec runs or mounts. */
export function referencedImages(spec: JsonObject): readonly string[] {
  return [text(spec.image), ...mountedImages(spec.volumes)];
}

/** Names of the networks that a container's spec joins. */
export function referencedNetworks(spec: JsonObject): readonly string[] {
  return Object.keys(record(spec.networks));
}

/** Names of the named volumes that a container's spec mounts. */
export function referencedVolumes(spec: JsonObject): readonly string[] {
  return Object.values(record(spec.volumes)).flatMap((mount) => {
    const { type, source } = record(mount);
    return type === "volume" && source !== undefined ? [text(source)] : [];
  });
}

/** Names of the volumes that a live container mounts, those without a name in the file too. */
export function mountedVolumes({ json }: ObservedContainer): readonly string[] {
  return list(json.Mounts).flatMap((mount) => {
    const { Type, Name } = record(mount);
    return Type === "volume" ? [text(Name)] : [];
  });
}
