import type { Build } from "../../model/build.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { attribute, type Scope } from "../core/attribute.ts";
import { parseLabels } from "../core/ownership.ts";
import {
  boolean,
  byteValue,
  byValue,
  object,
  pairs,
  parseEach,
  parsePairs,
  parseStrings,
  string,
  stringList,
  stringOrList,
  undeclared,
  under,
} from "../core/shapes.ts";
import { imageReference } from "../values/image-reference.ts";
import { Invalid } from "../values/invalid.ts";
import { isMap, list, record, text } from "../values/json.ts";
import { bytes } from "../values/units.ts";

const schema: JsonObject = {
  anyOf: [
    string,
    object({
      context: string,
      dockerfile: string,
      dockerfile_inline: string,
      args: pairs,
      target: string,
      labels: pairs,
      cache_from: stringList,
      network: string,
      platforms: stringList,
      shm_size: byteValue,
      extra_hosts: { anyOf: [stringList, { type: "object", additionalProperties: stringOrList }] },
      secrets: {
        type: "array",
        items: { anyOf: [string, object({ source: string, target: string }, ["source"])] },
      },
      ssh: { anyOf: [stringOrList, pairs] },
      tags: stringList,
      no_cache: boolean,
      pull: boolean,
      additional_contexts: pairs,
    }),
  ],
};

export const build = attribute<JsonObject>({
  description:
    "How the image is built, as in Compose: a folder, or `context`, `dockerfile`, `args` and the like. It is built again only when the Dockerfile, a file of the context that is not ignored, an argument or a base image has changed.",
  schema,
  examples: ["./web", { context: "./web", args: { VERSION: "1.2" }, target: "release" }],
  absent: { is: "value", value: {} },
  merge: {
    short: "context",
    parts: {
      args: "pairs",
      labels: "pairs",
      additional_contexts: "pairs",
      extra_hosts: "lines",
      tags: byValue,
    },
  },
  parse: (authored, scope) => parseBuild(authored, scope) as unknown as JsonObject,
  // Where the files were that it was built from, no engine knows.
  write: () => undefined,
});

function parseBuild(authored: Json, scope: Scope): Build {
  const given = isMap(authored) ? authored : { context: authored };
  const context = folder(text(given.context ?? "."), "context", scope);
  const inline = given.dockerfile_inline;
  if (inline !== undefined && given.dockerfile !== undefined)
    throw new Invalid("`dockerfile` and `dockerfile_inline` cannot stand together", {
      path: ["dockerfile_inline"],
      key: true,
      hint: "remove one of them",
    });
  const dockerfile = text(given.dockerfile ?? "Dockerfile");
  const absolute = /^(\/|[A-Za-z]:[\\/])/.test(dockerfile);
  return {
    context,
    ...(inline === undefined
      ? { dockerfile: absolute ? dockerfile : scope.path(`${context}/${dockerfile}`) }
      : { dockerfile_inline: text(inline) }),
    ...some(
      "args",
      under("args", () => parsePairs(given.args ?? {})),
    ),
    ...words(given, "target", "network"),
    ...some(
      "labels",
      under("labels", () => parseLabels(given.labels ?? {})),
    ),
    ...some("cache_from", parseStrings(given.cache_from ?? [])),
    ...platform(given.platforms),
    ...(given.shm_size === undefined
      ? {}
      : { shm_size: under("shm_size", () => bytes(given.shm_size)) }),
    ...some("extra_hosts", hosts(given.extra_hosts)),
    ...some(
      "tags",
      under("tags", () => parseEach(given.tags ?? [], (tag) => reference(tag))),
    ),
    ...flags(given, "no_cache", "pull"),
    ...some("additional_contexts", contexts(given.additional_contexts, scope)),
    ...some(
      "secrets",
      under("secrets", () => secrets(given.secrets, scope)),
    ),
    ...some("ssh", agents(given.ssh)),
  };
}

const some = (name: string, value: object) =>
  Object.keys(value).length > 0 ? { [name]: value } : {};

const words = (given: JsonObject, ...names: readonly string[]) =>
  Object.fromEntries(names.flatMap((name) => (given[name] ? [[name, text(given[name])]] : [])));

const flags = (given: JsonObject, ...names: readonly string[]) =>
  Object.fromEntries(names.flatMap((name) => (given[name] === true ? [[name, true]] : [])));

const REMOTE = /^(https?|git|ssh):\/\/|^git@|^github\.com\/|^oci-layout:\/\//;

function folder(path: string, part: string, scope: Scope): string {
  if (!REMOTE.test(path)) return scope.path(path);
  throw new Invalid("a build from a remote address cannot be planned", {
    hint: "nothing tells what has changed there: clone it, and name the folder",
    path: [part],
  });
}

function platform(authored: Json | undefined): Pick<Build, "platform"> {
  const [first, ...more] = parseStrings(authored ?? []);
  if (more.length > 0)
    throw new Invalid("an engine builds for one platform", {
      hint: "give each platform an image of its own, under `images`",
      path: ["platforms", 1],
    });
  return first === undefined ? {} : { platform: first };
}

/** `host:address`; Compose takes `host=address` and a map too. */
function hosts(authored: Json | undefined): readonly string[] {
  if (isMap(authored))
    return Object.entries(authored).flatMap(([host, addresses]) =>
      parseStrings(addresses ?? "").map((address) => `${host}:${address}`),
    );
  return list(authored).map((item) => text(item).replace(/^([^:=]+)=/, "$1:"));
}

function reference(tag: Json): string {
  const name = imageReference(text(tag));
  if (name.includes("@")) throw new Invalid("content by digest cannot be given to a build");
  return name;
}

function contexts(authored: Json | undefined, scope: Scope): Readonly<Record<string, string>> {
  const named = Object.entries(under("additional_contexts", () => parsePairs(authored ?? {})));
  return Object.fromEntries(
    named.map(([name, path]) => {
      if (path.startsWith("docker-image://")) return [name, path];
      return [name, under("additional_contexts", () => folder(path, name, scope))];
    }),
  );
}

function secrets(authored: Json | undefined, scope: Scope): NonNullable<Build["secrets"]> {
  return parseEach(authored ?? [], (item) => {
    const { source, target } = isMap(item) ? item : { source: item, target: undefined };
    const content = scope.secret(text(source));
    const path = isMap(item) ? ["source"] : [];
    if (content === undefined) throw undeclared("secrets", text(source), scope, path);
    return { id: text(target) || text(source), content };
  });
}

/** `default`, or an id with the path of a key or a socket: `id=path`. */
function agents(authored: Json | undefined): readonly string[] {
  if (!isMap(authored)) return parseStrings(authored ?? []);
  return Object.entries(record(authored)).map(([id, path]) =>
    path === null || path === undefined ? id : `${id}=${text(path)}`,
  );
}
