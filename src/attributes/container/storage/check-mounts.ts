import type { JsonObject } from "../../../model/json.ts";
import { must } from "../../core/shapes.ts";
import { equal, record } from "../../values/json.ts";

/** Files that may be mounted below /proc (runc, "checkProcMount"); a pretended one of LXCFS, for example. */
const IN_PROC =
  /^\/proc\/(cpuinfo|diskstats|meminfo|stat|swaps|uptime|loadavg|slabinfo|net\/dev|sys\/.+)$/;
const ENGINES_OWN = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];
/** In the long form; the short one is a whole. */
const PLACE = { path: ["target"] };
const WORDS = ["volume", "bind", "tmpfs", "image"] as const;

/** Where a container would not start, whatever is mounted there. Throws `Invalid`. */
export function checkTarget(target: string, type: string): void {
  must(target !== "/", "nothing can be mounted over the root of the container", PLACE);
  const proc = target === "/proc" || target.startsWith("/proc/");
  must(
    !proc || (type === "bind" && (target === "/proc" || IN_PROC.test(target))),
    `${target} is the kernel's, and takes no mount`,
    PLACE,
  );
  must(
    target !== "/dev" || type === "bind",
    "/dev has the container's devices, and takes no mount",
    PLACE,
  );
  const file = ENGINES_OWN.includes(target) && type !== "bind";
  must(!file, `${target} is a file that the engine mounts`, {
    hint: "mount a file of the host there, or use another path",
    ...PLACE,
  });
}

/** What an engine refuses of a mount (400), or drops in silence. Throws `Invalid`. */
export function checkMount(target: string, mount: JsonObject): void {
  const { type, source, read_only, nocopy, propagation, subpath } = mount;
  checkTarget(target, String(type));
  must(type === "volume" || !nocopy, "`nocopy` is for volumes");
  must(type === "bind" || propagation === undefined, "a propagation is for paths of the host");
  const anonymous = type === "volume" && source === undefined;
  must(!anonymous || !read_only, "an anonymous volume is empty, and cannot be read-only", {
    hint: "name a volume as its `source`",
    path: ["read_only"],
    key: true,
  });
  must(!anonymous || subpath === undefined, "an anonymous volume has no `subpath`", {
    hint: "name a volume as its `source`",
    path: ["volume", "subpath"],
    key: true,
  });
}

/** The options of another type of mount, in the long form. Throws `Invalid`. */
export function checkWords(given: JsonObject): void {
  const { type, source } = given;
  for (const word of WORDS) {
    const foreign = word !== type && !equal(record(given[word]), {});
    must(!foreign, `\`${word}\` has options for another mount than one of type ${String(type)}`, {
      path: [word],
      key: true,
    });
  }
  must(type !== "tmpfs" || source === undefined, "a tmpfs has no `source`", {
    path: ["source"],
    key: true,
  });
}
