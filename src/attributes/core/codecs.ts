import type { Json, JsonObject } from "../../model/json.ts";
import { at } from "../values/json.ts";
import type { Codec, InPlaceUpdate, Live } from "./attribute.ts";

/** A value's way into JSON and back; `from` gets `undefined` where the engine says nothing. */
interface Form<V> {
  to?(value: V): Json;
  from(json: Json | undefined): V;
}

/** A field of the container's `Config`, which the create body holds at its top. */
export function config<V extends Json>(field: string, form: Form<V>): Codec<V> {
  return {
    toEngine: (value) => ({ [field]: form.to ? form.to(value) : value }),
    fromEngine: (live: Live) => form.from(at(live.json, "Config", field)),
  };
}

/** A field of the container's `HostConfig`. */
export function hostConfig<V extends Json>(field: string, form: Form<V>): Codec<V> {
  return {
    toEngine: (value) => ({ HostConfig: { [field]: form.to ? form.to(value) : value } }),
    fromEngine: (live: Live) => form.from(at(live.json, "HostConfig", field)),
  };
}

/** A `HostConfig` field that `POST /containers/{id}/update` changes; it ignores zero values. */
export function updatable<V extends Json>(
  field: string,
  form: Form<V>,
  possible: (after: V) => boolean = (after) => after !== 0 && after !== "",
): Codec<V> {
  const codec = hostConfig(field, form);
  return {
    ...codec,
    update: (after): InPlaceUpdate | undefined =>
      possible(after) ? { update: { [field]: form.to ? form.to(after) : after } } : undefined,
  };
}

/** A `Config` field that the image fills where nothing is asked. */
export function imageConfig<V extends Json>(field: string, form: Form<V>): Codec<V> {
  const codec = config(field, form);
  return {
    ...codec,
    merged: (asked, image: JsonObject) => {
      const value = asked === undefined ? undefined : form.to ? form.to(asked) : asked;
      const silent = value === undefined || value === "";
      return form.from(silent ? at(image, "Config", field) : value);
    },
  };
}

export const flag = { from: (json: Json | undefined) => json === true };
export const plainText = { from: (json: Json | undefined) => String(json ?? "") };
export const plainNumber = { from: (json: Json | undefined) => Number(json ?? 0) };
