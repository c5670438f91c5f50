import type { Json, JsonObject } from "../../../model/json.ts";
import type { Codec, Live, Sending } from "../../core/attribute.ts";
import { configLabels, hasRecord, recordedSpec } from "../../core/ownership.ts";
import { at, list, number, record, text } from "../../values/json.ts";
import { cleanPath } from "../process/program.ts";
import { ANONYMOUS, knownOptions, type Mount, type Mounts } from "./parse-mounts.ts";

/** What the engine calls each way to treat the mounts below a bind's source. */
const RECURSION: Readonly<Record<string, string>> = {
  disabled: "NonRecursive",
  writable: "ReadOnlyNonRecursive",
  readonly: "ReadOnlyForceRecursive",
};

/** What engines below the version refuse, or ignore in silence. */
function newerParts(value: Mounts): Readonly<Record<string, string>> {
  const parts = Object.entries(value).flatMap(([target, { type, subpath, recursive }]) => [
    ...(type === "image" ? [[`${target} of type image`, "1.48"]] : []),
    ...(type === "volume" && subpath ? [[`${target}.subpath`, "1.45"]] : []),
    ...(recursive && recursive !== "disabled" ? [[`${target}.recursive`, "1.44"]] : []),
  ]);
  return Object.fromEntries(parts);
}

/** A bind with an SELinux label has no structured form; it is sent in the old `Binds` syntax. */
function asBind(target: string, mount: Mount): string {
  const options = [mount.selinux, mount.read_only ? "ro" : "rw", mount.propagation].filter(Boolean);
  return `${text(mount.source)}:${target}:${options.join(",")}`;
}

function asMount(target: string, mount: Mount): JsonObject {
  const { type, source, read_only, nocopy, propagation, size, mode, create_host_path } = mount;
  const { recursive, subpath } = mount;
  const bind = {
    ...(propagation ? { Propagation: propagation } : {}),
    ...(create_host_path ? { CreateMountpoint: true } : {}),
    ...(recursive ? { [RECURSION[text(recursive)] ?? ""]: true } : {}),
  };
  const volume = {
    ...(nocopy ? { NoCopy: true } : {}),
    ...(subpath ? { Subpath: subpath } : {}),
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
    ...(type === "volume" && Object.keys(volume).length > 0 ? { VolumeOptions: volume } : {}),
    ...(type === "image" && subpath ? { ImageOptions: { Subpath: subpath } } : {}),
    ...(Object.keys(bind).length > 0 ? { BindOptions: bind } : {}),
    ...(Object.keys(tmpfs).length > 0 ? { TmpfsOptions: tmpfs } : {}),
  };
}

function fromMount(json: JsonObject): [string, Mount] {
  const { Propagation, CreateMountpoint, ...bind } = record(json.BindOptions);
  const recursion = Object.keys(RECURSION).find((word) => bind[RECURSION[word] ?? ""] === true);
  const subpath = text(record(json.VolumeOptions).Subpath ?? record(json.ImageOptions).Subpath);
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
      ...(recursion ? { recursive: recursion } : {}),
      ...(subpath ? { subpath } : {}),
      ...(number(SizeBytes) ? { size: number(SizeBytes) } : {}),
      ...(number(Mode) ? { mode: number(Mode) } : {}),
    },
  ];
}

function fromBind(line: string): [string, Mount] {
  const [source = "", target = "", options = ""] = line.split(":");
  const type = source.startsWith("/") ? "bind" : "volume";
  return [cleanPath(target), { type, source, ...knownOptions(options) }];
}

/**
 * Anonymous volumes of a container by target: unnamed by the file, yet they hold data. One that was
 * asked for by such a name is none; on a container of ours, the label says what was asked.
 */
export function anonymousVolumes(json: JsonObject): ReadonlyMap<string, string> {
  const named = namesAsked(json);
  const found = list(json.Mounts)
    .map(record)
    .filter((mount) => mount.Type === "volume" && ANONYMOUS.test(text(mount.Name)))
    .filter((mount) => !named.has(text(mount.Name)))
    .map((mount): [string, string] => [cleanPath(text(mount.Destination)), text(mount.Name)]);
  return new Map(found);
}

function namesAsked(json: JsonObject): ReadonlySet<string> {
  const labels = configLabels(json);
  const asked = hasRecord(labels)
    ? Object.values(record(recordedSpec(labels).volumes)).map((each) => text(record(each).source))
    : sources(json).map(([, { source }]) => text(source));
  return new Set(asked);
}

/** The mounts that a container was created with, by target. */
const sources = (json: JsonObject): readonly [string, Mount][] => [
  ...list(at(json, "HostConfig", "Mounts")).map((each) => fromMount(record(each))),
  ...list(at(json, "HostConfig", "Binds")).map((each) => fromBind(text(each))),
];

function declaredByImage(live: Live): ReadonlySet<string> {
  const image = Object.keys(record(at(live.image, "Config", "Volumes")));
  const own = Object.keys(record(at(live.json, "Config", "Volumes")));
  return new Set([...image, ...own].map(cleanPath));
}

/** References of the images that a container's mounts show. */
export function mountedImages(volumes: Json | undefined): readonly string[] {
  return Object.values(record(volumes)).flatMap((mount) => {
    const { type, source } = record(mount);
    return type === "image" ? [text(source)] : [];
  });
}

/**
 * Anonymous volumes that were asked for beside the image's (`docker run -v /data`). We never ask for
 * them so: on a container of ours they are those of the image that it was made from.
 */
function declaredByHand({ json, image }: Live): readonly string[] {
  if (!image || hasRecord(configLabels(json))) return [];
  const byImage = new Set(Object.keys(record(at(image, "Config", "Volumes"))).map(cleanPath));
  const targets = Object.keys(record(at(json, "Config", "Volumes"))).map(cleanPath);
  return targets.filter((target) => !byImage.has(target));
}

/** Mounts are sent as `Mounts`, and read from there and from the old `Binds`. */
export const mounts: Codec<Mounts> = {
  newer: newerParts,
  toEngine: (value, sending: Sending) => {
    const kept = anonymousVolumes(sending.oldContainer ?? {});
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
  fromEngine: (live, want) => {
    const declared = declaredByImage(live);
    const labels = configLabels(live.json);
    const asked = record(recordedSpec(labels).volumes);
    // We mount one that nobody asked for where the old container had it.
    const isKept = (target: string) =>
      declared.has(target) || (hasRecord(labels) && asked[target] === undefined);
    const result: Record<string, Mount> = {};
    for (const [target, mount] of sources(live.json)) {
      const carried = mount.type === "volume" && ANONYMOUS.test(text(mount.source));
      const wanted = want?.[target];
      if (carried && wanted === undefined && isKept(target)) continue;
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
 * The old container's anonymous volumes that its replacement mounts, by target: where the file asks for a
 * volume without a name, or for nothing, and the image declares one.
 * @param image the new container's; where that is not known yet, the old one's
 */
export function carriedVolumes(
  oldContainer: JsonObject,
  image: JsonObject | undefined,
  spec: JsonObject,
): ReadonlyMap<string, string> {
  const declared = new Set(Object.keys(record(at(image, "Config", "Volumes"))).map(cleanPath));
  const [volumes, tmpfs] = [record(spec.volumes), record(spec.tmpfs)];
  const carried = [...anonymousVolumes(oldContainer)].filter(([target]) => {
    if (volumes[target] === undefined) return declared.has(target) && tmpfs[target] === undefined;
    const { type, source } = record(volumes[target]);
    return type === "volume" && source === undefined;
  });
  return new Map(carried);
}

/** The mounts of those that the file says nothing of: the engine would make new, empty ones. */
export function carriedMounts(carried: ReadonlyMap<string, string>, spec: JsonObject): JsonObject {
  const mounts = [...carried]
    .filter(([target]) => record(spec.volumes)[target] === undefined)
    .map(([Target, Source]) => ({ Type: "volume", Source, Target }));
  return mounts.length > 0 ? { HostConfig: { Mounts: mounts } } : {};
}
