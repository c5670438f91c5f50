import { isMap } from "../../src/attributes/compare.ts";
import { catalogue } from "../../src/attributes/index.ts";
import type { Json, JsonObject } from "../../src/model/json.ts";
import { type Track, tracks } from "./live-tracks.ts";

/*
 * The forms of each attribute, generated from the catalogue: what is empty or zero in each way in
 * which a file can say it, and every example spelled oddly.
 */

export interface Form {
  readonly track: Track;
  readonly value: Json;
}

const UNSET = "${STACK_TEST_UNSET:-}";
const EMPTY: readonly Json[] = ["", UNSET, null, 0, "0", false, [], {}, [""], [UNSET], [null]];

export function forms(external: string): readonly Form[] {
  return tracks(external).flatMap((track) => {
    const attributes: Readonly<Record<string, { readonly schema: JsonObject }>> =
      catalogue[track.kind];
    const parts = Object.keys(partsOf(attributes[track.attribute]?.schema ?? {}));
    const examples = track.states.filter((state): state is Json => state !== undefined);
    const values = [
      ...EMPTY,
      ...parts.flatMap((part) => EMPTY.map((value) => ({ [part]: value }))),
      ...examples.flatMap(spellings),
    ];
    return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()].map(
      (value) => ({ track, value }),
    );
  });
}

/** The keys that a map may have. */
function partsOf({ properties, anyOf = [] }: JsonObject): JsonObject {
  const branches = (anyOf as readonly JsonObject[]).map(partsOf);
  return Object.assign({}, properties, ...branches);
}

/** A value in other words, one place at a time. */
function spellings(value: Json): readonly Json[] {
  if (Array.isArray(value)) return [value, ...lists(value)];
  if (isMap(value)) return [value, ...maps(value)];
  if (typeof value === "string") return [value, ...texts(value)];
  return typeof value === "number" ? [value, ...numbers(value)] : [value, String(value)];
}

function lists(items: readonly Json[]): readonly Json[] {
  const inner = items.flatMap((item, index) =>
    spellings(item).map((other): Json => items.with(index, other)),
  );
  return [...inner, items.toReversed(), [...items, ...items], [...items, ""], [...items, UNSET]];
}

function maps(map: JsonObject): readonly Json[] {
  const entries = Object.entries(map) as [string, Json][];
  const inner = entries.flatMap(([key, value]) =>
    [...spellings(value), ...EMPTY].map((other): Json => ({ ...map, [key]: other })),
  );
  return [...inner, Object.fromEntries(entries.toReversed())];
}

function numbers(value: number): readonly Json[] {
  const near = [0, -1, value + 0.333333333333, value + 0.1 + 0.2, -value];
  const told = [`${value}`, `0${value}`, `${value}.0`, `${value}e0`, `+${value}`, ` ${value} `];
  return [...near, ...told, "1e3"];
}

const UNITS = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;
const SECONDS = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;

function texts(text: string): readonly Json[] {
  const cased = [text.toUpperCase(), text.toLowerCase()];
  const spaced = [` ${text}`, `${text} `];
  const path = text.startsWith("/") ? [`${text}/`, `/${text}`, `${text}/.`] : [];
  const [, size = "", unit = ""] = /^(\d+)([bkmg])$/i.exec(text) ?? [];
  const bytes = Number(size) * (UNITS[unit.toLowerCase() as keyof typeof UNITS] ?? 0);
  const sizes = bytes
    ? [bytes, `${bytes}`, `${bytes / 1024}k`, `${size}${unit}b`, `${size} ${unit}`, `0${text}`]
    : [];
  const [, long = "", of = ""] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  const seconds = Number(long) * (SECONDS[of as keyof typeof SECONDS] ?? 0);
  const durations = seconds ? [`${seconds * 1000}ms`, `${seconds}.0s`, "0s", "0", `0${text}`] : [];
  const [, stem, count] = /^(.*\D)(\d+)$/.exec(text) ?? [];
  const counted = count ? [`${stem}0`, `${stem}0${count}`] : [];
  const number = /^\d+(\.\d+)?$/.test(text) ? numbers(Number(text)) : [];
  return ["", UNSET, ...cased, ...spaced, ...path, ...sizes, ...durations, ...counted, ...number];
}

/** One line for a form. */
export const told = ({ track, value }: Form): string =>
  `${track.kind}.${track.attribute}: ${JSON.stringify(value)}`;
