import { catalogue } from "../../../src/attributes/catalogue.ts";
import { hooksOf } from "../../../src/attributes/container/process/hooks.ts";
import type { Catalogue, Scope } from "../../../src/attributes/core/attribute.ts";
import { lifecycleOf } from "../../../src/attributes/core/lifecycle.ts";
import { record, text } from "../../../src/attributes/values/json.ts";
import { dependencies } from "../../../src/language/model/model.ts";
import type { Json, JsonObject } from "../../../src/model/json.ts";
import type {
  Address,
  Condition,
  Dependency,
  Resource,
  Stack,
  UpdateConfig,
} from "../../../src/model/stack.ts";

/** What a stack file says, as a value: authored forms by section and key. */
export interface Document {
  readonly images?: Readonly<Record<string, JsonObject>>;
  readonly networks?: Readonly<Record<string, JsonObject>>;
  readonly volumes?: Readonly<Record<string, JsonObject>>;
  readonly configs?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly containers: Readonly<Record<string, JsonObject>>;
}

const STACK = "shop";

/** A stack without its file: the attributes are parsed, names and needs are those of the language. */
export function stackOf(document: Document, name = STACK): Stack {
  const { networks = {}, volumes = {}, images = {}, containers } = document;
  const specs = Object.entries(containers).map(([key, authored]) => ({
    key,
    authored,
    spec: containerSpec(name, key, authored, document),
  }));
  const joins = specs.some(({ spec }) => record(spec.networks)[`${name}_default`] !== undefined);
  const allNetworks = joins && !networks.default ? { ...networks, default: {} } : networks;
  return {
    name,
    resources: [
      ...imagesOf(
        images,
        specs.map(({ spec, authored }) => ({ ...authored, ...spec })),
      ),
      ...named(name, "network", allNetworks),
      ...named(name, "volume", volumes),
      ...specs.flatMap((one) => containersOf(name, one, document)),
    ],
  };
}

function parsed(attributes: Catalogue, authored: JsonObject, scope: Scope): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(authored).flatMap(([name, value]) => {
      const attribute = attributes[name];
      if (!attribute) throw new Error(`no attribute ${name}`);
      const kept = attribute.docker !== undefined || ["platform", "source", "pull"].includes(name);
      return kept && value !== undefined ? [[name, attribute.parse(value, scope)]] : [];
    }),
  );
}

function scopeOf(stack: string, key: string, document: Document): Scope {
  const nameOf = (section: "networks" | "volumes") => (name: string) => {
    const declared = document[section]?.[name];
    return declared ? text(declared.name) || `${stack}_${name}` : undefined;
  };
  return {
    stack,
    key,
    network: (name) =>
      nameOf("networks")(name) ?? (name === "default" ? `${stack}_default` : undefined),
    volume: nameOf("volumes"),
    plugin: () => undefined,
    image: (name) => document.images?.[name]?.source as string | undefined,
    config: (name) => document.configs?.[name],
    secret: (name) => document.secrets?.[name],
    container: (name) => {
      const other = document.containers[name];
      return other && (text(other.container_name) || `${stack}-${name}-1`);
    },
    keys: (kind) => Object.keys(document[kind] ?? {}),
    path: (path) => (path.startsWith("/") ? path : `/project/${path}`),
  };
}

function containerSpec(stack: string, key: string, authored: JsonObject, document: Document) {
  const spec = parsed(catalogue.container, authored, scopeOf(stack, key, document));
  if (Object.keys(record(spec.networks)).length === 0 && spec.network_mode === undefined) {
    spec.networks = { [`${stack}_default`]: { aliases: [key] } };
  }
  return spec;
}

function imagesOf(
  declared: Readonly<Record<string, JsonObject>>,
  specs: readonly JsonObject[],
): Resource[] {
  const byReference = new Map<string, { key: string; pull: string; platform: string }>();
  for (const [key, { source, pull, platform }] of Object.entries(declared)) {
    byReference.set(text(source), { key, pull: text(pull) || "missing", platform: text(platform) });
  }
  for (const { image, pull_policy, platform } of specs) {
    const reference = text(image);
    if (byReference.has(reference)) continue;
    const pull = text(pull_policy) || "missing";
    byReference.set(reference, { key: reference, pull, platform: text(platform) });
  }
  return [...byReference].map(([name, { key, pull, platform }]) => ({
    address: `image.${key}`,
    kind: "image",
    key,
    name,
    spec: { source: name, pull, ...(platform ? { platform } : {}) },
    needs: [],
  }));
}

function named(
  stack: string,
  kind: "network" | "volume",
  all: Readonly<Record<string, JsonObject>>,
): Resource[] {
  return Object.entries(all).map(([key, authored]) => {
    const { external } = authored;
    return {
      address: `${kind}.${key}`,
      kind,
      key,
      name: text(authored.name) || (external === true ? key : `${stack}_${key}`),
      spec: parsed(catalogue[kind], authored, scopeOf(stack, key, { containers: {} })),
      needs: [],
      ...lifecycleOf(authored),
      ...(external === true ? { external } : {}),
    };
  });
}

const CONDITIONS: Readonly<Record<string, Condition>> = {
  service_started: "started",
  service_healthy: "healthy",
  service_completed_successfully: "completed",
};

const replicasOf = (authored: JsonObject | undefined): number => Number(authored?.replicas ?? 1);

function replica(key: string, index: number): Address {
  return index === 0 ? `container.${key}` : `container.${key}[${index + 1}]`;
}

function containersOf(
  stack: string,
  { key, authored, spec }: { key: string; authored: JsonObject; spec: JsonObject },
  { containers }: Document,
): Resource[] {
  const scope = scopeOf(stack, key, { containers });
  const update =
    authored.update_config === undefined
      ? undefined
      : (catalogue.container.update_config.parse(authored.update_config, scope) as UpdateConfig);
  const values = {
    ...authored,
    depends_on: catalogue.container.depends_on.parse(authored.depends_on ?? {}, scope),
  };
  const needs = dependencies({ authored, values }).flatMap(
    ({ on, condition, required, bound, restart }) =>
      Array.from(
        { length: bound ? 1 : replicasOf(containers[on]) },
        (_, index): Dependency => ({
          on: replica(on, index),
          condition: CONDITIONS[condition] ?? "started",
          required,
          ...(bound && { bound }),
          ...(restart && { restart: true as const }),
        }),
      ),
  );
  return Array.from({ length: replicasOf(authored) }, (_, index) => ({
    address: replica(key, index),
    kind: "container",
    key,
    name: (index === 0 && text(authored.container_name)) || `${stack}-${key}-${index + 1}`,
    spec,
    needs,
    ...lifecycleOf(authored),
    ...hooksOf({
      post_start: catalogue.container.post_start.parse(authored.post_start ?? [], scope),
      pre_stop: catalogue.container.pre_stop.parse(authored.pre_stop ?? [], scope),
    }),
    ...(update ? { update } : {}),
  }));
}
