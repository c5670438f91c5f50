import { tokensIn } from "../attributes/secrets/sensitive.ts";
import { isMap, record, text } from "../attributes/values/json.ts";
import type { Json, JsonObject } from "../model/json.ts";

/** What says where images come from: elsewhere they come from an archive, and the lock names them. */
const ORIGINS = ["archive", "rootfs", "changes", "build", "mirrors", "pull"];

/**
 * A resolved document as a stack file for another machine: sensitive values become variables that
 * must be given there, and nothing says any more where an image would come from. The texts of
 * `configs` from files come along.
 */
export function portable(
  document: JsonObject,
  config: (file: string) => string | undefined,
): JsonObject {
  const { images, containers, configs, name, ...rest } = document;
  const without = (
    section: Json | undefined,
    under: "source" | "image",
    dropped: readonly string[],
  ): JsonObject =>
    Object.fromEntries(
      Object.entries(record(section)).map(([key, value]) => {
        if (!isMap(value)) return [key, value as Json];
        // What is built is called so where it has no other name.
        const built = value.build === undefined ? {} : { [under]: `${text(name)}-${key}` };
        return [key, { ...built, ...omit(value, dropped) }];
      }),
    );
  const texts = Object.entries(record(configs)).map(([key, value]): [string, Json] => {
    const { file, ...others } = record(value);
    const content = file === undefined ? undefined : config(text(file));
    return content === undefined ? [key, value as Json] : [key, { ...others, content }];
  });
  const sections: readonly (readonly [string, JsonObject])[] = [
    ["images", without(images, "source", ORIGINS)],
    ...Object.entries(rest).map(([key, value]) => [key, record(value)] as const),
    ["configs", Object.fromEntries(texts)],
    ["containers", without(containers, "image", ["pull_policy", "build"])],
  ];
  const said = sections.filter(([, section]) => Object.keys(section).length > 0);
  return readable({ name: name ?? null, ...Object.fromEntries(said) });
}

/**
 * A resolved document as a stack file that is understood as the same stack: dollars are doubled, and
 * what is sensitive is a variable that must be given again.
 */
export function readable({ name, ...sections }: JsonObject): JsonObject {
  const names = variableNames(tokensIn(sections));
  const variables = [...names.values()].map((each) => [each, { sensitive: true }]);
  return {
    ...(name === undefined ? {} : { name }),
    ...(variables.length > 0 ? { variables: Object.fromEntries(variables) } : {}),
    ...record(written(sections, names)),
  };
}

const omit = (map: JsonObject, dropped: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(map).filter(([key]) => !dropped.includes(key))) as JsonObject;

/** By token: `password`; `DB_PASSWORD` for that variable of one container, `web_...` of several. */
function variableNames(tokens: readonly string[]): ReadonlyMap<string, string> {
  const last = (name: string) => name.split(".").at(-1) ?? name;
  const clash = (name: string) => tokens.filter((other) => last(other) === last(name)).length > 1;
  return new Map(
    tokens.map((name) => {
      const parts = name.split(".");
      const chosen = clash(name) && parts.length > 1 ? parts.slice(1).join("_") : last(name);
      return [name, chosen.replace(/[^A-Za-z0-9_]/g, "_")];
    }),
  );
}

/** Text as a stack file writes it: what is no reference to a variable must not look like one. */
function written(value: Json, names: ReadonlyMap<string, string>): Json {
  if (typeof value === "string")
    return value
      .replaceAll("$", "$$$$")
      .replace(/\uE000([^\uE001]*)\uE001/g, (_, name: string) => `\${${names.get(name) ?? ""}}`);
  if (Array.isArray(value)) return value.map((item) => written(item, names));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, written(item as Json, names)]),
  );
}
