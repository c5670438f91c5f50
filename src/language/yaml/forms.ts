import type { Json } from "../../model/json.ts";
import type { Span } from "../source/source-text.ts";
import { type Entry, type Listing, type Mapping, type Node, plain } from "./tree.ts";

/* The forms of one value, each as another: short as long, lists as maps, maps as lines. */

/** One value is a list of one. */
export function list(node: Node): Listing {
  return node.kind === "list" ? node : { kind: "list", items: [node], at: node.at };
}

/** A scalar as it was written; anything else as JSON. */
export const textOf = (node: Node): string =>
  node.kind === "scalar" ? node.text : JSON.stringify(plain(node));

/** Whether nothing was written, or `null`. */
export function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}

/** A list as a map: `split` gives the key and the value of an item. */
export function asMap(node: Node, split: (item: Node) => [string, Node]): Mapping {
  if (node.kind === "map") return node;
  const entries = new Map<string, Entry>();
  for (const item of list(node).items) {
    if (item.kind !== "scalar") continue;
    const [key, value] = split(item);
    entries.set(key, { key: item.at, value });
  }
  return { kind: "map", entries, at: node.at, tag: node.tag };
}

/** `k=v` as its key and its value; a key alone has none. */
export function pair(item: Node): [string, Node] {
  const source = textOf(item);
  const equals = source.indexOf("=");
  if (item.kind !== "scalar" || equals < 0) return [source, node(null, item.at)];
  const text = source.slice(equals + 1);
  return [source.slice(0, equals), { ...item, value: text, text, origin: "quoted" }];
}

/** A map of values, or of lists of them, as lines `k=v`. */
export function lines(given: Node): Listing {
  if (given.kind !== "map") return list(given);
  const items = [...given.entries].flatMap(([key, { value }]) =>
    list(value).items.map((one) => ({ ...node(`${key}=${textOf(one)}`, one.at), tag: one.tag })),
  );
  return { kind: "list", items, at: given.at, tag: given.tag };
}

/** The long form of what a text is short for. */
export function long(given: Node, short: string | undefined): Node {
  if (short === undefined || given.kind !== "scalar" || isNull(given)) return given;
  const entries = new Map([[short, { key: given.at, value: given }]]);
  return { kind: "map", entries, at: given.at, tag: given.tag };
}

/** A value that nobody wrote there, in the place of what stands for it. */
export function node(value: Json, at: Span): Node {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value).map(([key, each]): [string, Entry] => [
      key,
      { key: at, value: node(each ?? null, at) },
    ]);
    return { kind: "map", entries: new Map(entries), at };
  }
  if (Array.isArray(value)) return { kind: "list", items: value.map((each) => node(each, at)), at };
  const plainly = value as string | number | boolean | null;
  const origin = value === null ? "plain" : "quoted";
  const text = value === null ? "" : String(value);
  return { kind: "scalar", value: plainly, text, origin, at, range: [0, 0] };
}

/** A map with its values changed; where `change` gives nothing, the entry goes. */
export function mapEntries(
  map: Mapping,
  change: (key: string, entry: Entry) => Node | undefined,
): Mapping {
  const entries = [...map.entries].flatMap(([key, entry]): [string, Entry][] => {
    const value = change(key, entry);
    return value ? [[key, value === entry.value ? entry : { ...entry, value }]] : [];
  });
  return { ...map, entries: new Map(entries) };
}
