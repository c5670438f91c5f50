import { CONSISTENCY } from "../../attributes/container/storage/parse-mounts.ts";
import { isMap, list, record, text } from "../../attributes/values/json.ts";
import type { Container, Model } from "../model/model.ts";
import { keyPlace, placeOf } from "../yaml/tree.ts";

/** What is mounted where inside one container, and whether a file can be written there beforehand. */
interface Mounted {
  readonly target: string;
  readonly writable: boolean;
  readonly said: string;
}

/** Mount targets are taken once, and files of configs and secrets can be written where they are meant to be. */
export function mounts(model: Model): void {
  for (const container of model.containers.values()) {
    const volumes = record(container.values.volumes);
    for (const [index, target] of Object.keys(record(container.values.tmpfs)).entries()) {
      if (volumes[target] === undefined) continue;
      const single = typeof container.authored.tmpfs === "string";
      const path = ["containers", container.key, "tmpfs", ...(single ? [] : [index])];
      const at = placeOf(model.root, path);
      model.report.error(
        `${target} is mounted by \`volumes\` and by \`tmpfs\``,
        at,
        "keep one of them",
      );
    }
    consistent(container, model);
    const all = mounted(container);
    for (const kind of ["config", "secret"] as const) files(kind, container, all, model);
    oneFileEach(container, model);
  }
}

/** Compose keeps the word for the file systems of Docker Desktop's past. */
function consistent({ key, authored }: Container, { root, report }: Model): void {
  for (const [index, mount] of list(authored.volumes).entries()) {
    const path = ["containers", key, "volumes", index];
    if (isMap(mount)) {
      if (mount.consistency === undefined) continue;
      report.warn("`consistency` has no effect", keyPlace(root, [...path, "consistency"]));
    } else {
      const options = text(mount).split(":")[2]?.split(",") ?? [];
      const word = options.find((option) => CONSISTENCY.includes(option));
      if (word) report.warn(`\`${word}\` has no effect`, placeOf(root, path));
    }
  }
}

function mounted({ values }: Container): readonly Mounted[] {
  const volumes = Object.entries(record(values.volumes)).map(([target, mount]): Mounted => {
    const { type, read_only: readOnly } = record(mount);
    const said =
      type === "tmpfs" ? "a tmpfs" : `a read-only ${type === "bind" ? "path" : "volume"}`;
    return { target, writable: type !== "tmpfs" && readOnly !== true, said };
  });
  const tmpfs = Object.keys(record(values.tmpfs)).map((target) => ({
    target,
    writable: false,
    said: "a tmpfs",
  }));
  const given = [...volumes, ...tmpfs, ...ENGINES];
  const longestFirst = given.sort((a, b) => b.target.length - a.target.length);
  return values.read_only === true
    ? [...longestFirst, { target: "/", writable: false, said: "the read-only root" }]
    : longestFirst;
}

/** What the engine mounts itself when a container starts. */
const ENGINES: readonly Mounted[] = [
  ...["/dev", "/proc", "/sys"].map((target) => ({ target, said: "a file system of the kernel" })),
  ...["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"].map((target) => ({
    target,
    said: "a file that the engine mounts",
  })),
].map((one) => ({ ...one, writable: false }));

/**
 * Files are written between creation and start, when a tmpfs is not there yet (the file would land
 * below it, unseen and on disk) and a read-only root or mount is refused by the engine.
 */
function files(
  kind: "config" | "secret",
  container: Container,
  all: readonly Mounted[],
  { root, report }: Model,
): void {
  const section = `${kind}s`;
  const authored = list(container.authored[section]);
  const canonical = Object.keys(record(container.values[section]));
  if (container.values[section] !== undefined && canonical.length < authored.length) {
    const at = keyPlace(root, ["containers", container.key, section]);
    report.error(`two ${section} have the same target`, at);
    return;
  }
  for (const [index, target] of canonical.entries()) {
    const over = all.find(
      (one) => target === one.target || target.startsWith(one.target.replace(/\/?$/, "/")),
    );
    if (!over || over.writable) continue;
    const item = authored[index];
    const where = isMap(item) && item.target !== undefined ? [index, "target"] : [index];
    const folder = target.slice(0, target.lastIndexOf("/")) || "/";
    const rooted = over.target === "/" && folder !== "/";
    report.error(
      `the ${kind} \`${isMap(item) ? text(item.source) : text(item)}\` cannot be written to ${target}: it is on ${over.said}`,
      placeOf(root, ["containers", container.key, section, ...where]),
      rooted
        ? `mount a volume there: \`volumes: [${folder}]\`; or choose a target on a writable volume`
        : "choose a target on the container's own writable file system or on a writable volume",
    );
  }
}

function oneFileEach(container: Container, { root, report }: Model): void {
  const { configs, secrets } = container.values;
  const taken = record(configs);
  for (const [index, target] of Object.keys(record(secrets)).entries()) {
    if (taken[target] === undefined) continue;
    const at = placeOf(root, ["containers", container.key, "secrets", index]);
    report.error(`a config and a secret have the same target, ${target}`, at);
  }
}
