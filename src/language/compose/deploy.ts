import { nearest } from "../../attributes/core/shapes.ts";
import { equal } from "../../attributes/values/json.ts";
import type { Report } from "../source/diagnostics.ts";
import { child, type Entry, type Mapping, type Node, plain, type Scalar } from "../yaml/tree.ts";

/*
 * Compose's `deploy` ("Compose Deploy Specification"), as far as a single engine can keep it, in the
 * words that a container has for the same. What is moved keeps its place.
 */

type Move = (entry: Entry, path: string, report: Report) => Node | undefined;

const as: Move = ({ value }) => value;

/** What each part is called, by its path below `deploy`. */
const MOVED: ReadonlyMap<string, readonly [attribute: string, move: Move]> = new Map([
  ["replicas", ["replicas", as]],
  ["update_config", ["update_config", as]],
  ["restart_policy", ["restart", restart]],
  ["resources.limits.cpus", ["cpus", as]],
  ["resources.limits.memory", ["mem_limit", as]],
  ["resources.limits.pids", ["pids_limit", as]],
  ["resources.reservations.memory", ["mem_reservation", as]],
  ["resources.reservations.devices", ["gpus", gpus]],
]);
/** The attributes that `deploy` becomes. */
export const DEPLOYED = [...MOVED.values()].map(([attribute]) => attribute);
const GROUPS = new Set(["resources", "resources.limits", "resources.reservations"]);

/** What only a swarm can keep, and what to write instead. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["endpoint_mode", "it is for swarms; leave it out"],
  ["labels", "they would be those of a swarm's service; use `labels`"],
  ["placement", "there is one engine; leave it out"],
  ["rollback_config", "a rollback brings back the container that ran before; leave it out"],
  ["resources.reservations.cpus", "an engine reserves no CPUs; `cpu_shares` is a weight"],
  ["resources.reservations.generic_resources", "they are for swarms; use `devices` or `gpus`"],
  ["restart_policy.delay", "an engine waits by a rule of its own; leave it out"],
  ["restart_policy.window", "an engine waits by a rule of its own; leave it out"],
]);

/** The document with every container's `deploy` in its other words; mistakes are reported. */
export function flattenDeploy(root: Mapping, report: Report): Mapping {
  const containers = root.entries.get("containers");
  if (containers?.value.kind !== "map") return root;
  const entries = [...containers.value.entries].map(([key, entry]): [string, Entry] => {
    if (entry.value.kind !== "map" || !entry.value.entries.has("deploy")) return [key, entry];
    return [key, { ...entry, value: without(entry.value, report) }];
  });
  const value = { ...containers.value, entries: new Map(entries) };
  return { ...root, entries: new Map([...root.entries, ["containers", { ...containers, value }]]) };
}

function without(container: Mapping, report: Report): Mapping {
  const entries = new Map(container.entries);
  const deploy = entries.get("deploy");
  entries.delete("deploy");
  for (const [attribute, path, entry] of deploy ? moved(deploy, "", report) : []) {
    const present = entries.get(attribute);
    if (!present) entries.set(attribute, entry);
    else if (!same(present.value, entry.value)) {
      const hint = "say it once, or the same in both";
      report.error(`\`deploy.${path}\` and \`${attribute}\` differ`, entry.key, hint);
    }
  }
  return { ...container, entries };
}

type Moved = readonly [attribute: string, path: string, entry: Entry];

function moved(group: Entry, path: string, report: Report): readonly Moved[] {
  const { value } = group;
  if (value.kind !== "map") {
    const empty = value.kind === "scalar" && value.value === null;
    if (!empty)
      report.error(`\`${["deploy", path].filter(Boolean).join(".")}\` must be a map`, value.at);
    return [];
  }
  return [...value.entries].flatMap(([key, entry]): readonly Moved[] => {
    const below = path === "" ? key : `${path}.${key}`;
    if (key.startsWith("x-")) return [];
    if (GROUPS.has(below)) return moved(entry, below, report);
    const [attribute, move] = MOVED.get(below) ?? [];
    const node = move?.(entry, below, report);
    if (attribute && node) return [[attribute, below, { key: entry.key, value: node }]];
    if (!move) refuse(below, entry, report);
    return [];
  });
}

function refuse(path: string, { key, value }: Entry, report: Report): void {
  if (path === "mode" && plain(value) === "replicated") return;
  const instead = path === "mode" ? "there is one engine; use `replicas`" : REFUSED.get(path);
  if (instead !== undefined) {
    report.error(`\`deploy.${path}\` is not supported`, key, instead);
    return;
  }
  const near = nearest(path, ["mode", ...GROUPS, ...MOVED.keys(), ...REFUSED.keys()]);
  report.error(
    `\`${path}\` is not known in \`deploy\``,
    key,
    near === undefined ? undefined : `did you mean \`${near}\`?`,
  );
}

const CONDITIONS: ReadonlyMap<string, string> = new Map([
  ["none", "no"],
  ["on-failure", "on-failure"],
  ["any", "always"],
]);

/** `restart_policy` as Compose has it on a single engine: its condition, and how often. */
function restart({ key, value }: Entry, path: string, report: Report): Node | undefined {
  if (value.kind !== "map") {
    report.error(`\`deploy.${path}\` must be a map`, value.at);
    return undefined;
  }
  for (const [name, entry] of value.entries)
    if (!["condition", "max_attempts"].includes(name) && !name.startsWith("x-"))
      refuse(`${path}.${name}`, entry, report);
  const condition = child(value, "condition");
  if (condition?.kind === "scalar" && condition.origin === "unresolved") return condition;
  const asked = condition ? String(plain(condition)) : "any";
  const policy = CONDITIONS.get(asked);
  const attempts = child(value, "max_attempts");
  if (policy === undefined) {
    const hint = `one of ${[...CONDITIONS.keys()].join(", ")}`;
    report.error(`\`${asked}\` is no condition`, condition?.at ?? key, hint);
    return undefined;
  }
  if (attempts && policy !== "on-failure") {
    const hint = "an engine counts only the restarts of `condition: on-failure`";
    report.error(`\`max_attempts\` cannot stand beside \`${asked}\``, attempts.at, hint);
    return undefined;
  }
  const text = attempts ? `${policy}:${String(plain(attempts))}` : policy;
  const at = condition?.at ?? key;
  const written: Scalar = {
    kind: "scalar",
    value: text,
    text,
    origin: "quoted",
    at,
    range: [0, 0],
  };
  return written;
}

/** An engine reserves devices for a container by requests, which `gpus` makes for those that are such. */
function gpus({ value }: Entry, path: string, report: Report): Node | undefined {
  for (const item of value.kind === "list" ? value.items : []) {
    const capabilities = child(item, "capabilities");
    const names = capabilities ? plain(capabilities) : [];
    if (Array.isArray(names) && names.includes("gpu")) continue;
    const hint = "other devices are named under `devices`";
    report.error(`\`deploy.${path}\` needs the capability \`gpu\``, item.at, hint);
    return undefined;
  }
  return value;
}

function same(a: Node, b: Node): boolean {
  if (a.kind === "scalar" && b.kind === "scalar") return a.text === b.text;
  return equal(plain(a), plain(b));
}
