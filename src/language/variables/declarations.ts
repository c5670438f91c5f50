import type { Report } from "../source/diagnostics.ts";
import type { Given } from "../source/source-files.ts";
import type { Span } from "../source/source-text.ts";
import { child, type Mapping, type Node } from "../yaml/tree.ts";

type Type = "string" | "number" | "boolean" | "list";

/** One entry of `variables:`. */
export interface Declaration {
  readonly name: string;
  readonly type: Type;
  readonly default: Given | undefined;
  readonly pattern: string | undefined;
  readonly options: readonly string[] | undefined;
  readonly sensitive: boolean;
  readonly at: Span;
  readonly defaultAt: Span;
}

/** Where a given value came from, for messages; `at` is unknown on the command line. */
export interface Origin {
  readonly said: string;
  readonly at?: Span | undefined;
}

/**
 * The declarations of a document. `port: 8080` is short for a default, whose type is inferred.
 * Shapes are the schema's to check; what is malformed here is read as far as it makes sense.
 */
export function declarations(root: Mapping): Map<string, Declaration> {
  const section = child(root, "variables");
  const found = new Map<string, Declaration>();
  if (section?.kind !== "map") return found;
  for (const [name, { key, value }] of section.entries) {
    found.set(name, declaration(name, key, value));
  }
  return found;
}

function declaration(name: string, at: Span, node: Node): Declaration {
  const long = node.kind === "map";
  const given = long ? child(node, "default") : node;
  const named = textOf(child(node, "type"));
  const known = named === "number" || named === "boolean" || named === "list" || named === "string";
  return {
    name,
    at,
    type: known ? named : inferred(given),
    default: given && givenOf(given),
    pattern: long ? textOf(child(node, "pattern")) : undefined,
    options: long ? optionsOf(child(node, "enum")) : undefined,
    sensitive: long && textOf(child(node, "sensitive")) === "true",
    defaultAt: given?.at ?? at,
  };
}

function inferred(node: Node | undefined): Type {
  if (node?.kind === "list") return "list";
  if (node?.kind !== "scalar") return "string";
  if (typeof node.value === "number") return "number";
  return typeof node.value === "boolean" ? "boolean" : "string";
}

/** What a node gives as a value; `undefined` where it gives none. */
export function givenOf(node: Node): Given | undefined {
  if (node.kind === "list") return node.items.map((item) => textOf(item) ?? "");
  return textOf(node);
}

function optionsOf(node: Node | undefined): readonly string[] | undefined {
  return node?.kind === "list" ? node.items.map((item) => textOf(item) ?? "") : undefined;
}

function textOf(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" && node.value !== null ? node.text : undefined;
}

/** Checks a value against its declaration. `undefined`: it does not fit, and that is reported. */
export function checkValue(
  declared: Declaration,
  given: Given,
  origin: Origin,
  report: Report,
): Given | undefined {
  const value = declared.type === "list" && typeof given === "string" ? items(given) : given;
  const each = typeof value === "string" ? [value] : value;
  const shown = declared.sensitive || typeof value !== "string" ? "the value" : `\`${value}\``;
  const refuse = (why: string, hint?: string) => {
    report.error(`${shown} ${origin.said} ${why}`, origin.at ?? declared.at, hint);
    return undefined;
  };
  if (declared.type !== "list" && typeof value !== "string") {
    return refuse(`is a list; \`${declared.name}\` is a ${declared.type}`);
  }
  if (declared.type === "number" && !/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(each[0] ?? "")) {
    return refuse(`is no number, as \`${declared.name}\` must be`);
  }
  if (declared.type === "boolean" && !/^(true|false)$/i.test(each[0] ?? "")) {
    return refuse(`is not true or false, as \`${declared.name}\` must be`);
  }
  const { options, pattern } = declared;
  if (options && !each.every((one) => options.includes(one))) {
    return refuse(`is none of ${options.join(", ")}`);
  }
  const expression = pattern === undefined ? undefined : compiled(pattern);
  if (expression && !each.every((one) => expression.test(one))) {
    return refuse(`does not match the pattern of \`${declared.name}\``, `it is ${pattern}`);
  }
  return declared.type === "boolean" ? String(value).toLowerCase() : value;
}

/** A list on the command line or in the environment: `a,b` or `[a, b]`. */
function items(text: string): readonly string[] {
  const inner = /^\s*\[(.*)\]\s*$/s.exec(text)?.[1] ?? text;
  if (inner.trim() === "") return [];
  return inner.split(",").map((item) => item.trim().replace(/^(["'])(.*)\1$/s, "$2"));
}

export function compiled(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}
