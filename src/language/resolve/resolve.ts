import { catalogue } from "../../attributes/catalogue.ts";
import { hooksOf } from "../../attributes/container/process/hooks.ts";
import { lifecycleOf } from "../../attributes/core/lifecycle.ts";
import { strongestPolicy } from "../../attributes/image/pull-policy.ts";
import { record, text } from "../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type {
  Address,
  Dependency,
  Place,
  Resource,
  Stack,
  UpdateConfig,
} from "../../model/stack.ts";
import { basesIn } from "../model/build-references.ts";
import { isSupplied } from "../model/image-archives.ts";
import { type Container, containerNames, type Model } from "../model/model.ts";
import type { Image, Named } from "../model/named-objects.ts";
import { pluginNeeds, pluginResources } from "../model/plugins.ts";
import { find, keyPlace, type Path } from "../yaml/tree.ts";
import { dependenciesOf, replica } from "./dependencies.ts";
import { endpointsOf } from "./endpoints.ts";
import { mountedOnly } from "./mounted-images.ts";

/** A model without mistakes as resources, in the order of the file's sections. */
export function resolve(model: Model): Stack {
  const found = imagesOf(model);
  const containers = [...model.containers.values()].map((container) => ({
    container,
    spec: specOf(container, model),
  }));
  return {
    name: model.stack,
    resources: [
      ...found.map(({ resource }) => resource),
      ...pluginResources(model),
      ...namedResources("network", withDefault(containers, model), model),
      ...namedResources("volume", model.volumes, model),
      ...containers.flatMap((one) => containerResources(one, found, model)),
    ],
  };
}

interface FoundImage {
  readonly resource: Resource;
  /** Keys of the containers that run it. */
  readonly users: ReadonlySet<string>;
}

/** Declared images, and one for each other reference that a container names. */
function imagesOf(model: Model): readonly FoundImage[] {
  const users = Map.groupBy(
    [...model.containers.values()].filter(({ values }) => values.image !== undefined),
    ({ values }) => text(values.image),
  );
  const declared = new Set<string>();
  const result: FoundImage[] = [];
  for (const image of model.images.values()) {
    const first = !declared.has(image.source);
    declared.add(image.source);
    const own = (users.get(image.source) ?? []).filter(({ authored }) => {
      const named = model.images.get(text(authored.image));
      return named ? named === image : first;
    });
    const [file] = Object.keys(image.supply);
    const path = ["images", image.key, ...(file === undefined ? [] : [file])];
    result.push(imageResource(image.key, image.source, image, own, keyAt(path, model), model));
  }
  for (const [reference, own] of users) {
    const first = own[0];
    if (declared.has(reference) || !first) continue;
    const place = keyAt(["containers", first.key, "image"], model);
    result.push(imageResource(reference, reference, undefined, own, place, model));
  }
  const known = (reference: string) => declared.has(reference) || users.has(reference);
  for (const [reference, { key }] of mountedOnly(model, known)) {
    const place = keyAt(["containers", key, "volumes"], model);
    result.push(imageResource(reference, reference, undefined, [], place, model));
  }
  const present = new Set(result.map(({ resource }) => resource.name));
  for (const { base, build, path } of basesIn(model)) {
    if (present.has(base)) continue;
    present.add(base);
    const { platform } = build.asked;
    const found = imageResource(base, base, undefined, [], keyAt(path, model), model);
    const spec = { ...found.resource.spec, ...(platform !== undefined && { platform }) };
    result.push({ ...found, resource: { ...found.resource, spec } });
  }
  return result.map((image) => withBases(image, result));
}

/** What is built needs the images that it starts from. */
function withBases(image: FoundImage, all: readonly FoundImage[]): FoundImage {
  const { build } = image.resource;
  if (!build) return image;
  const bases = all.filter(({ resource }) => build.bases.includes(resource.name));
  const needs = bases.map(
    ({ resource: { address } }): Dependency => ({
      on: address,
      condition: "started",
      required: true,
    }),
  );
  return { ...image, resource: { ...image.resource, needs } };
}

function imageResource(
  key: string,
  source: string,
  declared: Image | undefined,
  users: readonly Container[],
  place: Place,
  model: Model,
): FoundImage {
  const asked = users.map(({ values }) => text(values.pull_policy));
  const supply = declared?.supply ?? {};
  const renewed = basesIn(model).some(({ base, build }) => base === source && build.asked.pull);
  const build = declared?.build ?? users.find((user) => user.build)?.build;
  const platforms = [...users.map(({ values }) => values.platform), build?.asked.platform];
  const platform = declared?.platform ?? platforms.find(Boolean);
  const mirrors = declared?.mirrors ?? [];
  const policies = [declared?.pull, ...asked, ...(renewed ? ["always"] : [])];
  const pull = build ? "build" : isSupplied(supply) ? "never" : strongestPolicy(policies);
  const spec = {
    source,
    pull,
    ...(platform !== undefined && { platform }),
    ...(mirrors.length > 0 && { mirrors }),
    ...supply,
    ...declared?.published,
  };
  const address: Address = `image.${key}`;
  return {
    resource: {
      ...{ address, kind: "image", key, name: source, spec, needs: [], place },
      ...(build && { build }),
    },
    users: new Set(users.map((container) => container.key)),
  };
}

function namedResources(
  kind: "network" | "volume",
  all: ReadonlyMap<string, Named>,
  model: Model,
): readonly Resource[] {
  return [...all.values()].map(({ key, name, external, values }) => ({
    address: `${kind}.${key}` as const,
    kind,
    key,
    name,
    spec: onEngine(catalogue[kind], values),
    needs: pluginNeeds(values.driver, model),
    ...(external && { external }),
    ...(values.adopt === true && { adopt: true }),
    ...lifecycleOf(values),
    // The default network may stand in no file.
    ...(find(model.root, [`${kind}s`, key]) && { place: keyAt([`${kind}s`, key], model) }),
  }));
}

/** `default` joins the networks when a container is on it and the file does not declare it. */
function withDefault(
  containers: readonly { spec: JsonObject }[],
  { networks, stack }: Model,
): ReadonlyMap<string, Named> {
  const name = `${stack}_default`;
  const used = containers.some(({ spec }) => record(spec.networks)[name] !== undefined);
  if (!used || networks.has("default")) return networks;
  return new Map([...networks, ["default", { key: "default", name, external: false, values: {} }]]);
}

/** The attributes that the engine knows; `platform` goes beside the create body. */
function onEngine(
  attributes: Readonly<Record<string, { readonly docker?: unknown }>>,
  values: Readonly<Record<string, Json>>,
): Record<string, Json> {
  const kept = Object.entries(values).filter(
    ([name]) => attributes[name]?.docker !== undefined || name === "platform",
  );
  return Object.fromEntries(kept);
}

function specOf(container: Container, model: Model): Record<string, Json> {
  const spec = onEngine(catalogue.container, container.values);
  const joined = Object.keys(record(spec.networks)).length > 0;
  if (!joined && spec.network_mode === undefined) {
    const name = model.networks.get("default")?.name ?? `${model.stack}_default`;
    spec.networks = { [name]: { aliases: [container.key] } };
  }
  const joins = record(spec.networks);
  if (Object.keys(joins).length > 0) spec.networks = endpointsOf(joins, container);
  return spec;
}

function containerResources(
  { container, spec }: { container: Container; spec: JsonObject },
  images: readonly FoundImage[],
  model: Model,
): readonly Resource[] {
  const { key } = container;
  const update = container.values.update_config as UpdateConfig | undefined;
  const needs = dependenciesOf(container, spec, images, model);
  const place = keyAt(["containers", key], model);
  return containerNames(model.stack, container).map((name, index) => ({
    address: replica(key, index),
    kind: "container" as const,
    key,
    name,
    spec,
    needs,
    ...(update && { update }),
    ...lifecycleOf(container.values),
    ...hooksOf(container.values),
    place,
    ...(container.values.adopt === true && { adopt: true }),
  }));
}

function keyAt(path: Path, { root }: Model): Place {
  const { file, line, column } = keyPlace(root, path);
  return { file, line, column };
}
