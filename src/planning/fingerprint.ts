import { at, record } from "../attributes/compare.ts";
import type { Json } from "../model/json.ts";
import type { Observed } from "../model/observed.ts";
import type { Plan } from "../model/plan.ts";

/**
 * What a plan depends on, a digest an object: should one differ when the plan is applied, the plan
 * is stale. Volatile parts (addresses, health, times) are left out.
 */
export function fingerprint(
  observed: Observed,
  stack: string,
  digest: (text: string) => string,
): Plan["fingerprint"] {
  const ours = observed.containers.filter(({ owner }) => owner?.stack === stack);
  const entries: [string, Json][] = [
    ...ours.map((found): [string, Json] => [
      `container ${found.name}`,
      essence(found.id, found.json),
    ]),
    ...observed.networks
      .filter(({ owner }) => owner?.stack === stack)
      .map(({ name, id }): [string, Json] => [`network ${name}`, id]),
    ...observed.volumes
      .filter(({ owner }) => owner?.stack === stack)
      .map(({ name, json }): [string, Json] => [`volume ${name}`, json.CreatedAt ?? null]),
    ...Object.entries(observed.images)
      .filter(([reference]) => !reference.startsWith("sha256:"))
      .map(([reference, json]): [string, Json] => [`image ${reference}`, json?.Id ?? null]),
  ];
  // An engine writes its answers in one order, so there is nothing to sort.
  return Object.fromEntries(
    entries.map(([name, value]) => [name, digest(JSON.stringify(value)).slice(0, 23)]),
  );
}

function essence(id: string, json: FoundJson): Json {
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
    config: json.Config,
    host: json.HostConfig,
    networks: networks as unknown as Json,
  };
}

type FoundJson = Observed["containers"][number]["json"];

/** What has changed since the plan was made, in words; nothing: it may be applied. */
export function stale(before: Plan["fingerprint"], now: Plan["fingerprint"]): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].flatMap((name) => {
    if (before[name] === now[name]) return [];
    if (before[name] === undefined) return [`${name} has appeared`];
    return now[name] === undefined ? [`${name} is gone`] : [`${name} has changed`];
  });
}
