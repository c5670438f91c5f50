import { isMap, list, record, text } from "../../attributes/compare.ts";
import type { Container, Model } from "../model.ts";
import { keyPlace, placeOf } from "../tree.ts";

/** What is mounted where inside one container, and whether a file can be written there beforehand. */
interface Mounted {
  readonly target: string;
  readonly writable: boolean;
  readonly said: string;
}

/** Mount targets are taken once, and config files can be written where they are meant to be. */
export function mounts(model: Model): void {
  for (const container of model.containers) {
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
    configs(container, mounted(container), model);
  }
}

/** Compose keeps the word for the file systems of Docker Desktop's past. */
function consistent({ key, authored }: Container, { root, report }: Model): void {
  for (const [index, mount] of list(authored.volumes).entries()) {
    if (!isMap(mount) || mount.consistency === undefined) continue;
    const at = keyPlace(root, ["containers", key, "volumes", index, "consistency"]);
    report.warn("`consistency` has no effect", at);
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
  const longestFirst = [...volumes, ...tmpfs].sort((a, b) => b.target.length - a.target.length);
  return values.read_only === true
    ? [...longestFirst, { target: "/", writable: false, said: "the read-only root" }]
    : longestFirst;
}

/**
 * Files are written between creation and start, when a tmpfs is not there yet (the file would land
 * below it, unseen and on disk) and a read-only root or mount is refused by the engine.
 */
function configs(container: Container, all: readonly Mounted[], { root, report }: Model): void {
  const authored = list(container.authored.configs);
  const canonical = Object.keys(record(container.values.configs));
  if (container.values.configs !== undefined && canonical.length < authored.length) {
    const at = keyPlace(root, ["containers", container.key, "configs"]);
    report.error("two configs have the same target", at);
    return;
  }
  for (const [index, target] of canonical.entries()) {
    const over = all.find(
      (one) => target === one.target || target.startsWith(one.target.replace(/\/?$/, "/")),
    );
    if (!over || over.writable) continue;
    const item = authored[index];
    const where = isMap(item) && item.target !== undefined ? [index, "target"] : [index];
    report.error(
      `the config \`${isMap(item) ? text(item.source) : text(item)}\` cannot be written to ${target}: it is on ${over.said}`,
      placeOf(root, ["containers", container.key, "configs", ...where]),
      "choose a target on the container's own writable file system or on a writable volume",
    );
  }
}
