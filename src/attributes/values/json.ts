import type { Json, JsonObject } from "../../model/json.ts";

/** The value as an object; anything else is an empty one (engines say `null`, `[]` and nothing). */
export function record(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as JsonObject)
    : {};
}

/** The value as a list; `null` and nothing are an empty one. */
export function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function texts(value: Json | undefined): readonly string[] {
  return list(value).map(String);
}

export function text(value: Json | undefined): string {
  return value === undefined || value === null ? "" : String(value);
}

export function number(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}

export function isMap(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Nothing, and empty text, list or map: engines write what is not there in all of these ways. */
export function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  return Array.isArray(value)
    ? value.length === 0
    : isMap(value) && Object.keys(value).length === 0;
}

/** The member of that name; a key such as `toString`, which every object inherits, is none. */
export function member<V>(map: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** The value under a path of keys; `undefined` where it ends early. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let node = value;
  for (const key of path) node = member(record(node), key);
  return node;
}

/** What is read from outside is not nested deeper; all that walks a value calls itself. */
export const DEEPEST = 64;

/** Whether lists and maps stand in one another more than `DEEPEST` times. */
export function tooDeep(value: Json): boolean {
  let level: readonly Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((each) =>
      typeof each === "object" && each !== null ? Object.values(each as JsonObject) : [],
    ) as readonly Json[];
  }
  return false;
}

/** JSON with sorted keys and without absent ones: equal values have equal text. */
export function canonical(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item)).join(",")}]`;
  if (isMap(value)) {
    const members = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}

/** As JSON: nothing is `null`, and members that are absent or `undefined` do not count. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  if (!isMap(a) || !isMap(b)) return (a ?? null) === (b ?? null);
  const keys = present(a);
  return (
    keys.length === present(b).length &&
    keys.every((key) => member(b, key) !== undefined && equal(a[key], b[key]))
  );
}

const present = (map: JsonObject): readonly string[] =>
  Object.keys(map).filter((key) => map[key] !== undefined);

/** Sorted, each once: the canonical form of a set. */
export function asSet(values: Iterable<string>): readonly string[] {
  return [...new Set(values)].sort();
}

/** Joins parts of a create body: maps by key, lists appended; two scalars at one place are a bug. */
export function join(parts: readonly JsonObject[]): JsonObject {
  const result = new Map<string, Json | undefined>();
  for (const part of parts) {
    for (const [key, value] of Object.entries(part)) {
      const present = result.get(key);
      if (present === undefined) result.set(key, value);
      else if (isMap(present) && isMap(value)) result.set(key, join([present, value]));
      else if (Array.isArray(present) && Array.isArray(value))
        result.set(key, [...present, ...value]);
      else if (!equal(present, value)) throw new Error(`two values for ${key} of a create body`);
    }
  }
  return Object.fromEntries(result);
}
