import type { Json, JsonObject } from "../../../model/json.ts";
import type { Keys } from "../../core/attribute.ts";

type Endpoints = Readonly<Record<string, JsonObject & { readonly aliases: readonly string[] }>>;

/** A list of keys where nothing more is asked than to join. */
export function writeNetworks(value: Endpoints, { key, network }: Keys): Json {
  const entries = Object.entries(value).map(([name, { aliases, ...rest }]): [string, Json] => {
    const others = aliases.filter((alias) => alias !== key);
    const more = { ...(others.length > 0 ? { aliases: others } : {}), ...rest };
    return [network(name), Object.keys(more).length > 0 ? more : null];
  });
  const plain = entries.every(([, endpoint]) => endpoint === null);
  return plain ? entries.map(([name]) => name) : Object.fromEntries(entries);
}
