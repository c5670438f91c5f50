import type { Json, JsonObject } from "../../model/json.ts";
import { isEmpty } from "../values/json.ts";
import type { Attribute } from "./attribute.ts";

/** `unmanaged`: silence about something that the engine decides, or that is not known yet. */
export type Want = { readonly value: Json } | "unmanaged";

/**
 * Whether a canonical value says nothing, so that the meaning of silence holds: what is empty or
 * zero leaves the choice to the engine.
 */
export function isSilent({ emptyCounts }: Attribute, value: Json): boolean {
  return emptyCounts !== true && (value === 0 || isEmpty(value));
}

/** The effective value: asked, merged with the image by the engine's rules, or silence's meaning. */
export function effective(
  attribute: Attribute,
  asked: Json | undefined,
  spec: JsonObject,
  image: JsonObject | undefined,
): Want {
  const { absent, docker } = attribute;
  if (docker?.merged && image) return { value: docker.merged(asked, image, spec) };
  if (asked !== undefined) return { value: asked };
  if (absent.is === "value") return { value: absent.value };
  if (absent.is === "derived") return { value: absent.from(spec) };
  return "unmanaged";
}
