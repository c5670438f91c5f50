import type { Report } from "../source/diagnostics.ts";
import { type Source, type Span, span } from "../source/source-text.ts";
import { suggestion } from "../source/suggestions.ts";
import type { Entry, Mapping, Node, Scalar } from "../yaml/tree.ts";
import { interpolate, type Lookup, type Problem, references, sole } from "./interpolate.ts";

/** What interpolation may ask for, and what it has been asked for. */
export interface Inputs {
  readonly lookup: Lookup;
  /** The items of a list variable. */
  list(name: string): readonly string[] | undefined;
  names(): readonly string[];
  /** A name that is reported already; what refers to it says nothing more. */
  broken(name: string): boolean;
  readonly used: Set<string>;
  /** Told of a variable that is not set and so is empty (Compose files); absent: that is an error. */
  readonly missing?: ((name: string, at: Span) => void) | undefined;
}

interface Pass {
  readonly from: Source;
  readonly inputs: Inputs;
  readonly report: Report;
  /** Shared nodes stay shared, and are told about once. */
  readonly done: Map<Node, Node>;
}

/**
 * Fills variables into the values of one file, never into keys, nor into `variables:` (whose
 * patterns hold dollars) and `x-` sections (what they hold is filled in where an alias uses it).
 */
export function substitute(root: Mapping, from: Source, inputs: Inputs, report: Report): Mapping {
  const pass: Pass = { from, inputs, report, done: new Map() };
  const entries = new Map<string, Entry>();
  for (const [name, entry] of root.entries) {
    const skipped = name === "variables" || name.startsWith("x-");
    entries.set(name, skipped ? entry : { ...entry, value: filled(entry.value, pass) });
  }
  return { ...root, entries };
}

function filled(node: Node, pass: Pass): Node {
  const known = pass.done.get(node);
  if (known) return known;
  const made = fresh(node, pass);
  pass.done.set(node, made);
  return made;
}

function fresh(node: Node, pass: Pass): Node {
  if (node.kind === "scalar") return scalar(node, pass);
  if (node.kind === "list") {
    const items = node.items.flatMap((item) => {
      const one = filled(item, pass);
      // Compose has no list of lists, so a list variable within a list is spliced in.
      return one.kind === "list" && item.kind === "scalar" ? one.items : [one];
    });
    return { ...node, items };
  }
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    entries.set(key, { ...entry, value: filled(entry.value, pass) });
  }
  return { ...node, entries };
}

function scalar(node: Scalar, pass: Pass): Node {
  if (typeof node.value !== "string" || !node.value.includes("$")) return node;
  const names = references(node.value);
  for (const name of names) pass.inputs.used.add(name);
  if (names.some((name) => pass.inputs.broken(name))) return { ...node, origin: "unresolved" };
  const items = pass.inputs.list(sole(node.value) ?? "");
  if (items) return { kind: "list", items: items.map((item) => text(node, item)), at: node.at };
  const result = interpolate(node.value, pass.inputs.lookup);
  const list = names.find((name) => pass.inputs.list(name));
  const { missing } = pass.inputs;
  const wrong = result.problems.filter(
    ({ unset }) => unset === undefined || unset === list || !missing,
  );
  for (const problem of wrong) complain(node, problem, list, pass);
  if (wrong.length > 0) return { ...node, origin: "unresolved" };
  for (const problem of result.problems)
    missing?.(problem.unset ?? "", within(node, problem, pass.from));
  return text(node, result.text);
}

function text(node: Scalar, value: string): Scalar {
  return { ...node, value, text: value, origin: "substituted" };
}

function complain(node: Scalar, problem: Problem, list: string | undefined, pass: Pass): void {
  const at = within(node, problem, pass.from);
  if (problem.unset !== undefined && problem.unset === list) {
    const hint = `\`\${${list}}\` must stand alone`;
    pass.report.error(`\`${list}\` is a list and cannot be part of a text`, at, hint);
    return;
  }
  pass.report.error(problem.message, at, unsetHint(problem.unset, pass.inputs.names()));
}

export function unsetHint(name: string | undefined, names: readonly string[]): string | undefined {
  if (name === undefined) return undefined;
  // Among the names of an environment something is near to each short one: `_` to `B`.
  const known = name.length > 2 ? names.filter((each) => each.length > 2) : [];
  const near = suggestion(name, known);
  if (near?.startsWith("did")) return near;
  return `give it with --var ${name}=…, or a default: \${${name}:-…}`;
}

/** Escapes and folded lines shift offsets; then the same characters are looked for in the source. */
function within(node: Scalar, problem: Problem, from: Source): Span {
  const raw = from.text.slice(...node.range);
  const value = String(node.value);
  const whole = raw.indexOf(value);
  const written = value.slice(problem.offset, problem.offset + problem.length);
  const at = whole === -1 ? raw.indexOf(written) : whole + problem.offset;
  if (at === -1) return node.at;
  const start = node.range[0] + at;
  return span(from, start, start + problem.length);
}
