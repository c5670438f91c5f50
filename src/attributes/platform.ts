import type { Json, JsonObject } from "../model/json.ts";
import { at, list, record, text } from "./compare.ts";

/** `linux/amd64`, `linux/arm64/v8`: the platform of an object that names its parts in either case. */
export function platformOf(json: JsonObject): string {
  const parts = [
    json.Os ?? json.os,
    json.Architecture ?? json.architecture,
    json.Variant ?? json.variant,
  ];
  return parts.map(text).filter(Boolean).join("/");
}

/** Whether an image or a part of one is for `asked`; a variant counts where it is asked for. */
export function isPlatform(json: JsonObject, asked: string): boolean {
  const is = platformOf(json);
  return is === asked || (asked.split("/").length === 2 && is.startsWith(`${asked}/`));
}

/**
 * Whether an image on the engine can run on a platform. A containerd store may hold several under
 * one name, and tells of them in `Manifests` (API 1.48); the fields beside it are those of one.
 */
export function onPlatform(image: JsonObject, asked: string): boolean {
  const held = list(image.Manifests).filter((each: Json) => at(each, "Available") === true);
  const platforms = held.map((each) => record(at(each, "ImageData", "Platform")));
  return isPlatform(image, asked) || platforms.some((each) => isPlatform(each, asked));
}
