import { catalogue } from "../attributes/catalogue.ts";
import type { Attribute } from "../attributes/core/attribute.ts";
import { configLabels, recordedSpec } from "../attributes/core/ownership.ts";
import { takesSensitive } from "../attributes/secrets/sensitive.ts";
import { at, record, text } from "../attributes/values/json.ts";
import type { Json } from "../model/json.ts";
import type { ObservedContainer, ObservedState } from "../model/observed-state.ts";
import type { Plan } from "../model/plan.ts";

/**
 * What a plan depends on, a line of words an object: should the first word, a digest, differ when
 * the plan is applied, the plan is stale. The other words tell what has changed: `status=running`,
 * `mem_limit=4f5a0c`; they take their time, and are there where `detailed`. Volatile parts (addresses, health, times) are left out.
 */
export function fingerprint(
  observed: ObservedState,
  stack: string,
  digest: (text: string) => string,
  detailed: boolean,
): Plan["fingerprint"] {
  const short = (value: Json, length: number) =>
    digest(JSON.stringify(value)).slice(0, "sha256:".length + length);
  const ours = observed.containers.filter(({ owner }) => owner?.stack === stack);
  const entries: [string, Json][] = [
    ...observed.networks
      .filter(({ owner }) => owner?.stack === stack)
      .map(({ name, id }): [string, Json] => [`network ${name}`, id]),
    // Its settings may be secrets, of which not even a digest belongs into a plan.
    ...(observed.plugins ?? []).map(({ name, id, json }): [string, Json] => [
      `plugin ${name}`,
      [id, json.PluginReference ?? null, json.Enabled ?? null],
    ]),
    ...observed.volumes
      .filter(({ owner }) => owner?.stack === stack)
      .map(({ name, json }): [string, Json] => [`volume ${name}`, json.CreatedAt ?? null]),
    ...Object.entries(observed.images)
      .filter(([reference]) => !reference.startsWith("sha256:"))
      .map(([reference, json]): [string, Json] => [`image ${reference}`, json?.Id ?? null]),
  ];
  const containers = ours.map((found): [string, string] => {
    const whole = short(containerSnapshot(found.id, found.json), 16);
    if (!detailed) return [`container ${found.name}`, whole];
    const attributes = attributesOf(found, observed, digest).map(
      ([name, value]) => `${name}=${short(value, 6).slice("sha256:".length)}`,
    );
    const status = text(at(found.json, "State", "Status"));
    return [
      `container ${found.name}`,
      [whole, `id=${found.id.slice(0, 12)}`, `status=${status}`, ...attributes].join(" "),
    ];
  });
  // An engine writes its answers in one order, so there is nothing to sort.
  return Object.fromEntries([
    ...containers,
    ...entries.map(([name, value]) => [name, short(value, 16)]),
  ]);
}

/** Each attribute that the container has, as the engine tells it. */
function attributesOf(
  { json }: ObservedContainer,
  observed: ObservedState,
  digest: (text: string) => string,
): [string, Json][] {
  const recorded = recordedSpec(configLabels(json));
  const common = {
    ...{ json, spec: {}, digest, api: observed.engine.api },
    image: observed.images[text(json.Image)] ?? undefined,
    networkId: (name: string) => observed.networks.find((each) => each.name === name)?.id,
    containerId: (name: string) => observed.listed.find((each) => each.name === name)?.id,
    // Not even a digest of a secret's content belongs into a plan.
    file: () => undefined,
  };
  const attributes: [string, Attribute][] = Object.entries(catalogue.container);
  return attributes.flatMap(([name, { docker, ...attribute }]): [string, Json][] => {
    // They cannot change under one id, and may hold what is sensitive.
    if (takesSensitive(attribute)) return [];
    const value = docker?.fromEngine({ ...common, recorded: recorded[name] }, undefined);
    return value === undefined || isEmpty(value) ? [] : [[name, value]];
  });
}

function isEmpty(value: Json): boolean {
  if (typeof value !== "object" || value === null) return !value;
  return Object.keys(value).length === 0;
}

/** What may change under one id. Its `Config` may not, and holds what is sensitive. */
function containerSnapshot(id: string, json: ObservedContainer["json"]): Json {
  const networks = Object.entries(record(at(json, "NetworkSettings", "Networks"))).map(
    ([name, endpoint]) => [
      name,
      record(endpoint).IPAMConfig ?? null,
      record(endpoint).Aliases ?? null,
    ],
  );
  return {
    id,
    status: at(json, "State", "Status"),
    host: json.HostConfig,
    networks: networks as unknown as Json,
  };
}

/** What has changed since the plan was made, in words; nothing: it may be applied. */
export function staleReasons(
  before: Plan["fingerprint"],
  now: Plan["fingerprint"],
): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].flatMap((name) => {
    const [was, is] = [before[name]?.split(" "), now[name]?.split(" ")];
    if (was?.[0] === is?.[0]) return [];
    if (was === undefined) return [`${name} has appeared`];
    return is === undefined ? [`${name} is gone`] : [`${name} ${changed(was, is)}`];
  });
}

/** `has changed: mem_limit, status (running before, exited now)`. */
function changed(was: readonly string[], is: readonly string[]): string {
  const [before, now] = [was, is].map((words) =>
    Object.fromEntries(words.slice(1).map((word) => word.split("=", 2))),
  ) as [Record<string, string>, Record<string, string>];
  if (before.id === undefined || now.id === undefined) return "has changed";
  if (before.id !== now.id) return "is another one now";
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  const differing = names.filter((name) => before[name] !== now[name]);
  const told = differing.map((name) =>
    name === "status" ? `status (${before.status} before, ${now.status} now)` : name,
  );
  return told.length > 0 ? `has changed: ${told.join(", ")}` : "has changed";
}
