import type { Json, JsonObject } from "../../model/json.ts";
import { equal, isEmpty, list, record, text } from "../values/json.ts";
import { platformOf } from "../values/platform.ts";

/* What an image is, whatever id its store gives it. */

/** Fields of an image's config that decide how a container runs (OCI Image Specification, "Config"). */
const FIELDS = [
  ...["Cmd", "Entrypoint", "Env", "ExposedPorts", "Healthcheck", "Labels", "OnBuild"],
  ...["Shell", "StopSignal", "User", "Volumes", "WorkingDir"],
];

/** Of a config blob (`rootfs.diff_ids`), or of an engine's inspect answer (`RootFS.Layers`). */
export function imageIdentity(json: JsonObject): JsonObject {
  const config = record(json.Config ?? json.config);
  const layers = list(record(json.RootFS).Layers ?? record(json.rootfs).diff_ids);
  const said = FIELDS.flatMap((name): [string, Json][] => {
    const value = config[name];
    return isEmpty(value) ? [] : [[name, value as Json]];
  });
  return { platform: platformOf(json), layers, ...Object.fromEntries(said) };
}

/** Whether an image on the engine is one of these, by its id or, where a store has made a new one, by what it is. */
export function hasSameContent(
  json: JsonObject,
  ids: readonly string[],
  essences: readonly JsonObject[],
): boolean {
  if (ids.includes(text(json.Id))) return true;
  const live = imageIdentity(json);
  return list(live.layers).length > 0 && essences.some((each) => equal(each, live));
}
