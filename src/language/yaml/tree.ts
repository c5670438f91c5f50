import type { Json } from "../../model/json.ts";
import type { Span } from "../source/source-text.ts";

/*
 * A document with places: what a YAML file says after aliases and merge keys, before types.
 * A scalar keeps its source text, because what a type a scalar has is the schema's to say:
 * `1.10` is a number to YAML, and a version to whoever wrote it where text is expected.
 * Nodes are immutable and may be shared (aliases), so a tree is walked with its expanded size.
 */
export type Node = Scalar | Mapping | Listing;

/** Compose's tags for later files: take an earlier value away, or replace it whole. */
export type MergeTag = "reset" | "override";

export interface Scalar {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** The text as written, for a plain scalar; for others the value. */
  readonly text: string;
  /** `unresolved`: holds a reference that has been reported; nothing more is said about it. */
  readonly origin: "plain" | "quoted" | "substituted" | "unresolved";
  readonly at: Span;
  /** Offsets in its file. */
  readonly range: readonly [number, number];
  readonly tag?: MergeTag | undefined;
}

export interface Entry {
  readonly key: Span;
  readonly value: Node;
}

export interface Mapping {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
  readonly at: Span;
  readonly tag?: MergeTag | undefined;
}

export interface Listing {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly at: Span;
  readonly tag?: MergeTag | undefined;
}

export type Path = readonly (string | number)[];

/** The child of a node; `undefined` where there is none. */
export function child(node: Node | undefined, step: string | number): Node | undefined {
  if (node?.kind === "map") return node.entries.get(String(step))?.value;
  if (node?.kind === "list") return node.items[Number(step)];
  return undefined;
}

export function find(root: Node | undefined, path: Path): Node | undefined {
  return path.reduce<Node | undefined>((node, step) => child(node, step), root);
}

/** The place of the value at `path`; of a map, that of its key; or of the nearest thing around it that was written. */
export function placeOf(root: Node, path: Path): Span {
  let node: Node = root;
  let at = root.at;
  for (const step of path) {
    const entry = node.kind === "map" ? node.entries.get(String(step)) : undefined;
    const next = child(node, step);
    if (!next) break;
    node = next;
    // A map, whatever is wrong with it, and what is absent or below its key are shown by their key.
    const byKey = next.kind === "map" || isEmpty(next) || !isNear(next, entry?.key);
    at = entry && byKey ? entry.key : next.at;
  }
  return at;
}

/** On the key's line, or text on the next one. */
function isNear(node: Node, key: Span | undefined): boolean {
  if (!key || key.file !== node.at.file) return false;
  const below = node.at.line - key.line;
  return below === 0 || (below === 1 && node.kind === "scalar");
}

/** The place of the key at `path`; of a list item, its value. */
export function keyPlace(root: Node, path: Path): Span {
  const parent = find(root, path.slice(0, -1));
  const last = path.at(-1);
  const entry = parent?.kind === "map" ? parent.entries.get(String(last)) : undefined;
  return entry?.key ?? placeOf(root, path);
}

/** Every scalar below a node, with its path. */
export function* scalars(node: Node, path: Path = []): Generator<[Scalar, Path]> {
  if (node.kind === "scalar") yield [node, path];
  else if (node.kind === "list") {
    for (const [index, item] of node.items.entries()) yield* scalars(item, [...path, index]);
  } else {
    for (const [key, entry] of node.entries) yield* scalars(entry.value, [...path, key]);
  }
}

/** The plain value, typed as YAML types it. */
export function plain(node: Node): Json {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.value)]));
}

/** What a node is called in a sentence. */
export function called(node: Node): string {
  if (node.kind !== "scalar") return node.kind === "map" ? "a map" : "a list";
  if (node.value === null) return "empty";
  if (typeof node.value === "string") return "text";
  return typeof node.value === "number" ? "a number" : "true or false";
}

function isEmpty(node: Node): boolean {
  return node.kind === "scalar" && node.value === null && node.text === "";
}
