import { isMap, record } from "../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Model } from "../model/model.ts";

/** The resolved document, as `stack config` shows it: names and environments filled in. */
export function resolvedDocument(document: JsonObject, model: Model): JsonObject {
  const { name: _, variables: __, containers, ...rest } = document;
  const shown = Object.entries(record(containers)).map(([key, authored]): [string, Json] => {
    const { env_file: ___, label_file: labelFile, ...others } = record(authored);
    const values = model.containers.get(key)?.values;
    const { environment, post_start, pre_stop } = values ?? {};
    const labels = labelFile === undefined ? undefined : values?.labels;
    const hooks = { ...(post_start && { post_start }), ...(pre_stop && { pre_stop }) };
    const filled = { ...(environment && { environment }), ...hooks, ...(labels && { labels }) };
    return [key, { ...others, ...filled }];
  });
  const sections = Object.entries(rest).filter(
    ([, section]) => isMap(section) && Object.keys(section).length > 0,
  );
  return {
    name: model.stack,
    ...Object.fromEntries(sections),
    ...(shown.length > 0 && { containers: Object.fromEntries(shown) }),
  };
}
