import type { Attribute, Live } from "../../attributes/core/attribute.ts";
import { looksSecret, tokensIn } from "../../attributes/secrets/sensitive.ts";
import { equal, member, record } from "../../attributes/values/json.ts";
import type { Origin } from "../../model/change.ts";
import type { Json, JsonObject } from "../../model/json.ts";

/** One attribute of one object, as its differences are told. */
export interface DeltaContext {
  readonly name: string;
  readonly attribute: Attribute;
  /** Absent: there is no object yet. */
  readonly live?: Live;
  readonly authored: Json | undefined;
  readonly recorded: Json | undefined;
  readonly nowRecorded: Json | undefined;
  /** What it meant when the object was made that nothing was asked; `undefined`: nobody can tell. */
  readonly silence?: Json | undefined;
  /** Only what is, or was, asked counts; other live keys are the engine's own. */
  readonly partial: boolean;
  readonly imageChanges: boolean;
  /** No label says what was asked. */
  readonly adopted: boolean;
  /** A change in place leads from what is asked to what is live. */
  readonly reachable: boolean;
}

/**
 * What was asked has changed: the file. It has not: the engine. A change in place leaves the label
 * behind, so where one can have made what is live, the label tells nothing once it differs from that:
 * whoever asked for 10, then 12, then 10 again has the label of one whose 10 somebody else made 12.
 */
export function originOf(
  context: DeltaContext,
  key: string | undefined,
  before: Json | undefined,
): Origin {
  const of = (value: Json | undefined) => partOf(value, key);
  const then = of(context.recorded);
  if (context.adopted) return "unknown";
  const { live, attribute } = context;
  if (live && key !== undefined) {
    const told = attribute.docker?.origin?.(live, key, of(context.nowRecorded));
    if (told) return told;
  }
  // The label names a sensitive value, and cannot tell which one it was.
  if (tokensIn(of(context.authored)).length > 0) return "unknown";
  if (equal(of(context.nowRecorded), then)) {
    if (context.imageChanges) return "file";
    return context.reachable ? "unknown" : "engine";
  }
  const leavesLabel = attribute.docker?.update !== undefined;
  const silence = key === undefined ? context.silence : undefined;
  return !leavesLabel || equal(then ?? silence, before) ? "file" : "unknown";
}

/** Whether the place is a sensitive one, by the file or by the label, or by its name. */
export function isSensitive(
  { attribute, authored, recorded }: DeltaContext,
  key: string | undefined,
): boolean {
  if (!attribute.sensitive) return false;
  return (
    tokensIn(partOf(authored, key)).length > 0 ||
    tokensIn(partOf(recorded, key)).length > 0 ||
    (key !== undefined && looksSecret(key))
  );
}

/** The value under a key of a map; without a key, all of it. */
export function partOf(value: Json | undefined, key: string | undefined): Json | undefined {
  return key === undefined ? value : member(record(value), key);
}

/** What silence means beside the other values that were asked; `undefined`: others decide. */
export function silenceOf({ absent }: Attribute, asked: JsonObject): Json | undefined {
  if (absent.is === "derived") return absent.from(asked);
  return absent.is === "value" ? absent.value : undefined;
}
