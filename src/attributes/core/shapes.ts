import type { Json, JsonObject } from "../../model/json.ts";
import { Invalid } from "../values/invalid.ts";
import { isMap, list, text } from "../values/json.ts";
import type { Scope } from "./attribute.ts";

/* JSON Schema fragments, and the parsers of Compose's recurring authored forms. */

export const string: JsonObject = { type: "string" };
export const boolean: JsonObject = { type: "boolean" };
export const integer: JsonObject = { type: "integer" };
export const scalar: JsonObject = { type: ["string", "number", "boolean", "null"] };
export const stringList: JsonObject = { type: "array", items: string };
export const stringOrList: JsonObject = { anyOf: [string, stringList] };
export const byteValue: JsonObject = { type: ["integer", "string"] };
export const durationText: JsonObject = { type: "string" };
/** `k=v` items, or a map. */
export const pairs: JsonObject = {
  anyOf: [stringList, { type: "object", additionalProperties: scalar }],
};

export function object(properties: JsonObject, required: readonly string[] = []): JsonObject {
  return {
    type: "object",
    properties,
    additionalProperties: false,
    patternProperties: { "^x-": {} },
    ...(required.length > 0 ? { required } : {}),
  };
}

export function oneOf(...values: readonly string[]): JsonObject {
  return { type: "string", enum: values };
}

/** What is wrong with a key; `undefined`: nothing. */
export type KeyFault = (key: string) => string | undefined;

/**
 * A list or map of `k=v`; a key without value is empty text. Throws `Invalid` for a key that is empty, or of
 * which `fault` says that the engine could not hold it.
 */
export function parsePairs(
  authored: Json,
  fault: KeyFault = () => undefined,
): Readonly<Record<string, string>> {
  const pairs = isMap(authored)
    ? Object.entries(authored).map(([key, value]) => [key, text(value), key] as const)
    : list(authored).map((item, index) => {
        const [key, value] = splitOnce(text(item), "=");
        return [key, value ?? "", index] as const;
      });
  const parsed = pairs.map(([key, value, place]) => {
    const wrong = key === "" ? "a key is empty" : fault(key);
    must(wrong === undefined, wrong ?? "", { path: [place], key: true });
    return [key, value];
  });
  return Object.fromEntries(parsed);
}

/** Throws `Invalid` unless it holds. */
export function must(
  holds: boolean,
  message: string,
  options: ConstructorParameters<typeof Invalid>[1] = {},
): void {
  if (!holds) throw new Invalid(message, options);
}

export function parseStrings(authored: Json): readonly string[] {
  return Array.isArray(authored) ? authored.map(text) : [text(authored)];
}

export const parseText = (authored: Json): string => text(authored);
export const parseFlag = (authored: Json): boolean => authored === true;

export function splitOnce(source: string, separator: string): [string, string | undefined] {
  const index = source.indexOf(separator);
  return index < 0 ? [source, undefined] : [source.slice(0, index), source.slice(index + 1)];
}

/**
 * Splits a command into words as a POSIX shell does, without expanding anything (Compose
 * Specification, "command"). Throws `Invalid` for a quote that is not closed.
 */
export function words(source: string): readonly string[] {
  const result: string[] = [];
  const pattern = /\s*((?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+)/y;
  let end = 0;
  for (let match = pattern.exec(source); match; match = pattern.exec(source)) {
    result.push(unquote(match[1] ?? ""));
    end = pattern.lastIndex;
  }
  if (source.slice(end).trim() !== "") {
    throw new Invalid("a quote is not closed", { hint: 'use the list form: ["sh", "-c", "…"]' });
  }
  return result;
}

function unquote(word: string): string {
  return word.replace(
    /\\([\s\S])|"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'/g,
    (_, escaped, double, single) => {
      if (escaped !== undefined) return String(escaped);
      if (double !== undefined) return String(double).replace(/\\(["\\$`])/g, "$1");
      return String(single);
    },
  );
}

/** Merge of lists whose equal items are one. */
export const byValue = (item: Json): string => text(item);

/** Parses each item of a list, and throws the mistakes of all of them as one `Invalid`. */
export function parseEach<T>(authored: Json, parse: (item: Json) => T): readonly T[] {
  const mistakes: Invalid[] = [];
  const parsed = list(authored).flatMap((item, index) => {
    try {
      return [parse(item)];
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      mistakes.push(error.under(index));
      return [];
    }
  });
  const [first, ...others] = mistakes;
  if (first) throw Object.assign(first, { others });
  return parsed;
}

/** A mistake in a part of the attribute has its place there. */
export function under<T>(part: string | number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    const others = error.others.map((other) => other.under(part));
    throw Object.assign(error.under(part), { others });
  }
}

/** An error for a name that is not declared, with the nearest declared ones. */
export function undeclared(
  kind: "networks" | "volumes" | "configs" | "secrets",
  name: string,
  scope: Scope,
  path: readonly (string | number)[] = [],
): Invalid {
  const known = scope.keys(kind);
  const near = nearest(name, known);
  const hint = near
    ? `did you mean \`${near}\`?`
    : `declare it under \`${kind}:\`${known.length > 0 ? `; declared are ${known.join(", ")}` : ""}`;
  return new Invalid(`\`${name}\` is not among the stack's ${kind}`, {
    ...{ hint, path },
    code: "unknown-reference",
  });
}

/** The candidate within a third of the name's length in edits, if any. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3));
  const scored = candidates
    .map((candidate) => ({
      candidate,
      edits: distance(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits);
  return scored[0]?.candidate;
}

/** Damerau-Levenshtein distance (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const cell = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cell(i - 2, j - 2) + 1 : Infinity;
      rows[i]?.push(
        Math.min(cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + cost, swapped),
      );
    }
  }
  return cell(a.length, b.length);
}
