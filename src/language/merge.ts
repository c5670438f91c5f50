import type { Catalogue, Merge } from "../attributes/attribute.ts";
import { member } from "../attributes/compare.ts";
import { catalogue } from "../attributes/index.ts";
import type { Json } from "../model/json.ts";
import type { Report } from "./report.ts";
import type { Span } from "./source.ts";
import { called, type Entry, type Listing, type Mapping, type Node, plain } from "./tree.ts";

/*
 * Several files become one by Compose's rules (Compose Specification, "Merge"): maps merge, lists
 * append, scalars replace, an empty value keeps what was there; the catalogue says where an
 * attribute differs. `!reset` takes an earlier value away, `!override` replaces it whole.
 */

type Rule = (base: Node, over: Node) => Node;
type Rules = (key: string) => Rule;

export const SECTIONS: Readonly<Record<string, Catalogue>> = {
  containers: catalogue.container,
  plugins: catalogue.plugin,
  networks: catalogue.network,
  volumes: catalogue.volume,
  images: catalogue.image,
  configs: catalogue.config,
  secrets: catalogue.secret,
};

/** What a name in a list says, where the map form has no empty value (Compose: "depends_on"). */
const LISTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  depends_on: { condition: "service_started" },
};

export function merge(roots: readonly [Mapping, ...Mapping[]], report: Report): Mapping {
  const deep = deeply(report);
  const root: Rules = (section) => {
    const attributes = member(SECTIONS, section);
    if (!attributes) return deep;
    const attribute: Rules = (name) => ruled(name, member(attributes, name)?.merge ?? "deep", deep);
    const entry: Rule = (base, over) => maps(base, over, attribute, deep);
    return (base, over) => maps(base, over, () => entry, deep);
  };
  const [first, ...later] = roots;
  return later.reduce<Mapping>((base, over) => joined(base, over, root), stripped(first));
}

function ruled(name: string, how: Merge, deep: Rule): Rule {
  const kept =
    (rule: Rule): Rule =>
    (base, over) =>
      isNull(over) ? base : rule(base, over);
  if (how === "deep") return deep;
  if (how === "replace") return kept((_, over) => stripped(over));
  if (how === "pairs") return kept((base, over) => pairs(base, over));
  if (how === "names") return kept((base, over) => names(name, base, over, deep));
  return kept((base, over) => byKey(list(base), list(over), (item) => how(plain(item))));
}

function deeply(report: Report): Rule {
  const deep: Rule = (base, over) => {
    if (isNull(over)) return base;
    if (isNull(base)) return stripped(over);
    if (base.kind === "map" && over.kind === "map") {
      // The options of one driver mean nothing to another (Compose: "logging").
      return sameDriver(base, over) ? joined(base, over, () => deep) : stripped(over);
    }
    const clash = base.kind !== over.kind && base.kind !== "scalar" && over.kind !== "scalar";
    if (clash) {
      const hint = `the earlier file has ${called(base)} in line ${base.at.line}; !override replaces it`;
      report.error(`${called(over)} cannot be merged with ${called(base)}`, over.at, hint);
    }
    if (base.kind === "list" && over.kind !== "map") return appended(base, list(over));
    return stripped(over);
  };
  return deep;
}

/** A map that is not one in one of the files is merged, or complained about, as anything else. */
function maps(base: Node, over: Node, rules: Rules, deep: Rule): Node {
  if (base.kind !== "map" || over.kind !== "map") return deep(base, over);
  return joined(base, over, rules);
}

function joined(base: Mapping, over: Mapping, rules: Rules): Mapping {
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const before = entries.get(key);
    if (entry.value.tag === "reset") entries.delete(key);
    else if (!before || entry.value.tag === "override")
      set(entries, key, entry, stripped(entry.value));
    else {
      const value = rules(key)(before.value, entry.value);
      // What the later file leaves alone keeps its key's place too.
      entries.set(key, value === before.value ? before : { key: entry.key, value });
    }
  }
  return { ...base, entries };
}

function set(entries: Map<string, Entry>, key: string, entry: Entry, value: Node): void {
  entries.set(key, { key: entry.key, value });
}

/** Without tags and without what `!reset` marks. */
function stripped<N extends Node>(node: N): N {
  if (node.kind === "scalar") return node.tag ? { ...node, tag: undefined } : node;
  if (node.kind === "list") {
    const items = node.items.filter((item) => item.tag !== "reset").map((item) => stripped(item));
    return { ...node, items, tag: undefined };
  }
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    if (entry.value.tag !== "reset") set(entries, key, entry, stripped(entry.value));
  }
  return { ...node, entries, tag: undefined };
}

function appended(base: Listing, over: Listing): Listing {
  return { ...base, items: [...base.items, ...stripped(over).items] };
}

function list(node: Node): Listing {
  return node.kind === "list" ? node : { kind: "list", items: [node], at: node.at };
}

/** Appends; of items with one key the last stands, in the place of the first. */
function byKey(base: Listing, over: Listing, key: (item: Node) => string): Listing {
  const items = new Map<string, Node>();
  for (const item of appended(base, over).items) items.set(key(item), item);
  return { ...base, items: [...items.values()] };
}

const beforeEquals = (item: Node): string => {
  const value: Json = plain(item);
  if (typeof value !== "string") return JSON.stringify(value);
  return value.split("=", 1)[0] ?? "";
};

function pairs(base: Node, over: Node): Node {
  if (base.kind !== "map" && over.kind !== "map") {
    return byKey(list(base), list(over), beforeEquals);
  }
  return joined(asMap(base, pair), asMap(over, pair), () => (_, later) => stripped(later));
}

function names(attribute: string, base: Node, over: Node, deep: Rule): Node {
  if (base.kind !== "map" && over.kind !== "map") {
    return byKey(list(base), list(over), (item) => JSON.stringify(plain(item)));
  }
  const named = (item: Node): [string, Node] => [String(plain(item)), listed(attribute, item.at)];
  return joined(asMap(base, named), asMap(over, named), () => deep);
}

function asMap(node: Node, split: (item: Node) => [string, Node]): Mapping {
  if (node.kind === "map") return node;
  const entries = new Map<string, Entry>();
  for (const item of list(node).items) {
    if (item.kind !== "scalar") continue;
    const [key, value] = split(item);
    entries.set(key, { key: item.at, value });
  }
  return { kind: "map", entries, at: node.at };
}

function pair(item: Node): [string, Node] {
  const source = item.kind === "scalar" ? item.text : "";
  const equals = source.indexOf("=");
  if (item.kind !== "scalar" || equals < 0) return [source, nothing(item.at)];
  const text = source.slice(equals + 1);
  return [source.slice(0, equals), { ...item, value: text, text, origin: "quoted" }];
}

function listed(attribute: string, at: Span): Node {
  const implied = LISTED[attribute];
  if (!implied) return nothing(at);
  const entries = Object.entries(implied).map(([key, text]): [string, Entry] => [
    key,
    { key: at, value: { kind: "scalar", value: text, text, origin: "quoted", at, range: [0, 0] } },
  ]);
  return { kind: "map", entries: new Map(entries), at };
}

function nothing(at: Span): Node {
  return { kind: "scalar", value: null, text: "", origin: "plain", at, range: [0, 0] };
}

function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}

function sameDriver(base: Mapping, over: Mapping): boolean {
  const [before, after] = [base, over].map((map) => map.entries.get("driver")?.value);
  return !before || !after || plain(before) === plain(after);
}
