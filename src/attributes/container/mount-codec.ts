import type { JsonObject } from "../../model/json.ts";
import type { Codec, Live, Sending } from "../attribute.ts";
import { at, list, number, record, text } from "../compare.ts";
import { hasRecord } from "../labels.ts";
import { ANONYMOUS, type Mount, type Mounts, shortOptions } from "./mount.ts";
import { cleanPath } from "./program.ts";

/** A bind with an SELinux label has no structured form; it is sent in the old `Binds` syntax. */
function asBind(target: string, mount: Mount): string {
  const options = [mount.selinux, mount.read_only ? "ro" : "rw", mount.propagation].filter(Boolean);
  return `${text(mount.source)}:${target}:${options.join(",")}`;
}

function asMount(target: string, mount: Mount): JsonObject {
  const { type, source, read_only, nocopy, propagation, size, mode, create_host_path } = mount;
  const bind = {
    ...(propagation ? { Propagation: propagation } : {}),
    ...(create_host_path ? { CreateMountpoint: true } : {}),
  };
  const tmpfs = {
    ...(size ? { SizeBytes: size } : {}),
    ...(mode === undefined ? {} : { Mode: mode }),
  };
  return {
    Type: type,
    Target: target,
    ...(source ? { Source: source } : {}),
    ...(read_only ? { ReadOnly: true } : {}),
    ...(nocopy ? { VolumeOptions: { NoCopy: true } } : {}),
    ...(Object.keys(bind).length > 0 ? { BindOptions: bind } : {}),
    ...(Object.keys(tmpfs).length > 0 ? { TmpfsOptions: tmpfs } : {}),
  };
}

function fromMount(json: JsonObject): [string, Mount] {
  const { Propagation, CreateMountpoint } = record(json.BindOptions);
  const { SizeBytes, Mode } = record(json.TmpfsOptions);
  return [
    cleanPath(text(json.Target)),
    {
      type: text(json.Type) as Mount["type"],
      ...(text(json.Source) ? { source: text(json.Source) } : {}),
      ...(json.ReadOnly === true ? { read_only: true } : {}),
      ...(record(json.VolumeOptions).NoCopy === true ? { nocopy: true } : {}),
      ...(text(Propagation) ? { propagation: text(Propagation) } : {}),
      ...(CreateMountpoint === true ? { create_host_path: true } : {}),
      ...(number(SizeBytes) ? { size: number(SizeBytes) } : {}),
      ...(number(Mode) ? { mode: number(Mode) } : {}),
    },
  ];
}

function fromBind(line: string): [string, Mount] {
  const [source = "", target = "", options = ""] = line.split(":");
  const type = source.startsWith("/") ? "bind" : "volume";
  return [cleanPath(target), { type, source, ...shortOptions(options) }];
}

/** Anonymous volumes of a container by target: unnamed by the file, yet they hold data. */
export function anonymousVolumes(json: JsonObject): ReadonlyMap<string, string> {
  const found = list(json.Mounts)
    .map(record)
    .filter((mount) => mount.Type === "volume" && ANONYMOUS.test(text(mount.Name)))
    .map((mount): [string, string] => [cleanPath(text(mount.Destination)), text(mount.Name)]);
  return new Map(found);
}

function declaredByImage(live: Live): ReadonlySet<string> {
  const image = Object.keys(record(at(live.image, "Config", "Volumes")));
  const own = Object.keys(record(at(live.json, "Config", "Volumes")));
  return new Set([...image, ...own].map(cleanPath));
}

/**
 * Anonymous volumes that were asked for beside the image's (`docker run -v /data`). We never ask for
 * them so: on a container of ours they are those of the image that it was made from.
 */
function declaredByHand({ json, image }: Live): readonly string[] {
  if (!image || hasRecord(record(at(json, "Config", "Labels")))) return [];
  const byImage = new Set(Object.keys(record(at(image, "Config", "Volumes"))).map(cleanPath));
  const targets = Object.keys(record(at(json, "Config", "Volumes"))).map(cleanPath);
  return targets.filter((target) => !byImage.has(target));
}

/** Mounts are sent as `Mounts`, and read from there and from the old `Binds`. */
export const mounts: Codec<Mounts> = {
  send: (value, sending: Sending) => {
    const kept = anonymousVolumes(sending.predecessor ?? {});
    const entries = Object.entries(value).map(([target, mount]): [string, Mount] => {
      const carried =
        mount.type === "volume" && mount.source === undefined ? kept.get(target) : undefined;
      return [target, carried ? { ...mount, source: carried } : mount];
    });
    const binds = entries
      .filter(([, mount]) => mount.selinux)
      .map(([target, mount]) => asBind(target, mount));
    const structured = entries
      .filter(([, mount]) => !mount.selinux)
      .map(([target, mount]) => asMount(target, mount));
    return {
      HostConfig: {
        ...(binds.length > 0 ? { Binds: binds } : {}),
        ...(structured.length > 0 ? { Mounts: structured } : {}),
      },
    };
  },
  read: (live, want) => {
    const declared = declaredByImage(live);
    const found: [string, Mount][] = [
      ...list(at(live.json, "HostConfig", "Mounts")).map((each) => fromMount(record(each))),
      ...list(at(live.json, "HostConfig", "Binds")).map((each) => fromBind(text(each))),
    ];
    const result: Record<string, Mount> = {};
    for (const [target, mount] of found) {
      const carried = mount.type === "volume" && ANONYMOUS.test(text(mount.source));
      const wanted = want?.[target];
      if (carried && wanted === undefined && declared.has(target)) continue;
      const { source: _, ...unnamed } = mount;
      result[target] =
        carried && wanted?.type === "volume" && wanted.source === undefined
          ? (unnamed as Mount)
          : mount;
    }
    for (const target of declaredByHand(live)) result[target] ??= { type: "volume" };
    return result;
  },
};

/**
 * Mounts that keep the predecessor's anonymous volumes where the image, not the file, asks for a
 * volume: the engine would give a new, empty one to the successor.
 */
export function carriedVolumes(
  predecessor: JsonObject,
  image: JsonObject | undefined,
  spec: JsonObject,
): JsonObject {
  const declared = new Set(Object.keys(record(at(image, "Config", "Volumes"))).map(cleanPath));
  const asked = new Set([...Object.keys(record(spec.volumes)), ...Object.keys(record(spec.tmpfs))]);
  const mounts = [...anonymousVolumes(predecessor)]
    .filter(([target]) => declared.has(target) && !asked.has(target))
    .map(([Target, Source]) => ({ Type: "volume", Source, Target }));
  return mounts.length > 0 ? { HostConfig: { Mounts: mounts } } : {};
}

/** Names of the anonymous volumes that a container mounts by name, carried over to it. */
export function carriedNames(json: JsonObject): readonly string[] {
  const mounts = list(at(json, "HostConfig", "Mounts")).map(record);
  return mounts
    .filter(({ Type, Source }) => Type === "volume" && ANONYMOUS.test(text(Source)))
    .map(({ Source }) => text(Source));
}
