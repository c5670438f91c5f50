import { isAbsolute, join } from "../source/paths.ts";
import { mapEntries } from "../yaml/forms.ts";
import type { Mapping, Node, Scalar } from "../yaml/tree.ts";

/*
 * Relative paths of a file that another one includes or extends start from that file's own folder:
 * they are made absolute here, before the files are merged.
 */

type Change = (path: string) => string;
type Visit = (node: Node, change: Change) => Node;

/** The document, in own words, with the relative paths in it below `folder`. */
export function rebased(root: Mapping, folder: string): Mapping {
  const change: Change = (path) =>
    path === "" || isAbsolute(path) || path.startsWith("~") ? path : join(folder, path);
  const files = eachValue(keys({ file: path }));
  return keys({ containers: eachValue(SERVICE), configs: files, secrets: files })(
    root,
    change,
  ) as Mapping;
}

const path: Visit = (node, change) =>
  node.kind === "scalar" && typeof node.value === "string" ? text(node, change(node.value)) : node;

/** A build context may be an address, and a further context another's name. */
const context: Visit = (node, change) =>
  path(node, (each) => (isRemote(each) ? each : change(each)));

const REMOTE =
  /^(https?|git|ssh|docker-image|oci-layout):\/\/|^git@|^github\.com\/|^(service|target):/;
const isRemote = (each: string): boolean => REMOTE.test(each);

const items =
  (visit: Visit): Visit =>
  (node, change) =>
    node.kind === "list"
      ? { ...node, items: node.items.map((item) => visit(item, change)) }
      : visit(node, change);

const keys =
  (visits: Readonly<Record<string, Visit>>): Visit =>
  (node, change) =>
    node.kind === "map"
      ? mapEntries(node, (key, { value }) => visits[key]?.(value, change) ?? value)
      : node;

const eachValue =
  (visit: Visit): Visit =>
  (node, change) =>
    node.kind === "map" ? mapEntries(node, (_, { value }) => visit(value, change)) : node;

/** The path itself, or a map that holds it. */
const either =
  (visit: Visit, under: Readonly<Record<string, Visit>>): Visit =>
  (node, change) =>
    node.kind === "map" ? keys(under)(node, change) : visit(node, change);

const mount: Visit = (node, change) => {
  if (node.kind === "scalar") return shortMount(node, change);
  const type = node.kind === "map" ? node.entries.get("type")?.value : undefined;
  return type?.kind === "scalar" && type.value === "bind"
    ? keys({ source: path })(node, change)
    : node;
};

function shortMount(node: Scalar, change: Change): Scalar {
  const [first = "", ...rest] = node.text.split(":");
  return first.startsWith(".") && rest.length > 0
    ? text(node, [change(first), ...rest].join(":"))
    : node;
}

/** `NAME=path`, or a map. */
const contexts: Visit = (node, change) => {
  if (node.kind === "map") return eachValue(context)(node, change);
  return items((item) => {
    if (item.kind !== "scalar") return item;
    const equals = item.text.indexOf("=");
    const value = item.text.slice(equals + 1);
    const whole = isRemote(value) ? value : change(value);
    return equals < 0 ? item : text(item, `${item.text.slice(0, equals + 1)}${whole}`);
  })(node, change);
};

/** `seccomp:profile.json` or `seccomp=profile.json`; a word of the engine is no path. */
const profile: Visit = (node, change) => {
  if (node.kind !== "scalar") return node;
  const [, name, file] = /^(seccomp[:=])(.+)$/.exec(node.text) ?? [];
  if (name === undefined || file === undefined || ["unconfined", "builtin"].includes(file))
    return node;
  return text(node, `${name}${change(file)}`);
};

const SERVICE = keys({
  build: either(context, { context, additional_contexts: contexts }),
  env_file: items(either(path, { path })),
  label_file: items(path),
  volumes: items(mount),
  security_opt: items(profile),
  extends: keys({ file: path }),
});

function text(node: Scalar, value: string): Scalar {
  return value === node.value ? node : { ...node, value, text: value };
}
