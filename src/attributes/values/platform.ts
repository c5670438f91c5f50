import type { Json, JsonObject } from "../../model/json.ts";
import { at, list, member, record, text } from "./json.ts";

/** `linux/amd64`, `linux/arm64/v8`: the platform of an object that names its parts in either case. */
export function platformOf(json: JsonObject): string {
  const parts = [
    json.Os ?? json.os,
    json.Architecture ?? json.architecture,
    json.Variant ?? json.variant,
  ];
  return parts.map(text).filter(Boolean).join("/");
}

const ALIASES: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

/** The form in which containerd compares: `linux/aarch64` and `linux/arm64/v8` are `linux/arm64`. */
function normal(platform: string): string {
  const [os = "", given = "", variant = ""] = platform.split("/");
  const architecture = member(ALIASES, given) ?? given;
  const usual = architecture === "arm64" && variant === "v8";
  return [os, architecture, usual ? "" : variant].filter(Boolean).join("/");
}

/** Whether one platform serves where the other is asked for; a variant counts where it is asked for. */
export function serves(has: string, asked: string): boolean {
  const [is, wanted] = [normal(has), normal(asked)];
  return is === wanted || (wanted.split("/").length === 2 && is.startsWith(`${wanted}/`));
}

export const isPlatform = (json: JsonObject, asked: string): boolean =>
  serves(platformOf(json), asked);

/**
 * Whether an image on the engine can run on a platform. A containerd store may hold several under
 * one name, and tells of them in `Manifests` (API 1.48); the fields beside it are those of one.
 */
export function onPlatform(image: JsonObject, asked: string): boolean {
  const held = list(image.Manifests).filter((each: Json) => at(each, "Available") === true);
  const platforms = held.map((each) => record(at(each, "ImageData", "Platform")));
  return isPlatform(image, asked) || platforms.some((each) => isPlatform(each, asked));
}
