import type { Attribute, Catalogue, Live } from "../attributes/core/attribute.ts";
import { effective } from "../attributes/core/effective.ts";
import { equal, isMap, member, record } from "../attributes/values/json.ts";
import type { Json, JsonObject } from "../model/json.ts";

/** An object as codecs read it, and what its labels say was asked of it. */
export interface Subject extends Omit<Live, "spec" | "recorded"> {
  readonly recorded: JsonObject;
  /** A stack has made it, and nothing changes it in place: its record holds all that was asked. */
  readonly isFixed: boolean;
  /** Whether to ask for a key of an attribute although the engine decides so as a rule. */
  keep(attribute: string, key: string): boolean;
}

/**
 * The least that must be asked of an object so that planning finds it as it is, in canonical form:
 * nothing where silence means the same. In the catalogue's order, since later attributes derive
 * from earlier ones.
 */
export function askedOf(attributes: Catalogue, subject: Subject): JsonObject {
  const spec: Record<string, Json> = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = attribute.docker && asked(name, attribute, spec, subject);
    if (value !== undefined) spec[name] = value;
  }
  return spec;
}

function asked(
  name: string,
  attribute: Attribute,
  spec: JsonObject,
  subject: Subject,
): Json | undefined {
  const recorded = subject.recorded[name];
  const live: Live = { ...subject, spec, recorded };
  const silence = effective(attribute, undefined, spec, subject.image);
  if (silence === "unmanaged")
    return decided(attribute, live, subject.isFixed, (key) => subject.keep(name, key));
  // With the image's value in mind, since an engine blurs it; silence of another kind wants nothing.
  const want = attribute.absent.is === "image" ? silence.value : undefined;
  const have = attribute.docker?.fromEngine(live, want) ?? null;
  if (same(attribute, silence.value, have)) return undefined;
  const candidates = [beyond(have, silence.value), have];
  const fits = (value: Json) => {
    const then = effective(attribute, value, { ...spec, [name]: value }, subject.image);
    return then !== "unmanaged" && same(attribute, then.value, have);
  };
  return candidates.find(fits) ?? have;
}

/** What the image adds of itself need not be asked: keys of a map, members of a list. */
function beyond(have: Json, silence: Json): Json {
  if (isMap(have) && isMap(silence)) {
    return pick(have, (key, value) => !equal(member(silence, key), value));
  }
  if (Array.isArray(have) && Array.isArray(silence)) {
    return have.filter((item) => !silence.some((other: Json) => equal(item, other)));
  }
  return have;
}

/** Of what the engine decides, that which it does not decide as a rule, and what was asked before. */
function decided(
  { absent, docker }: Attribute,
  live: Live,
  isFixed: boolean,
  keep: (key: string) => boolean,
): Json | undefined {
  const have = docker?.fromEngine(live, undefined) ?? null;
  const usual = absent.is === "engine" ? absent.usual?.(live) : undefined;
  if (isMap(have)) {
    const before = record(live.recorded);
    const kept = pick(
      have,
      (key, value) =>
        member(before, key) !== undefined ||
        !(isFixed || (!keep(key) && equal(value, member(record(usual), key)))),
    );
    return Object.keys(kept).length > 0 ? kept : undefined;
  }
  if (live.recorded !== undefined) return have;
  return isFixed || equal(have, usual) || isNothing(have) ? undefined : have;
}

function same(attribute: Attribute, want: Json, have: Json): boolean {
  const compare = attribute.equals ?? equal;
  if (!isMap(want) || !isMap(have)) return compare(want, have);
  const keys = new Set([...Object.keys(want), ...Object.keys(have)]);
  return [...keys].every((key) => {
    const [a, b] = [member(want, key), member(have, key)];
    return a !== undefined && b !== undefined && compare(a, b);
  });
}

function pick(map: JsonObject, which: (key: string, value: Json) => boolean): JsonObject {
  const entries = Object.entries(map).filter(
    ([key, value]) => value !== undefined && which(key, value),
  );
  return Object.fromEntries(entries);
}

function isNothing(value: Json): boolean {
  if (value === null || value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
