import type { Attribute, Catalogue, InPlaceUpdate, Live } from "../../attributes/core/attribute.ts";
import { effective } from "../../attributes/core/effective.ts";
import { ignores, keepIgnored } from "../../attributes/core/lifecycle.ts";
import { redacted } from "../../attributes/secrets/redactor.ts";
import { MASK, reveal } from "../../attributes/secrets/sensitive.ts";
import { equal, isEmpty, isMap, member, record } from "../../attributes/values/json.ts";
import type { Delta } from "../../model/change.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { ObservedFile } from "../../model/observed-state.ts";
import type { Lifecycle, Secrets } from "../../model/stack.ts";
import { type DeltaContext, isSensitive, originOf, partOf, silenceOf } from "./origin.ts";

/** Everything that a comparison of one object needs, besides what is asked. */
export interface LiveObject {
  /** The engine's inspect answer. */
  readonly json: JsonObject;
  /** What the ownership label says was asked when the object was made. */
  readonly lastApplied: JsonObject;
  /** Nobody knows what was asked when it was made. */
  readonly adopted?: boolean | undefined;
  /** The image that the container will run; `undefined`: not known before it is pulled. */
  readonly image?: JsonObject | undefined;
  /** The image differs from the one that the container was made from. */
  readonly imageChanges?: boolean;
  readonly api: string;
  readonly secrets: Secrets;
  digest(text: string): string;
  /** Masks what is sensitive in text that is not ours. */
  redact(text: string): string;
  networkId(name: string): string | undefined;
  containerId(name: string): string | undefined;
  file(path: string): ObservedFile | null | undefined;
}

export interface AttributeDiff {
  readonly deltas: readonly Delta[];
  readonly unchanged: number;
  /** What was asked when it was made, and the engine left out since its kernel cannot do it. */
  readonly discarded?: readonly string[];
  /** The in-place changes that make all deltas disappear; `undefined`: only a replacement does. */
  readonly inPlace: readonly InPlaceUpdate[] | undefined;
}

/** Compares what is asked with the live object, attribute by attribute. Pure. */
export function diffAttributes(
  catalogue: Catalogue,
  asked: JsonObject,
  subject: LiveObject,
  lifecycle?: Lifecycle,
): AttributeDiff {
  const live: Live = {
    ...subject,
    image: subject.image,
    recorded: undefined,
    spec: reveal(asked, subject.secrets),
  };
  const compared = Object.entries(catalogue)
    .filter(([, attribute]) => attribute.docker)
    .map(([name, attribute]) => compare(name, attribute, asked, live, subject, lifecycle));
  const deviating = compared.filter(({ deltas }) => deltas.length > 0);
  const discarded = compared.flatMap((each) => each.discarded);
  const left = discarded.length > 0 ? { discarded } : {};
  // So it is with most objects.
  if (deviating.length === 0)
    return { deltas: [], unchanged: Object.keys(asked).length, inPlace: [], ...left };
  const haves = Object.fromEntries(compared.map(({ name, have }) => [name, have]));
  const wants = Object.fromEntries(compared.map(({ name, want, have }) => [name, want ?? have]));
  const differing = deviating.filter((each) => !followsAnother(each, haves));
  const steps = differing.map(({ attribute, want, have }) =>
    want === undefined ? undefined : attribute.docker?.update?.(want, have, wants),
  );
  const replaces = steps.map((step) => step === undefined);
  return {
    deltas: differing.flatMap(({ deltas }, index) =>
      deltas.map((delta) => ({ ...delta, inPlace: !replaces[index] })),
    ),
    ...left,
    unchanged: Object.keys(asked).length - differing.filter(({ name }) => name in asked).length,
    inPlace: replaces.includes(true) ? undefined : steps.filter((step) => step !== undefined),
  };
}

interface Compared {
  readonly name: string;
  readonly attribute: Attribute;
  readonly asked: boolean;
  /** `undefined`: unmanaged, or to become what is not known yet. */
  readonly want: Json | undefined;
  readonly have: Json;
  readonly deltas: readonly Delta[];
  /** Names of what the engine has left out. */
  readonly discarded: readonly string[];
}

/** A derived value that was never asked is right as long as it fits the live value it follows. */
function followsAnother({ attribute, asked, have }: Compared, haves: JsonObject): boolean {
  return !asked && attribute.absent.is === "derived" && equal(attribute.absent.from(haves), have);
}

function compare(
  name: string,
  attribute: Attribute,
  asked: JsonObject,
  object: Live,
  subject: LiveObject,
  lifecycle: Lifecycle | undefined,
): Compared {
  const { image, spec } = object;
  const recorded = subject.lastApplied[name];
  const ignored = ignores(lifecycle, name);
  const effect = ignored ? "unmanaged" : effective(attribute, spec[name], spec, image);
  const live = recorded === undefined ? object : { ...object, recorded };
  const wanted = effect === "unmanaged" ? undefined : effect.value;
  const have = attribute.docker?.fromEngine(live, wanted) ?? null;
  const want = keepIgnored(lifecycle, name, wanted, have);
  const now = asked[name];
  const partial = attribute.absent.is === "engine" || !imageKnown(attribute, image);
  const all = ignored ? [] : deviations(attribute, want, have, recorded, partial);
  const lacks = (key: string | undefined) =>
    isDiscarded(attribute, partOf(want, key), partOf(have, key), partOf(recorded, key));
  const keys = all.filter((key) => !lacks(key));
  const deltas = () => {
    const context: DeltaContext = {
      ...{ name, attribute, live, authored: now, recorded, partial },
      nowRecorded:
        now === undefined ? undefined : (attribute.recorded?.(now, subject.digest) ?? now),
      imageChanges: attribute.absent.is === "image" && subject.imageChanges === true,
      adopted: subject.adopted === true,
      silence: silenceOf(attribute, subject.lastApplied),
      reachable: attribute.docker?.update?.(have, want ?? have, spec) !== undefined,
    };
    return keys.map((key) => {
      const found = delta(context, key, partOf(want, key), partOf(have, key));
      // What was once asked in clear is no secret; whatever else is there, others may have put there.
      const known =
        found.before === undefined || equal(partOf(have, key), partOf(recorded, key) ?? null);
      return known ? found : { ...found, before: redacted(found.before, subject.redact) };
    });
  };
  return {
    ...{ name, attribute, want, have },
    asked: now !== undefined || recorded !== undefined,
    deltas: keys.length > 0 ? deltas() : [],
    discarded: all.filter(lacks).map((key) => pathOf(name, key)),
  };
}

const pathOf = (name: string, key: string | undefined): string =>
  key === undefined ? name : `${name}.${key}`;

/**
 * Asked when the object was made, and not there: an engine has left it out, since no call takes it
 * away from what exists (an update ignores what is empty or zero).
 */
function isDiscarded(
  { docker }: Attribute,
  want: Json | undefined,
  have: Json | undefined,
  recorded: Json | undefined,
): boolean {
  const isThere = (value: Json | undefined) => !isEmpty(value) && value !== 0 && value !== false;
  return docker?.optional !== undefined && isThere(want) && isThere(recorded) && !isThere(have);
}

function imageKnown(attribute: Attribute, image: JsonObject | undefined): boolean {
  return attribute.absent.is !== "image" || image !== undefined;
}

/** The keys of a map that are not as wanted; of anything else `undefined`, for all of it. */
function deviations(
  attribute: Attribute,
  want: Json | undefined,
  have: Json,
  recorded: Json | undefined,
  partial: boolean,
): readonly (string | undefined)[] {
  if (want === undefined) return recorded === undefined ? [] : [undefined];
  if (!isMap(want) || !isMap(have))
    return (attribute.equals ?? equal)(want, have) ? [] : [undefined];
  const dropped = Object.keys(partial ? record(recorded) : have).filter(
    (key) => member(want, key) === undefined,
  );
  return [
    ...Object.keys(want).filter((key) => !sameKey(attribute, want[key], member(have, key))),
    ...dropped.filter((key) => member(have, key) !== undefined),
  ];
}

function sameKey(attribute: Attribute, want: Json | undefined, have: Json | undefined): boolean {
  if (want === undefined || have === undefined) return want === have;
  return (attribute.equals ?? equal)(want, have);
}

function delta(
  context: DeltaContext,
  key: string | undefined,
  after: Json | undefined,
  before: Json | undefined,
): Delta {
  const hidden = isSensitive(context, key);
  const { attribute, name } = context;
  const show = (value: Json, other?: Json): Json =>
    hidden ? (attribute.masked?.(value, other) ?? MASK) : (attribute.show?.(value) ?? value);
  const unknown = after === undefined && context.partial;
  // Under a key of a map, empty is not absent; the whole of an attribute is absent where it is empty.
  const isThere = (value: Json | undefined): value is Json =>
    value !== undefined && (key !== undefined || attribute.emptyCounts === true || !isEmpty(value));
  return {
    attribute: pathOf(name, key),
    ...(isThere(before) ? { before: show(before) } : {}),
    ...(isThere(after) ? { after: show(after, before) } : {}),
    ...(unknown
      ? { unknown: attribute.absent.is === "image" ? "known after pull" : "engine default" }
      : {}),
    origin: originOf(context, key, before),
    inPlace: false,
    ...(hidden ? { sensitive: true } : {}),
  };
}

/** The lines of an object that is created: all that is asked of it. */
export function creationDeltas(catalogue: Catalogue, asked: JsonObject): readonly Delta[] {
  return Object.entries(catalogue).flatMap(([name, attribute]) => {
    const value = asked[name];
    if (!attribute.docker || value === undefined) return [];
    const context: DeltaContext = {
      name,
      attribute,
      authored: value,
      recorded: undefined,
      nowRecorded: value,
      partial: false,
      imageChanges: false,
      adopted: false,
      reachable: false,
    };
    const keys = isMap(value) ? Object.keys(value) : [undefined];
    return keys.map((key) => ({
      ...delta(context, key, partOf(value, key), undefined),
      origin: "file" as const,
    }));
  });
}
