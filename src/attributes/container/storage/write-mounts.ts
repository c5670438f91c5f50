import type { Json, JsonObject } from "../../../model/json.ts";
import type { Keys } from "../../core/attribute.ts";
import { equal, text } from "../../values/json.ts";
import { showBytes, showMode } from "../../values/units.ts";
import { ANONYMOUS, type Mount, type Mounts } from "./parse-mounts.ts";

/** Mounts in the short form where it says all, otherwise in the long one. */
export function writeMounts(value: Mounts, keys: Keys): readonly Json[] {
  return Object.entries(value).map(([target, mount]) => {
    const named = sourceOf(mount, keys);
    return short(target, mount, named) ?? long(target, mount, named);
  });
}

/** An anonymous volume that was carried over has a source, yet nobody has named it. */
function sourceOf({ type, source }: Mount, keys: Keys): string | undefined {
  if (source === undefined || (type === "volume" && ANONYMOUS.test(text(source)))) return undefined;
  return type === "volume" ? keys.volume(text(source)) : text(source);
}

/** `undefined`: there is no short form for it. */
function short(target: string, mount: Mount, named: string | undefined): string | undefined {
  const { type, source: _, read_only, nocopy, selinux, propagation, ...rest } = mount;
  if (type === "tmpfs" || type === "image" || Object.keys(rest).length > 0) return undefined;
  const options = [read_only && "ro", nocopy && "nocopy", selinux, propagation].filter(Boolean);
  if (named === undefined) return options.length > 0 ? undefined : target;
  if (`${named}${target}`.includes(":")) return undefined;
  return [named, target, ...(options.length > 0 ? [options.join(",")] : [])].join(":");
}

function long(target: string, mount: Mount, source: string | undefined): JsonObject {
  const {
    type,
    source: _,
    read_only,
    nocopy,
    propagation,
    selinux,
    create_host_path,
    recursive,
    subpath,
    ...rest
  } = mount;
  const { size, mode, ...unknown } = rest;
  const inner: Readonly<Record<Mount["type"], JsonObject>> = {
    volume: { nocopy, subpath },
    bind: { propagation, create_host_path, selinux, recursive },
    image: { subpath },
    tmpfs: {
      size: size === undefined ? undefined : showBytes(Number(size)),
      mode: mode === undefined ? undefined : showMode(Number(mode)),
    },
  };
  const own = inner[type];
  return {
    type,
    ...(source === undefined ? {} : { source }),
    target,
    ...(read_only ? { read_only } : {}),
    ...(equal(own, {}) ? {} : { [type]: own }),
    ...unknown,
  };
}
