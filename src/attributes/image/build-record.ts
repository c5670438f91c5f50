import type { Build, Building } from "../../model/build.ts";
import type { Delta } from "../../model/change.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { looksSecret, MASK } from "../secrets/sensitive.ts";
import { at, equal, isMap, record, text } from "../values/json.ts";

/*
 * What an image was built from, as its label keeps it: digests of the files, the ids of the bases,
 * and what was asked. Secrets and agents are not part of it, not even as digests.
 */

export const BUILD_LABEL = "stackwright.build";

/** The parts of a build that make another image of the same files. */
const COUNTED = [
  ...["args", "target", "labels", "network", "platform", "shm_size", "extra_hosts"],
  "additional_contexts",
] as const;

/** More would make the label too long; what has changed is then not named. */
const NAMED = 500;

/** All of the record but the ids of the bases, which are known when the build begins. */
export function buildRecord({ asked, sources }: Building): JsonObject {
  const values: JsonObject = { ...(asked as object), ...named(asked.additional_contexts) };
  const counted = COUNTED.flatMap((name) => (values[name] ? [[name, values[name]]] : []));
  const { files, dockerfile = "", context = "" } = sources ?? {};
  const digests = Object.values(files ?? {});
  return {
    dockerfile,
    context,
    ...(files && digests.length <= NAMED ? { files: digests.join(" ") } : {}),
    asked: Object.fromEntries(counted) as JsonObject,
  };
}

/** Where a folder lies says nothing; its files are among the digests. */
function named(contexts: Build["additional_contexts"]): JsonObject {
  if (!contexts) return {};
  const each = Object.entries(contexts).map(([name, from]) => [
    name,
    from.includes("://") ? from : "",
  ]);
  return { additional_contexts: Object.fromEntries(each) as JsonObject };
}

/** What an image's label says that it was built from; `undefined`: it says nothing. */
function recordedBuild(image: JsonObject): JsonObject | undefined {
  try {
    const found: Json = JSON.parse(text(at(image, "Config", "Labels", BUILD_LABEL)));
    return isMap(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

export interface Rebuild {
  /** `Dockerfile changed`, `argument VERSION changed`. */
  readonly reasons: readonly string[];
  readonly deltas: readonly Delta[];
}

/**
 * Why an image that is there is built again; no reasons: it need not be. `idOf` gives the id of a
 * base image; one that is not there cannot have changed.
 */
export function rebuild(
  image: JsonObject,
  building: Building,
  idOf: (base: string) => string | undefined,
): Rebuild {
  const before = recordedBuild(image);
  if (!before) return { reasons: ["it was not built from this stack"], deltas: [] };
  const now = buildRecord(building);
  const { reasons, deltas } = askedChanges(record(before.asked), record(now.asked));
  const bases = building.bases.filter((base) => {
    const [was, is] = [record(before.base)[base], idOf(base)];
    return was !== undefined && is !== undefined && was !== is;
  });
  return {
    reasons: [
      ...(building.sources ? sourceChanges(before, building) : []),
      ...reasons,
      ...bases.map((base) => `base image ${base} changed`),
      ...missingTags(image, building.asked).map((tag) => `it has no tag ${tag}`),
    ],
    deltas,
  };
}

function sourceChanges(before: JsonObject, { sources }: Building): readonly string[] {
  if (!sources) return [];
  const reasons: string[] = [];
  if (sources.dockerfile !== before.dockerfile) reasons.push("Dockerfile changed");
  if (sources.context === before.context) return reasons;
  const { files } = sources;
  if (!files || before.files === undefined) return [...reasons, "context changed"];
  const was = new Set(text(before.files).split(" ").filter(Boolean));
  const other = Object.keys(files).filter((path) => !was.has(files[path] ?? ""));
  if (other.length === 0) {
    const left = new Set(Object.values(files));
    const gone = [...was].filter((each) => !left.has(each)).length;
    return [...reasons, `context changed (${gone} ${gone === 1 ? "file" : "files"} removed)`];
  }
  const [first, second, ...more] = other;
  const named = second === undefined || more.length > 0 ? first : `${first} and ${second}`;
  const rest = more.length > 0 ? ` and ${more.length + 1} other files` : "";
  return [...reasons, `context changed (${named}${rest})`];
}

const ONE: Readonly<Record<string, string>> = { args: "argument", labels: "label" };

function askedChanges(before: JsonObject, now: JsonObject): Rebuild {
  const reasons: string[] = [];
  const deltas: Delta[] = [];
  const differ = (attribute: string, reason: string, was?: Json, is?: Json) => {
    const hidden = looksSecret(attribute);
    reasons.push(reason);
    deltas.push({
      attribute: `build.${attribute}`,
      ...(was === undefined ? {} : { before: hidden ? MASK : was }),
      ...(is === undefined ? {} : { after: hidden ? MASK : is }),
      origin: "file",
      inPlace: false,
      ...(hidden ? { sensitive: true } : {}),
    });
  };
  for (const name of COUNTED) {
    const [was, is] = [before[name], now[name]];
    const one = ONE[name];
    if (one === undefined) {
      if (!equal(was, is)) differ(name, `${name} changed`, was, is);
      continue;
    }
    for (const key of new Set([...Object.keys(record(was)), ...Object.keys(record(is))])) {
      const [old, next] = [record(was)[key], record(is)[key]];
      if (!equal(old, next)) differ(`${name}.${key}`, `${one} ${key} changed`, old, next);
    }
  }
  return { reasons, deltas };
}

function missingTags(image: JsonObject, { tags = [] }: Build): readonly string[] {
  const have = new Set((Array.isArray(image.RepoTags) ? image.RepoTags : []).map(text));
  return tags.filter((tag) => !have.has(familiarTag(tag)));
}

/** As an engine tells a tag: without Docker Hub's host, and never without the tag. */
export function familiarTag(tag: string): string {
  const short = tag.replace(/^(docker\.io\/)(library\/)?/, "");
  return /:[^/]+$/.test(short) ? short : `${short}:latest`;
}
