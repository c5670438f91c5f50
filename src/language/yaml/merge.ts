import { catalogue } from "../../attributes/catalogue.ts";
import type { Catalogue, Items, Merge } from "../../attributes/core/attribute.ts";
import { equal, member } from "../../attributes/values/json.ts";
import type { Json } from "../../model/json.ts";
import type { Report } from "../source/diagnostics.ts";
import { asMap, isNull, lines, list, long, node, pair, textOf } from "./forms.ts";
import { called, type Entry, type Listing, type Mapping, type Node, plain } from "./tree.ts";

/*
 * Several files become one by Compose's rules (Compose Specification, "Merge"): maps merge, lists
 * append, scalars replace, an empty value keeps what was there; the catalogue says where an
 * attribute or a part of one differs (`Attribute.merge`). `!reset` takes an earlier value away,
 * `!override` replaces it whole. What Compose makes of every form of every attribute is recorded in
 * test/unit/language/compose.
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

export function merge(roots: readonly [Mapping, ...Mapping[]], report: Report): Mapping {
  const deep = deeply(report);
  const root: Rules = (section) => {
    const attributes = member(SECTIONS, section);
    if (!attributes) return deep;
    const entry = inMaps(deep, (name) => ruled(member(attributes, name)?.merge, deep));
    return inMaps(deep, () => entry);
  };
  const [first, ...later] = roots;
  return later.reduce<Mapping>((base, over) => joined(base, over, root), stripped(first));
}

/** The rule that the catalogue names; but where a value is replaced, nothing leaves the other. */
function ruled(how: Merge | undefined, deep: Rule): Rule {
  if (how === "replace") return (_, over) => stripped(over);
  const rule = how === undefined ? deep : ruleOf(how, deep);
  return (base, over) => {
    if (isNull(over)) return base;
    return isNull(base) ? stripped(over) : rule(base, over);
  };
}

function ruleOf(how: Exclude<Merge, "replace">, deep: Rule): Rule {
  if (how === "append") return (base, over) => appended(list(base), list(over));
  if (how === "pairs") return pairs;
  if (how === "lines") return (base, over) => byKey(lines(base), lines(over), textOf);
  if (typeof how === "function") {
    return (base, over) => byKey(list(base), list(over), (item) => how(plain(item)));
  }
  if ("names" in how) return names(how.names, ruled(how.each, deep));
  if ("list" in how) return items(how.list, deep);
  if ("each" in how) return inMaps(deep, () => ruled(how.each, deep));
  if ("while" in how) {
    const differ = (base: Node, over: Node) => {
      const [before, after] = [base, over].map((node) => part(node, how.while));
      return before && after && textOf(before) !== textOf(after);
    };
    return (base, over) => (differ(base, over) ? stripped(over) : deep(base, over));
  }
  const { parts, short } = how;
  const rule = inMaps(deep, (name) => ruled(member(parts, name), deep));
  return (base, over) => rule(long(base, short), long(over, short));
}

function deeply(report: Report): Rule {
  const deep: Rule = (base, over) => {
    if (isNull(over)) return base;
    if (isNull(base)) return stripped(over);
    if (base.kind === "map" && over.kind === "map") return joined(base, over, () => deep);
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

/** Maps by the rules of their keys; what is no map in one of the files, by the `other` rule. */
function inMaps(other: Rule, rules: Rules): Rule {
  return (base, over) =>
    base.kind === "map" && over.kind === "map" ? joined(base, over, rules) : other(base, over);
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

/**
 * Appends; of items with one key the last stands, in the place of the first, or joined with it where
 * there is a rule.
 */
function byKey(base: Listing, over: Listing, key: (item: Node) => string, rule?: Rule): Listing {
  const items = new Map<string, Node>();
  for (const item of appended(base, over).items) {
    const name = key(item);
    const before = items.get(name);
    items.set(name, before && rule ? rule(before, item) : item);
  }
  return { ...base, items: [...items.values()] };
}

function items({ key, each, spread, only }: Items, deep: Rule): Rule {
  const all = (given: Node): Listing => {
    const listed = list(given);
    return spread
      ? { ...listed, items: listed.items.flatMap((item) => spreadOut(item, spread)) }
      : listed;
  };
  const keyOf = (item: Node) => key?.(plain(item)) ?? "";
  return (base, over) => {
    const [before, after] = [all(base), all(over)];
    if (!key) return appended(before, after);
    const named = new Set(after.items.map(keyOf));
    const kept = only ? before.items.filter((item) => named.has(keyOf(item))) : before.items;
    return byKey({ ...before, items: kept }, after, keyOf, each && ruled(each, deep));
  };
}

function spreadOut(item: Node, spread: NonNullable<Items["spread"]>): readonly Node[] {
  const whole = plain(item);
  const parts = spread(whole);
  const same = parts.length === 1 && equal(parts[0], whole);
  return same ? [item] : parts.map((part) => node(part, item.at));
}

const beforeEquals = (item: Node): string => textOf(item).split("=", 1)[0] ?? "";

function pairs(base: Node, over: Node): Node {
  if (base.kind !== "map" && over.kind !== "map") {
    return byKey(list(base), list(over), beforeEquals);
  }
  return joined(asMap(base, pair), asMap(over, pair), () => (_, later) => stripped(later));
}

function names(listed: Json, rule: Rule): Rule {
  const named = (item: Node): [string, Node] => [textOf(item), node(listed, item.at)];
  return (base, over) => {
    if (base.kind !== "map" && over.kind !== "map") return byKey(list(base), list(over), textOf);
    return joined(asMap(base, named), asMap(over, named), () => rule);
  };
}

function part(given: Node, name: string): Node | undefined {
  return given.kind === "map" ? given.entries.get(name)?.value : undefined;
}
