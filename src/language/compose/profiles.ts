import type { Address } from "../../model/stack.ts";
import type { Report } from "../source/diagnostics.ts";
import type { Span } from "../source/source-text.ts";
import { list, textOf } from "../yaml/forms.ts";
import { child, type Entry, type Mapping, type Node } from "../yaml/tree.ts";

/* Profiles (Compose Specification, "profiles"): services that are there only if they are asked for. */

/** What makes services active. */
export interface Active {
  /** `*` stands for all. */
  readonly profiles: readonly string[];
  /** Services that are named: their profiles are active. */
  readonly named: readonly string[];
}

/** The document without the services that are not active, and those. */
export function activeOnly(
  root: Mapping,
  { profiles, named }: Active,
  report: Report,
): { readonly root: Mapping; readonly inactive: readonly Address[] } {
  const containers = root.entries.get("containers");
  if (containers?.value.kind !== "map") return { root, inactive: [] };
  const all = containers.value.entries;
  const wanted = new Set([...profiles, ...named.flatMap((name) => profilesOf(all.get(name)))]);
  const isActive = (entry: Entry) => {
    const own = profilesOf(entry);
    return own.length === 0 || wanted.has("*") || own.some((profile) => wanted.has(profile));
  };
  const active = [...all].filter(([, entry]) => isActive(entry));
  const missing = new Map([...all].filter(([, entry]) => !isActive(entry)));
  const entries = active.map(([key, entry]): [string, Entry] => [
    key,
    { ...entry, value: cleared(entry.value, missing, report) },
  ]);
  const value = { ...containers.value, entries: new Map(entries) };
  return {
    root: {
      ...root,
      entries: new Map([...root.entries, ["containers", { ...containers, value }]]),
    },
    inactive: [...missing.keys()].map((key): Address => `container.${key}`),
  };
}

function profilesOf(entry: Entry | undefined): readonly string[] {
  const profiles = child(entry?.value, "profiles");
  return profiles ? list(profiles).items.map(textOf) : [];
}

/** The service without `profiles`, and without dependencies on services that are not there. */
function cleared(node: Node, missing: ReadonlyMap<string, Entry>, report: Report): Node {
  if (node.kind !== "map") return node;
  const entries = new Map(node.entries);
  entries.delete("profiles");
  const depends = entries.get("depends_on");
  if (!depends) return { ...node, entries };
  const complain = (name: string, at: Span) => {
    const [profile = ""] = profilesOf(missing.get(name));
    const hint = `activate it with --profile ${profile}, or write \`required: false\``;
    report.error(`\`${name}\` is in the profile \`${profile}\`, which is not active`, at, hint);
  };
  entries.set("depends_on", {
    ...depends,
    value: withoutMissing(depends.value, missing, complain),
  });
  return { ...node, entries };
}

function withoutMissing(
  node: Node,
  missing: ReadonlyMap<string, Entry>,
  complain: (name: string, at: Span) => void,
): Node {
  if (node.kind === "map") {
    const kept = [...node.entries].filter(([name, entry]) => {
      if (!missing.has(name)) return true;
      const required = child(entry.value, "required");
      if (!required || textOf(required) !== "false") complain(name, entry.key);
      return false;
    });
    return { ...node, entries: new Map(kept) };
  }
  if (node.kind !== "list") return node;
  const items = node.items.filter((item) => {
    const gone = missing.has(textOf(item));
    if (gone) complain(textOf(item), item.at);
    return !gone;
  });
  return { ...node, items };
}
