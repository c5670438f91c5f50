import type { Attribute, Catalogue, Scope } from "../../attributes/core/attribute.ts";
import { isSilent } from "../../attributes/core/effective.ts";
import { BUILD_SECRET, takesSensitive, tokensIn } from "../../attributes/secrets/sensitive.ts";
import { Invalid } from "../../attributes/values/invalid.ts";
import { member } from "../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { isWrong } from "../schema/validate.ts";
import type { Report } from "../source/diagnostics.ts";
import { either } from "../source/suggestions.ts";
import { find, keyPlace, type Mapping, type Path, placeOf, scalars } from "../yaml/tree.ts";

/** The document, where its parts were written, and which of them are not to be relied on. */
export interface Authored {
  readonly document: JsonObject;
  readonly root: Mapping;
  readonly wrong: readonly Path[];
  readonly report: Report;
}

/**
 * Every attribute of one entry in canonical form. What the schema has refused, or what refers to
 * an unset variable, is left out: more would only be said twice.
 */
export function canonicals(
  attributes: Catalogue,
  path: readonly [section: string, key: string],
  given: JsonObject,
  scope: Scope,
  authored: Authored,
): Record<string, Json> {
  const result: Record<string, Json> = {};
  for (const [name, value] of Object.entries(given)) {
    const attribute = member(attributes, name);
    const at = [...path, name];
    if (!attribute || value === undefined || isWrong(authored.wrong, at)) continue;
    if (hasUnresolved(authored.root, at)) continue;
    if (refusesTokens(attributes, name, at, authored)) continue;
    try {
      const canonical = attribute.parse(value, scope);
      if (!isSilent(attribute, canonical)) result[name] = canonical;
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      for (const { message, path: below, key, hint, code } of [error, ...error.others]) {
        const place = key ? keyPlace : placeOf;
        authored.report.error(message, place(authored.root, [...at, ...below]), hint, code);
      }
    }
  }
  return result;
}

/** Whether the attribute's parser takes the value. */
export function isFit({ parse }: Attribute, value: Json, scope: Scope): boolean {
  try {
    parse(value, scope);
    return true;
  } catch (error) {
    if (error instanceof Invalid) return false;
    throw error;
  }
}

export function hasUnresolved(root: Mapping, path: Path): boolean {
  const node = find(root, path);
  if (!node) return false;
  return scalars(node).some(([scalar]) => scalar.origin === "unresolved");
}

/** A sensitive value may stand only where the attribute keeps it out of labels and logs. */
function refusesTokens(
  attributes: Catalogue,
  own: string,
  path: Path,
  { root, report }: Authored,
): boolean {
  const node = find(root, path);
  const holds = attributes[own]?.sensitive;
  if (!node || holds === true) return false;
  let found = false;
  for (const [scalar, below] of scalars(node)) {
    const [name] = typeof scalar.value === "string" ? tokensIn(scalar.value) : [];
    if (name === undefined || holds?.(String(scalar.value), below)) continue;
    found = true;
    const allowed = Object.entries(attributes).flatMap(([key, one]) =>
      takesSensitive(one) ? [key] : [],
    );
    const places = allowed.length > 0 ? allowed : ["environment", "command", "entrypoint"];
    const elsewhere = `a sensitive variable may be used in ${either(places.map((one) => `\`${one}\``))}`;
    report.error(
      `\`${name}\` is sensitive and cannot be used here`,
      placeOf(root, [...path, ...below]),
      path.at(-1) === "build" ? BUILD_SECRET : elsewhere,
    );
  }
  return found;
}
