import type { Catalogue, Keys } from "../attributes/core/attribute.ts";
import type { Json, JsonObject } from "../model/json.ts";

/** Canonical values in the forms that people write, and the attributes that have none. */
export function authored(
  attributes: Catalogue,
  spec: JsonObject,
  keys: Keys,
): { readonly values: JsonObject; readonly lost: readonly string[] } {
  const written = Object.entries(spec).map(([name, value]) => {
    const write = attributes[name]?.write;
    return [name, write && value !== undefined ? write(value, keys) : value] as const;
  });
  return {
    values: Object.fromEntries(
      written.flatMap(([name, value]) => (value === undefined ? [] : [[name, literal(value)]])),
    ),
    lost: written.flatMap(([name, value]) => (value === undefined ? [name] : [])),
  };
}

/** Texts mean themselves: a dollar would begin a variable. */
function literal(value: Json): Json {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(literal);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value as JsonObject).flatMap(([key, item]) =>
    item === undefined ? [] : [[key, literal(item)]],
  );
  return Object.fromEntries(entries);
}
