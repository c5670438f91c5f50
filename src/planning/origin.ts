import type { Attribute, Live } from "../attributes/attribute.ts";
import { equal, member, record } from "../attributes/compare.ts";
import { tokensIn } from "../attributes/sensitive.ts";
import type { Origin } from "../model/change.ts";
import type { Json } from "../model/json.ts";

/** One attribute of one object, as its differences are told. */
export interface Context {
  readonly name: string;
  readonly attribute: Attribute;
  /** Absent: there is no object yet. */
  readonly live?: Live;
  readonly authored: Json | undefined;
  readonly recorded: Json | undefined;
  readonly nowRecorded: Json | undefined;
  /** Only what is, or was, asked counts; other live keys are the engine's own. */
  readonly partial: boolean;
  readonly imageChanges: boolean;
  /** No label says what was asked. */
  readonly adopted: boolean;
}

/**
 * What was asked has changed: the file. It has not: the engine. An attribute that is updated in
 * place leaves its label behind, so there a differing label says nothing once live differs too.
 */
export function originOf(
  context: Context,
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
  if (equal(of(context.nowRecorded), then)) return context.imageChanges ? "file" : "engine";
  const leavesLabel = attribute.docker?.live !== undefined;
  const silence = key === undefined ? absentValue(attribute) : undefined;
  return !leavesLabel || equal(then ?? silence, before) ? "file" : "unknown";
}

/** The value under a key of a map; without a key, all of it. */
export function partOf(value: Json | undefined, key: string | undefined): Json | undefined {
  return key === undefined ? value : member(record(value), key);
}

function absentValue(attribute: Attribute): Json | undefined {
  return attribute.absent.is === "value" ? attribute.absent.value : undefined;
}
