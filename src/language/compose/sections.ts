import type { Report } from "../source/diagnostics.ts";
import { isNull } from "../yaml/forms.ts";
import { child, type Entry, type Mapping, type Node } from "../yaml/tree.ts";

/*
 * One Compose file in the words of a stack file: `services` are `containers`, `scale` is `replicas`,
 * and what stands under `x-stack` is said of what it stands in. Places are kept.
 */

/** What only a stack file has, by section: a Compose file has it under `x-stack`. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  containers: ["adopt", "state", "job", "ignore_changes", "protect", "replicas", "update_config"],
  networks: ["adopt", "ignore_changes", "protect"],
  volumes: ["adopt", "ignore_changes", "protect"],
  secrets: ["command"],
  configs: [],
};
const OWN_SECTIONS = ["containers", "images", "plugins", "variables"];
const EXTENSION = "x-stack";

/** Whether the text is a Compose file: content decides, not the name. */
export const isCompose = (root: Mapping): boolean => root.entries.has("services");

export function inOwnWords(root: Mapping, report: Report): Mapping {
  const entries = new Map<string, Entry>();
  for (const [key, entry] of root.entries) {
    if (key === EXTENSION) continue;
    if (key === "version")
      report.warn("`version` has no effect", entry.key, "Compose ignores it too; remove the line");
    else if (OWN_SECTIONS.includes(key))
      report.error(`\`${key}\` is not known in a Compose file`, entry.key, inExtension(key));
    else if (key === "services") entries.set("containers", section("containers", entry, report));
    else entries.set(key, OWN[key] ? section(key, entry, report) : entry);
  }
  for (const [key, entry] of extension(root, report)) {
    const before = entries.get(key);
    if (before) report.error(`\`${key}\` does not belong under \`x-stack\``, entry.key);
    else entries.set(key, entry);
  }
  return { ...root, entries };
}

const inExtension = (key: string): string =>
  key === "containers" ? "they are `services` here" : `write it under \`${EXTENSION}:\``;

function section(name: string, entry: Entry, report: Report): Entry {
  if (entry.value.kind !== "map") return entry;
  const entries = new Map<string, Entry>();
  for (const [key, each] of entry.value.entries) {
    const value = each.value.kind === "map" ? block(name, each.value, report) : each.value;
    entries.set(key, { key: each.key, value });
  }
  return { key: entry.key, value: { ...entry.value, entries } };
}

function block(name: string, map: Mapping, report: Report): Mapping {
  const entries = new Map<string, Entry>();
  for (const [key, entry] of map.entries) {
    if (key === EXTENSION) continue;
    if (OWN[name]?.includes(key)) {
      report.error(`\`${key}\` is not known in a Compose file`, entry.key, inExtension(key));
    } else if (key === "scale" && name === "containers") entries.set("replicas", entry);
    else if (key === "external") external(entry, entries);
    else entries.set(key, entry);
  }
  for (const [key, entry] of extension(map, report)) {
    if (key === "update_config" && name === "containers") addToDeploy(entry, entries);
    else if (entries.has(key))
      report.error(`\`${key}\` stands beside \`x-stack\` too`, entry.key, "say it once");
    else entries.set(key, entry);
  }
  return { ...map, entries };
}

/** `external: {name: x}`, as files of version 3 have it. */
function external(entry: Entry, entries: Map<string, Entry>): void {
  const name = child(entry.value, "name");
  if (entry.value.kind !== "map" || !name) {
    entries.set("external", entry);
    return;
  }
  const at = entry.value.at;
  const value: Node = {
    kind: "scalar",
    value: true,
    text: "true",
    origin: "plain",
    at,
    range: [0, 0],
  };
  entries.set("external", { key: entry.key, value });
  entries.set("name", { key: entry.key, value: name });
}

/** What `x-stack` adds to Compose's own `deploy.update_config`. */
function addToDeploy(entry: Entry, entries: Map<string, Entry>): void {
  const deploy = entries.get("deploy");
  const own = mapOf(deploy?.value);
  const before = mapOf(own.get("update_config")?.value);
  const added = new Map([...before, ...mapOf(entry.value)]);
  const update: Entry = {
    key: entry.key,
    value: entry.value.kind === "map" ? { ...entry.value, entries: added } : entry.value,
  };
  const value: Node = {
    kind: "map",
    entries: new Map([...own, ["update_config", update]]),
    at: deploy?.value.at ?? entry.value.at,
  };
  entries.set("deploy", { key: deploy?.key ?? entry.key, value });
}

const mapOf = (node: Node | undefined): ReadonlyMap<string, Entry> =>
  node?.kind === "map" ? node.entries : new Map();

function extension(map: Mapping, report: Report): ReadonlyMap<string, Entry> {
  const entry = map.entries.get(EXTENSION);
  if (!entry || isNull(entry.value)) return new Map();
  if (entry.value.kind === "map") return entry.value.entries;
  report.error("`x-stack` must be a map", entry.value.at);
  return new Map();
}
