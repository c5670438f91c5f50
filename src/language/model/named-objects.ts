import { catalogue } from "../../attributes/catalogue.ts";
import type { Catalogue, Scope } from "../../attributes/core/attribute.ts";
import { record, text, texts } from "../../attributes/values/json.ts";
import type { Building } from "../../model/build.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { type Authored, canonicals } from "../attributes/canonicalize.ts";
import type { Environment } from "../attributes/environment.ts";
import { isWrong } from "../schema/validate.ts";
import { keyPlace } from "../yaml/tree.ts";
import { buildAsked, building } from "./builds.ts";
import { suppliedBy } from "./image-archives.ts";
import { publishedAs } from "./image-push.ts";

/** A network or volume: its engine name, and what is asked of it. */
export interface Named {
  readonly key: string;
  readonly name: string;
  readonly external: boolean;
  readonly values: Readonly<Record<string, Json>>;
}

/** Entries of a section; an entry that says nothing is an empty one. */
export function entriesOf(document: JsonObject, section: string): [string, JsonObject][] {
  return Object.entries(record(document[section])).map(([key, value]) => [key, record(value)]);
}

/** Networks or volumes by key: `<stack>_<key>` unless `name:` says otherwise. */
export function named(
  section: "networks" | "volumes" | "plugins",
  attributes: Catalogue,
  scope: (key: string) => Scope,
  authored: Authored,
): ReadonlyMap<string, Named> {
  const result = new Map<string, Named>();
  for (const [key, given] of entriesOf(authored.document, section)) {
    const values = canonicals(attributes, [section, key], given, scope(key), authored);
    const external = values.external === true;
    const name = text(values.name) || (external ? key : `${scope(key).stack}_${key}`);
    result.set(key, { key, name, external, values });
    if (external) refuseOthers(section, key, given, authored);
  }
  return result;
}

/** What exists elsewhere is never changed, so nothing can be asked of it (Compose: "external"). */
function refuseOthers(section: string, key: string, given: JsonObject, authored: Authored): void {
  for (const other of Object.keys(given)) {
    if (other === "external" || other === "name") continue;
    const at = keyPlace(authored.root, [section, key, other]);
    const hint = "only `name` may stand beside `external`";
    authored.report.error(
      `\`${key}\` is external, so \`${other}\` cannot be asked of it`,
      at,
      hint,
    );
  }
}

export interface Image {
  readonly key: string;
  readonly source: string;
  readonly pull: string | undefined;
  readonly platform: string | undefined;
  readonly mirrors: readonly string[];
  readonly build: Building | undefined;
  /** The file that it comes from, if any. */
  readonly supply: JsonObject;
  /** `tags` and `push`. */
  readonly published: JsonObject;
}

export function images(
  scope: (key: string) => Scope,
  authored: Authored,
  outside: Environment,
): ReadonlyMap<string, Image> {
  const result = new Map<string, Image>();
  for (const [key, written] of entriesOf(authored.document, "images")) {
    const path = ["images", key] as const;
    const given = withBuild(written, `${scope(key).stack}-${key}`, "source", outside);
    const values = canonicals(catalogue.image, path, given, scope(key), authored);
    if (given.source === undefined && !isWrong(authored.wrong, path)) {
      const at = keyPlace(authored.root, path);
      authored.report.error(
        `the image \`${key}\` needs a \`source\``,
        at,
        "for example busybox:1.36",
      );
    }
    if (values.mirrors !== undefined && text(values.source).includes("@")) {
      const at = keyPlace(authored.root, [...path, "mirrors"]);
      const hint = "name a tag alone, and pin its content with `stack lock`";
      authored.report.error("content by digest cannot keep its name from a mirror", at, hint);
    }
    const optional = (name: string) =>
      values[name] === undefined ? undefined : text(values[name]);
    result.set(key, {
      key,
      source: text(values.source),
      pull: optional("pull"),
      platform: optional("platform"),
      mirrors: texts(values.mirrors),
      build: building(values.build, [...path, "build"], outside),
      supply: suppliedBy(path, values, authored),
      published: publishedAs(path, values, authored),
    });
  }
  return result;
}

/** What is built needs no name of its own: it is called `<stack>-<key>`, as in Compose. */
export function withBuild(
  given: JsonObject,
  name: string,
  under: "source" | "image",
  outside: Environment,
): JsonObject {
  if (given.build === undefined) return given;
  return { ...given, [under]: given[under] || name, build: buildAsked(given.build, outside) };
}
