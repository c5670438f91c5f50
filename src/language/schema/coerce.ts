import { isMap, list, member, record } from "../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Report } from "../source/diagnostics.ts";
import type { Mapping, Node, Scalar } from "../yaml/tree.ts";

/**
 * A tree to JSON, each scalar as the type that the schema expects in its place: text where only
 * text is allowed (`1.10`, `0755` and long digits keep every character), and numbers and booleans
 * out of text, since that is what interpolation leaves (Compose: "Interpolation", casts).
 * With `words`, `yes`, `on`, `no` and so on are booleans too, as in Compose, with a warning.
 * `x-` keys are left out where the schema has them as extensions. The verdict is the validator's.
 */
export function coerce(
  root: Mapping,
  schema: JsonObject,
  report: Report,
  { words = false }: { readonly words?: boolean } = {},
): JsonObject {
  return record(typed(root, [schema], { report, words }));
}

interface Pass {
  readonly report: Report;
  /** Compose takes some words for a boolean, where only that may stand. */
  readonly words: boolean;
}

function typed(node: Node, schemas: readonly JsonObject[], pass: Pass): Json {
  const options = schemas.flatMap(alternatives);
  if (node.kind === "scalar") return scalar(node, options, pass);
  if (node.kind === "list") {
    const items = options.map((schema) => schema.items).filter(isMap);
    return node.items.map((item) => typed(item, items, pass));
  }
  const result: Record<string, Json> = {};
  for (const [key, { value }] of node.entries) {
    if (isExtension(key, options)) continue;
    result[key] = typed(
      value,
      options.flatMap((schema) => property(schema, key)),
      pass,
    );
  }
  return result;
}

const flat = new WeakMap<JsonObject, readonly JsonObject[]>();

/** A schema and the branches of its combinations, as one flat list. */
export function alternatives(schema: JsonObject): readonly JsonObject[] {
  const known = flat.get(schema);
  if (known) return known;
  const branches = [...list(schema.anyOf), ...list(schema.oneOf), ...list(schema.allOf)];
  const all = [schema, ...branches.filter(isMap).flatMap(alternatives)];
  flat.set(schema, all);
  return all;
}

export function property(schema: JsonObject, key: string): readonly JsonObject[] {
  const declared = member(record(schema.properties), key);
  if (isMap(declared)) return [declared];
  return isMap(schema.additionalProperties) ? [schema.additionalProperties] : [];
}

function isExtension(key: string, options: readonly JsonObject[]): boolean {
  const allowed = ({ patternProperties }: JsonObject) =>
    record(patternProperties)["^x-"] !== undefined;
  return key.startsWith("x-") && options.some(allowed);
}

/** The types that a scalar may have; empty when the schema does not say. */
export function types(options: readonly JsonObject[]): ReadonlySet<string> {
  return new Set(
    options.flatMap(({ type }) =>
      Array.isArray(type) ? type.map(String) : type ? [String(type)] : [],
    ),
  );
}

function scalar(node: Scalar, options: readonly JsonObject[], { report, words }: Pass): Json {
  const allowed = types(options);
  const { value, text } = node;
  if (value === null || node.origin === "unresolved") return value;
  if (typeof value === "number") return number(node, value, allowed, report);
  if (typeof value === "boolean") {
    // Compose writes a YAML boolean into an environment as `true`, however it is capitalised.
    return allowed.has("string") && !allowed.has("boolean") ? text : value;
  }
  if (allowed.has("string") || allowed.size === 0) return value;
  if (allowed.has("boolean") && /^(true|false)$/i.test(value))
    return value.toLowerCase() === "true";
  const word = words && allowed.has("boolean") ? member(WORDS, value.toLowerCase()) : undefined;
  if (word !== undefined) {
    report.warn(`\`${value}\` is taken for ${word}`, node.at, `write ${word}`);
    return word;
  }
  const numeric = allowed.has("number") || allowed.has("integer");
  return numeric && /^[-+]?(\d+\.?\d*|\.\d+)$/.test(value.trim()) ? Number(value) : value;
}

const WORDS: Readonly<Record<string, boolean>> = {
  ...{ y: true, yes: true, on: true },
  ...{ n: false, no: false, off: false },
};

function number(node: Scalar, value: number, allowed: ReadonlySet<string>, report: Report): Json {
  const { text, at } = node;
  const numeric = allowed.has("number") || allowed.has("integer") || allowed.size === 0;
  // A number that its text spells differently would lose what was written.
  if (allowed.has("string") && (!numeric || String(value) !== text)) return text;
  if (!Number.isFinite(value)) return text;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    report.error(`\`${text}\` is too large a number`, at);
  }
  if (/^[-+]?0\d+$/.test(text)) {
    report.warn(
      `\`${text}\` is ${value} in YAML 1.2`,
      at,
      `for an octal number write 0o${text.replace(/^[-+]?0+/, "")}`,
    );
  }
  return value;
}
