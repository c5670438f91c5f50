import type { Json, JsonObject } from "../../model/json.ts";
import { Invalid, type Scope } from "../attribute.ts";
import { isMap, number, record, text } from "../compare.ts";
import { parseEach, undeclared } from "../shapes.ts";
import { bytes } from "../units.ts";
import { cleanPath } from "./program.ts";

/** One mount by its canonical target; a volume without `source` is anonymous. */
export type Mount = JsonObject & { readonly type: "volume" | "bind" | "tmpfs" };
export type Mounts = Readonly<Record<string, Mount>>;

/** The name that an engine gives to a volume without one. */
export const ANONYMOUS = /^[0-9a-f]{64}$/;
export const PROPAGATION = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];
const FORMS = "write source:target[:ro], or the long form with type, source and target";

function invalid(message: string, hint = FORMS): Invalid {
  return new Invalid(message, { hint });
}

export function shortOptions(source: string): JsonObject {
  const result: Record<string, Json> = {};
  for (const option of source.split(",")) {
    if (option === "ro") result.read_only = true;
    else if (option === "nocopy") result.nocopy = true;
    else if (option === "z" || option === "Z") result.selinux = option;
    else if (PROPAGATION.includes(option)) result.propagation = option;
    else if (option !== "rw" && option !== "")
      throw invalid(`\`${option}\` is no mount option`, "ro, rw, nocopy, z, Z or a propagation");
  }
  return result;
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
      { type: "bind", source: sourceOf(first, scope), ...shortOptions(options) },
    ];
  }
  return [
    targetOf(target),
    { type: "volume", source: volumeOf(first, scope), ...shortOptions(options) },
  ];
}

export function targetOf(path: string): string {
  if (!path.startsWith("/"))
    throw invalid(`\`${path}\` is not an absolute path inside the container`);
  return cleanPath(path);
}

function sourceOf(path: string, scope: Scope): string {
  return cleanPath(scope.path(path));
}

function volumeOf(key: string, scope: Scope): string {
  const name = scope.volume(key);
  if (name === undefined) throw undeclared("volumes", key, scope);
  return name;
}

function parseLong(given: JsonObject, scope: Scope): [string, Mount] {
  const type = text(given.type) as Mount["type"];
  const common = given.read_only === true ? { read_only: true } : {};
  const target = targetOf(text(given.target));
  if (type === "tmpfs") {
    const { size, mode } = record(given.tmpfs);
    return [
      target,
      {
        type,
        ...common,
        ...(size === undefined ? {} : { size: bytes(size) }),
        ...(mode === undefined ? {} : { mode: number(mode) }),
      },
    ];
  }
  if (type === "bind") {
    const { propagation, selinux, create_host_path: create } = record(given.bind);
    if (given.source === undefined) throw invalid("a bind mount needs a `source`");
    return [
      target,
      {
        type,
        source: sourceOf(text(given.source), scope),
        ...common,
        ...(propagation === undefined ? {} : { propagation }),
        ...(selinux === undefined ? {} : { selinux }),
        ...(create === true ? { create_host_path: true } : {}),
      },
    ];
  }
  const nocopy = record(given.volume).nocopy === true ? { nocopy: true } : {};
  const source = given.source === undefined ? {} : { source: volumeOf(text(given.source), scope) };
  return [target, { type, ...source, ...common, ...nocopy }];
}

/** The mounts of a container, each with one target. Throws `Invalid`. */
export function parseMounts(authored: Json, scope: Scope): Mounts {
  const taken = new Set<string>();
  const entries = parseEach(authored, (item) => {
    const entry = isMap(item) ? parseLong(item, scope) : parseShort(text(item), scope);
    if (taken.has(entry[0]))
      throw invalid(`two mounts have the target ${entry[0]}`, "keep one of them");
    taken.add(entry[0]);
    return entry;
  });
  return Object.fromEntries(entries);
}
