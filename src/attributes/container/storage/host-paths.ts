import type { JsonObject } from "../../../model/json.ts";
import { record, text } from "../../values/json.ts";
import { devicesOf } from "../resources/blkio.ts";
import { pathOf } from "../resources/sysctls.ts";

/** A path of the engine's machine that must be there when a container is made or started, or a volume mounted. */
export interface HostPath {
  readonly attribute: "volumes" | "devices" | "driver_opts" | "blkio_config" | "sysctls";
  readonly path: string;
}

const binds = (spec: JsonObject) =>
  Object.values(record(spec.volumes))
    .map(record)
    .filter(({ type }) => type === "bind");

/** A mount with an SELinux label goes the engine's old way, which makes a missing folder, as `create_host_path` does. */
const isMade = ({ create_host_path, selinux }: JsonObject) =>
  create_host_path === true || selinux !== undefined;

/** The paths that `spec`, canonical values of a container or a volume, needs on the engine's machine. */
export function hostPaths(spec: JsonObject): readonly HostPath[] {
  const mounted = binds(spec)
    .filter((mount) => !isMade(mount))
    .map(({ source }): HostPath => ({ attribute: "volumes", path: text(source) }));
  const devices = Object.values(record(spec.devices))
    .map((device): HostPath => ({ attribute: "devices", path: text(record(device).source) }))
    .filter(({ path }) => path !== "");
  const limited = devicesOf(record(spec.blkio_config)).map(
    (path): HostPath => ({ attribute: "blkio_config", path }),
  );
  // Whatever a container has of its own, the kernel of its machine has too.
  const parameters = Object.keys(record(spec.sysctls)).map(
    (name): HostPath => ({ attribute: "sysctls", path: `/proc/sys/${pathOf(name)}` }),
  );
  return [...mounted, ...devices, ...limited, ...parameters, ...boundVolume(spec)];
}

/** The driver local mounts `device` as it is where `o` says so. */
function boundVolume({ driver_opts }: JsonObject): readonly HostPath[] {
  const { o, device } = record(driver_opts);
  const binds = text(o)
    .split(",")
    .some((word) => word === "bind" || word === "rbind");
  return binds && text(device).startsWith("/")
    ? [{ attribute: "driver_opts", path: text(device) }]
    : [];
}

/** Whether a container with this spec may make `path`: in a folder that it writes to, or as a source that is to be made. */
export function mayMake(spec: JsonObject, path: string): boolean {
  return binds(spec).some((mount) => {
    const source = text(mount.source);
    const below = path.startsWith(source === "/" ? "/" : `${source}/`);
    const above = source === path || source.startsWith(`${path}/`);
    return (below && mount.read_only !== true) || (above && isMade(mount));
  });
}
