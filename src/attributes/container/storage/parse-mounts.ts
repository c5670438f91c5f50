import type { Json, JsonObject } from "../../../model/json.ts";
import type { Scope } from "../../core/attribute.ts";
import { parseEach, undeclared, under } from "../../core/shapes.ts";
import { imageReference } from "../../values/image-reference.ts";
import { Invalid } from "../../values/invalid.ts";
import { isMap, record, text } from "../../values/json.ts";
import { bytes, fileMode } from "../../values/units.ts";
import { cleanPath } from "../process/program.ts";
import { checkMount, checkWords } from "./check-mounts.ts";

/** One mount by its canonical target; a volume without `source` is anonymous. */
export type Mount = JsonObject & { readonly type: "volume" | "bind" | "tmpfs" | "image" };
export type Mounts = Readonly<Record<string, Mount>>;

/** The name that an engine gives to a volume without one. */
export const ANONYMOUS = /^[0-9a-f]{64}$/;
export const PROPAGATION = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];
/** What becomes of the mounts below a bind's source; `enabled` is what silence means. */
export const RECURSION = ["enabled", "disabled", "writable", "readonly"];
/** How Docker Desktop once kept a bind's two sides alike; they mean nothing to an engine. */
export const CONSISTENCY = ["consistent", "cached", "delegated"];
const ELSEWHERE: Readonly<Record<string, string>> = {
  npipe: "named pipes are for Windows alone; leave it out",
  cluster: "cluster volumes belong to a swarm; use a volume of this engine",
};
const FORMS = "write source:target[:ro], or the long form with type, source and target";

function invalid(message: string, hint = FORMS): Invalid {
  return new Invalid(message, { hint });
}

function shortOptions(source: string): JsonObject {
  const idle = ["", "rw", ...CONSISTENCY];
  const words = source.split(",").filter((word) => !idle.includes(word));
  const unknown = words.find((word) => !optionOf(word));
  if (unknown === undefined) return knownOptions(source);
  throw invalid(`\`${unknown}\` is no mount option`, "ro, rw, nocopy, z, Z or a propagation");
}

/** An engine may tell more than anybody asked for: Podman adds `nosuid,nodev,rbind`. */
export function knownOptions(source: string): JsonObject {
  return Object.assign({}, ...source.split(",").map(optionOf));
}

function optionOf(word: string): JsonObject | undefined {
  if (word === "ro") return { read_only: true };
  if (word === "nocopy") return { nocopy: true };
  if (word === "z" || word === "Z") return { selinux: word };
  return PROPAGATION.includes(word) ? { propagation: word } : undefined;
}

function parseShort(source: string, scope: Scope): [string, Mount] {
  const parts = source.split(":");
  if (parts.length > 3 || parts.some((part) => part === ""))
    throw invalid(`\`${source}\` is no mount`);
  const [first = "", target, options = ""] = parts;
  if (target === undefined) return [targetOf(first), { type: "volume" }];
  if (/^[./~]/.test(first)) {
    return [
      targetOf(target),
      made({ type: "bind", source: sourceOf(first, scope), ...shortOptions(options) }, scope),
    ];
  }
  return [
    targetOf(target),
    { type: "volume", source: volumeOf(first, scope), ...shortOptions(options) },
  ];
}

/** A mount with an SELinux label makes a missing source by itself. */
function made(mount: Mount, { createsHostPaths = false }: Scope): Mount {
  return createsHostPaths && mount.selinux === undefined
    ? { ...mount, create_host_path: true }
    : mount;
}

export function targetOf(path: string): string {
  if (!path.startsWith("/"))
    throw new Invalid(`\`${path}\` is not an absolute path inside the container`, {
      hint: "for example /data",
      path: ["target"],
    });
  return cleanPath(path);
}

function sourceOf(path: string, scope: Scope): string {
  return cleanPath(scope.path(path));
}

function volumeOf(key: string, scope: Scope): string {
  const name = scope.volume(key);
  if (name === undefined) throw undeclared("volumes", key, scope, ["source"]);
  return name;
}

function parseLong(given: JsonObject, scope: Scope): [string, Mount] {
  const elsewhere = ELSEWHERE[text(given.type)];
  if (elsewhere)
    throw new Invalid(`\`${text(given.type)}\` mounts are not supported`, {
      hint: elsewhere,
      path: ["type"],
    });
  checkWords(given);
  const type = text(given.type) as Mount["type"];
  const common = given.read_only === true ? { read_only: true } : {};
  const target = targetOf(text(given.target));
  if (type === "tmpfs") return [target, { type, ...common, ...parseTmpfs(record(given.tmpfs)) }];
  if (type === "bind") return [target, parseBind(given, common, scope)];
  if (type === "image") {
    if (given.source === undefined) throw invalid("an image mount needs a `source`");
    const key = text(given.source);
    const source = under("source", () => imageReference(scope.image(key) ?? key));
    return [target, { type, source, ...subpathOf(given, "image") }];
  }
  const nocopy = record(given.volume).nocopy === true ? { nocopy: true } : {};
  const source = given.source === undefined ? {} : { source: volumeOf(text(given.source), scope) };
  return [target, { type, ...source, ...common, ...nocopy, ...subpathOf(given, "volume") }];
}

/** The engine takes 0 for silence, as Compose does. */
function parseTmpfs({ size = 0, mode = 0 }: JsonObject): JsonObject {
  const limit = under("tmpfs", () => under("size", () => bytes(size)));
  const bits = under("tmpfs", () => under("mode", () => fileMode(mode)));
  return { ...(limit > 0 ? { size: limit } : {}), ...(bits > 0 ? { mode: bits } : {}) };
}

function parseBind(given: JsonObject, common: JsonObject, scope: Scope): Mount {
  const { propagation, selinux, create_host_path: create, recursive } = record(given.bind);
  if (given.source === undefined) throw invalid("a bind mount needs a `source`");
  const readOnly = given.read_only === true;
  if ((recursive === "readonly" || recursive === "writable") && !readOnly)
    throw new Invalid(`\`recursive: ${recursive}\` says how a read-only mount goes on below`, {
      hint: "add `read_only: true`",
      path: ["bind", "recursive"],
    });
  if (selinux !== undefined && recursive !== undefined)
    throw new Invalid("`recursive` and `selinux` cannot stand together", {
      hint: "remove one of them",
      path: ["bind", "recursive"],
    });
  const mount: Mount = {
    type: "bind",
    source: sourceOf(text(given.source), scope),
    ...common,
    ...(propagation === undefined ? {} : { propagation }),
    ...(selinux === undefined ? {} : { selinux }),
    ...(create === true ? { create_host_path: true } : {}),
    ...(recursive === undefined || recursive === "enabled" ? {} : { recursive }),
  };
  return create === undefined ? made(mount, scope) : mount;
}

/** A path inside of a volume or image, as the engine wants it: relative, and never upwards. */
function subpathOf(mount: JsonObject, part: "image" | "volume"): JsonObject {
  const given = record(mount[part]).subpath;
  if (given === undefined) return {};
  const subpath = cleanPath(`/${text(given)}`).slice(1);
  if (text(given).startsWith("/") || text(given).split("/").includes(".."))
    throw new Invalid(`\`${text(given)}\` is no path inside of it`, {
      hint: "a relative path without `..`",
      path: [part, "subpath"],
    });
  return subpath === "" ? {} : { subpath };
}

/** The mounts of a container, each with one target. Throws `Invalid`. */
export function parseMounts(authored: Json, scope: Scope): Mounts {
  const taken = new Set<string>();
  const entries = parseEach(authored, (item) => {
    const entry = isMap(item) ? parseLong(item, scope) : parseShort(text(item), scope);
    if (taken.has(entry[0]))
      throw new Invalid(`two mounts have the target ${entry[0]}`, {
        hint: "keep one of them",
        path: ["target"],
      });
    taken.add(entry[0]);
    checkMount(...entry);
    return entry;
  });
  return Object.fromEntries(entries);
}
