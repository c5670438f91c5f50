import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type YAMLMap,
  type Scalar as YamlScalar,
} from "yaml";
import { DEEPEST } from "../../attributes/values/json.ts";
import type { Report } from "../source/diagnostics.ts";
import { type Source, type Span, span } from "../source/source-text.ts";
import type { Entry, MergeTag, Node } from "./tree.ts";

/** Honest files stay far below; the classic bomb has 10^9. */
const NODES = 100_000;
export const tooDeep = `nested deeper than ${DEEPEST} levels`;

const TAGS = new Set(["str", "int", "float", "bool", "null", "map", "seq"]);

/** One conversion: anchors in the order of the text, as YAML defines aliases. */
interface Pass {
  readonly from: Source;
  readonly report: Report;
  /** `undefined` while its node is being converted: an alias to it is circular. */
  readonly anchors: Map<string, Node | undefined>;
  /** Number of nodes and of levels below a node, aliases expanded. */
  readonly sizes: Map<Node, { readonly nodes: number; readonly levels: number }>;
  bomb: boolean;
}

/**
 * The parser's nodes to ours: aliases and merge keys resolved, every key once. Each node of the
 * file is converted once and shared by its aliases, so that time does not depend on expansion.
 */
export function convert(contents: unknown, from: Source, report: Report): Node | undefined {
  const pass: Pass = { from, report, anchors: new Map(), sizes: new Map(), bomb: false };
  const root = node(contents, pass, 0, undefined);
  return pass.bomb ? undefined : root;
}

function node(yaml: unknown, pass: Pass, depth: number, key: string | undefined): Node {
  if (isAlias(yaml)) return aliased(yaml.source, range(yaml), pass);
  const anchor = isMap(yaml) || isSeq(yaml) || isScalar(yaml) ? yaml.anchor : undefined;
  if (anchor) pass.anchors.set(anchor, undefined);
  const made = fresh(yaml, pass, depth, key);
  if (anchor) pass.anchors.set(anchor, made);
  return made;
}

function fresh(yaml: unknown, pass: Pass, depth: number, key: string | undefined): Node {
  const [start, end] = range(yaml);
  // A block begins with its first key or item, which is not what is wrong with it.
  const block = (isMap(yaml) || isSeq(yaml)) && yaml.flow !== true;
  const at = span(pass.from, start, block ? start + 1 : end);
  if (depth > DEEPEST) {
    pass.report.error(tooDeep, at);
    return empty(at);
  }
  const tag = mergeTag(yaml, at, pass);
  if (isMap(yaml))
    return sized({ kind: "map", entries: entries(yaml, pass, depth), at, tag }, pass);
  if (isSeq(yaml)) {
    const items = yaml.items.map((item) => node(item, pass, depth + 1, undefined));
    return sized({ kind: "list", items, at, tag }, pass);
  }
  return isScalar(yaml) ? scalar(yaml, at, tag, pass, key) : empty(at);
}

function aliased(name: string, [start, end]: readonly [number, number], pass: Pass): Node {
  const at = span(pass.from, start, end);
  const known = pass.anchors.get(name);
  if (known) return known;
  if (pass.anchors.has(name)) pass.report.error(`\`*${name}\` contains itself`, at);
  else pass.report.error(`\`*${name}\` refers to nothing`, at, `write \`&${name}\` before it`);
  return { ...empty(at), origin: "unresolved" } as Node;
}

function entries(map: YAMLMap, pass: Pass, depth: number): Map<string, Entry> {
  const own = new Map<string, Entry>();
  const inherited: Node[] = [];
  for (const pair of map.items) {
    const key = pair.key as YamlScalar | null;
    const at = span(pass.from, ...range(key));
    const name = String(key?.value ?? "");
    if (name === "<<" && key?.type === "PLAIN") {
      inherited.push(...sources(pair, at, pass, depth));
      continue;
    }
    const value = pair.value === null ? empty(at) : node(pair.value, pass, depth + 1, name);
    controls(name, at, pass, undefined);
    const first = own.get(name);
    // As a key of a plain object it would change the prototype.
    if (name === "__proto__") pass.report.error(`\`${name}\` may not be a key`, at);
    else if (first) {
      pass.report.error(
        `\`${name}\` stands here twice`,
        at,
        `it is also in line ${first.key.line}`,
      );
    } else own.set(name, { key: at, value });
  }
  if (inherited.length === 0) return own;
  return join(own, inherited);
}

/** A key that is written wins over an inherited one, and an earlier map over a later. */
function join(own: Map<string, Entry>, inherited: readonly Node[]): Map<string, Entry> {
  const joined = new Map<string, Entry>();
  for (const map of [...inherited].reverse()) {
    if (map.kind === "map") for (const [name, entry] of map.entries) joined.set(name, entry);
  }
  for (const [name, entry] of own) joined.set(name, entry);
  return joined;
}

function sources(pair: Pair, at: Span, pass: Pass, depth: number): readonly Node[] {
  const value = node(pair.value, pass, depth + 1, undefined);
  const maps = value.kind === "list" ? value.items : [value];
  if (maps.some((map) => map.kind === "scalar" && map.origin === "unresolved")) return [];
  const wrong = maps.some((map) => map.kind !== "map");
  if (wrong) pass.report.error("`<<` takes a map or a list of maps", at);
  return wrong ? [] : maps;
}

function scalar(
  yaml: YamlScalar,
  at: Span,
  tag: MergeTag | undefined,
  pass: Pass,
  key: string | undefined,
): Node {
  const isPlain = yaml.type === "PLAIN" && yaml.tag === undefined;
  let value = typeof yaml.value === "bigint" ? Number(yaml.value) : yaml.value;
  if (!["string", "number", "boolean"].includes(typeof value)) value = null;
  if (typeof value === "string") controls(value, at, pass, key);
  const text = isPlain ? (yaml.source ?? "") : String(value ?? "");
  if (isPlain) swallowed(yaml, pass);
  return {
    kind: "scalar",
    value: value as string | number | boolean | null,
    text,
    origin: isPlain ? "plain" : "quoted",
    at,
    range: range(yaml),
    tag,
  };
}

/** An item that is indented too far is text of the item above it. */
function swallowed(yaml: YamlScalar, { from, report }: Pass): void {
  const [start, end] = range(yaml);
  const found = /\n\s*- /.exec(from.text.slice(start, end));
  if (!found) return;
  const at = start + found.index + found[0].length - 2;
  report.warn("this continues the text above it", span(from, at, at + 1), "check the indentation");
}

/** Escapes in double quotes can write what `decode` refuses; file contents may hold controls. */
function controls(text: string, at: Span, pass: Pass, key: string | undefined): void {
  const forbidden =
    key === "content" ? /[\0\uE000\uE001]/ : /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\uE000\uE001]/;
  const found = forbidden.exec(text);
  if (!found && text.isWellFormed()) return;
  const code = (found?.[0] ?? "\uD800").charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  pass.report.error(`the text contains the character U+${code}`, at);
}

function mergeTag(yaml: unknown, at: Span, pass: Pass): MergeTag | undefined {
  const tag = isMap(yaml) || isSeq(yaml) || isScalar(yaml) ? yaml.tag : undefined;
  if (tag === undefined) return undefined;
  if (tag === "!reset" || tag === "!override") return tag === "!reset" ? "reset" : "override";
  const name = tag.replace(/^tag:yaml\.org,2002:/, "");
  const core = name !== tag && TAGS.has(name);
  const matches =
    !(isScalar(yaml) && ["int", "float", "bool", "null"].includes(name)) ||
    typeof yaml.value !== "string";
  if (core && matches) return undefined;
  const written = name === tag ? tag : `!!${name}`;
  if (core) pass.report.error(`this is not \`${written}\``, at);
  else
    pass.report.error(`the tag \`${written}\` is not known`, at, "known: `!reset` and `!override`");
  return undefined;
}

function sized(made: Node, pass: Pass): Node {
  const children =
    made.kind === "map" ? [...made.entries.values()].map((entry) => entry.value) : [];
  if (made.kind === "list") children.push(...made.items);
  let nodes = 1;
  let levels = 0;
  for (const one of children) {
    const size = pass.sizes.get(one);
    nodes += size?.nodes ?? 1;
    levels = Math.max(levels, 1 + (size?.levels ?? 0));
  }
  pass.sizes.set(made, { nodes, levels });
  const limit = `aliases expand to more than ${NODES} nodes`;
  const wrong = nodes > NODES && pass.anchors.size > 0 ? limit : levels > DEEPEST && tooDeep;
  if (wrong && !pass.bomb) {
    pass.bomb = true;
    pass.report.error(wrong, made.at);
  }
  return made;
}

function empty(at: Span): Node {
  return { kind: "scalar", value: null, text: "", origin: "plain", at, range: [0, 0] };
}

function range(yaml: unknown): readonly [number, number] {
  const found = (yaml as { range?: readonly number[] | null } | null)?.range;
  return [found?.[0] ?? 0, found?.[1] ?? 0];
}
