import { catalogue } from "../../attributes/catalogue.ts";
import { nearest } from "../../attributes/core/shapes.ts";
import { refused, refusedInBuild } from "../../attributes/core/unsupported.ts";
import { tokensIn } from "../../attributes/secrets/sensitive.ts";
import { list, member, record } from "../../attributes/values/json.ts";
import type { DiagnosticCode } from "../../model/diagnostic.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Report } from "../source/diagnostics.ts";
import type { Span } from "../source/source-text.ts";
import { either, suggestion } from "../source/suggestions.ts";
import { SECTIONS } from "../yaml/merge.ts";
import {
  called,
  find,
  keyPlace,
  type Mapping,
  type Node,
  type Path,
  placeOf,
} from "../yaml/tree.ts";
import { relevantErrors, typeNames } from "./branch-errors.ts";
import { validate as check, type Violation } from "./validator/stack.js";

/**
 * Checks a document against the schema, and says each violation in words at its place. Returns
 * the paths at which the document is not to be relied on.
 */
export function validate(document: JsonObject, root: Mapping, report: Report): readonly Path[] {
  if (check(document)) return [];
  const wrong: Path[] = [];
  for (const one of relevantErrors(check.errors ?? [])) {
    const path = pathOf(one, root);
    wrong.push(path);
    const node = find(root, path);
    // What refers to an unset variable has been reported, and has no value to judge.
    if (node?.kind !== "scalar" || node.origin !== "unresolved") {
      const { message, at, hint } = said(one, path, root);
      report.error(message, at, hint, CODES[one.keyword] ?? "invalid-value");
    }
  }
  return wrong;
}

/** Codes by the schema's keyword. */
const CODES: Readonly<Record<string, DiagnosticCode>> = {
  additionalProperties: "unknown-attribute",
  required: "missing-attribute",
  type: "wrong-type",
  anyOf: "wrong-type",
  oneOf: "wrong-type",
};

function pathOf({ instancePath }: Violation, root: Mapping): Path {
  const steps = instancePath.split("/").slice(1);
  const path: (string | number)[] = [];
  for (const step of steps.map((one) => one.replaceAll("~1", "/").replaceAll("~0", "~"))) {
    path.push(find(root, path)?.kind === "list" ? Number(step) : step);
  }
  return path;
}

const MOVED: Readonly<Record<string, string>> = {
  version: "stack files have no version; remove the line",
  include: "give each file with -f; the later ones override",
  models: "stack runs no models; leave it out",
};

interface Said {
  readonly message: string;
  readonly at: Span;
  readonly hint?: string | undefined;
}

function said(one: Violation, path: Path, root: Mapping): Said {
  const label = named(path);
  const [secret] = tokensIn(typeof one.data === "string" ? one.data : null);
  if (secret !== undefined) {
    const at = placeOf(root, path);
    return { message: `\`${secret}\` is sensitive and cannot be used in ${label}`, at };
  }
  switch (one.keyword) {
    case "additionalProperties":
      return unknownKey(one, path, root);
    case "propertyNames":
      return badName(String(one.params.propertyName), path, root);
    case "required":
      return {
        message: `${label} needs \`${one.params.missingProperty}\``,
        at: keyPlace(root, path),
      };
    case "type":
      return wrongType(typeNames(one.params.type), path, root);
    case "anyOf":
    case "oneOf":
      return wrongType(combinedTypes(one.schema), path, root);
    default:
      return wrongValue(one, path, root);
  }
}

function unknownKey({ params, parentSchema = {} }: Violation, path: Path, root: Mapping): Said {
  const key = String(params.additionalProperty);
  const at = keyPlace(root, [...path, key]);
  const instead = insteadOf(key, path);
  if (instead) return { message: `\`${key}\` is not supported`, at, hint: instead };
  const known = Object.keys(record(parentSchema.properties));
  const moved = path.length === 0 ? member(MOVED, key) : undefined;
  const where = path.length === 0 ? "in a stack file" : `in ${named(path)}`;
  return {
    message: `\`${key}\` is not known ${where}`,
    at,
    hint: moved ?? (path.length === 0 ? misplaced(key, root) : undefined) ?? suggestion(key, known),
  };
}

/** What belongs below `containers:`; for what is nowhere known, what there is. */
function misplaced(key: string, root: Mapping): string | undefined {
  const sections = Object.keys(SECTIONS);
  if (member(catalogue.container, key))
    return `it is said of a container: indent it below its name under \`containers:\``;
  const value = find(root, [key]);
  const says = value?.kind === "map" ? [...value.entries.keys()] : [];
  if (says.includes("image") || says.includes("build"))
    return `the container \`${key}\` stands under \`containers:\``;
  return nearest(key, [...sections, "name", "variables"]) === undefined
    ? `known are name, variables, ${sections.join(", ")}`
    : undefined;
}

const IN_POOL = ["subnet", "gateway", "ip_range", "aux_addresses"];

function insteadOf(key: string, path: Path): string | undefined {
  if (path.length === 2 && path[0] === "networks" && IN_POOL.includes(key))
    return `write \`ipam: { config: [{ ${key}: … }] }\``;
  if (path.length === 3 && path[2] === "build") return member(refusedInBuild, key);
  return path.length === 2 && path[0] === "containers" ? member(refused, key) : undefined;
}

function badName(name: string, path: Path, root: Mapping): Said {
  const variable = path[0] === "variables";
  return {
    message: `\`${name}\` cannot be a name here`,
    at: keyPlace(root, [...path, name]),
    hint: variable
      ? "letters, digits and `_`, beginning with a letter or `_`"
      : "letters, digits, `_`, `-` and `.`, beginning with a letter or digit",
  };
}

function wrongValue(one: Violation, path: Path, root: Mapping): Said {
  const at = placeOf(root, path);
  const label = named(path);
  const shown = typeof one.data === "string" ? `\`${one.data}\`` : String(one.data);
  if (one.keyword === "enum") {
    const options = list(one.params.allowedValues).map(String);
    const word = String(one.data);
    const near = nearest(word, options) ?? options.find((each) => each.endsWith(`_${word}`));
    const hint = near && `did you mean \`${near}\`?`;
    return { message: `${label} must be ${either(options)}, not ${shown}`, at, hint };
  }
  if (one.keyword === "pattern") {
    const like = list(one.parentSchema?.examples).filter((example) => typeof example === "string");
    const hint = like.length > 0 ? `for example ${like.join(", ")}` : undefined;
    return { message: `${shown} is not a valid ${label}`, at, hint };
  }
  return { message: `${label} ${bound(one) ?? one.message ?? "is wrong"}`, at };
}

function bound({ keyword, params }: Violation): string | undefined {
  if (keyword === "minimum") return `must be at least ${params.limit}`;
  if (keyword === "maximum") return `must be at most ${params.limit}`;
  return keyword === "minItems" ? `needs at least ${params.limit} of them` : undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  object: "a map",
  array: "a list",
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
};

function combinedTypes(schema: Json | undefined): readonly string[] {
  return list(schema).flatMap((branch) => {
    const { anyOf, type } = record(branch);
    return anyOf === undefined ? typeNames(type) : combinedTypes(anyOf);
  });
}

function wrongType(types: readonly string[], path: Path, root: Mapping): Said {
  const node = find(root, path);
  const at = placeOf(root, path);
  const wanted = either([...new Set(types.flatMap((type) => WORDS[type] ?? []))]);
  const text = node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
  if (types.includes("boolean") && text !== undefined && /^(y|yes|n|no|on|off)$/i.test(text)) {
    const message = `\`${text}\` is text in YAML 1.2, and ${named(path)} must be true or false`;
    return { message, at, hint: `write ${/^(y|yes|on)$/i.test(text)}` };
  }
  const is = node ? called(node) : "missing";
  const found = is === "empty" ? "it is empty" : `this is ${is}`;
  const hint = blockHint(types, path, node) ?? typeHint(types, node?.kind, text);
  return { message: `${named(path)} must be ${wanted}; ${found}`, at, hint };
}

/** For what is no map where the stack's objects are. */
function blockHint(types: readonly string[], path: Path, node: Node | undefined) {
  if (!types.includes("object") || types.includes("array") || path.length > 2) return undefined;
  const [section, key] = path;
  if (node?.kind === "list") return "write `name:` for each, without `- `";
  if (path.length < 2 || section !== "containers" || node?.kind !== "scalar") return undefined;
  if (member(catalogue.container, String(key)))
    return `\`${key}\` is said of a container: indent it below its name`;
  if (/^[\w-]+:\S+/.test(node.text)) return "write a blank after the `:`";
  return "what it is made of is indented below it, for example `image: busybox`";
}

function typeHint(
  types: readonly string[],
  kind: string | undefined,
  text: string | undefined,
): string | undefined {
  if (text !== undefined && /^\d[\d_]*_\d+$/.test(text)) return "YAML 1.2 has no `_` in numbers";
  if (types.includes("array") && kind === "map") return "put a `- ` before each item";
  if (types.includes("array") && text !== undefined && /^-\S/.test(text))
    return "write a blank after the `-`";
  if (types.includes("array") && text !== undefined) return `write [${text}]`;
  if (text === "") return "leave the line out, or give the variable a default: ${NAME:-…}";
  return undefined;
}

/** `` `ports[0].target` `` of a container, `` `containers.web` ``, or the file as a whole. */
function named(path: Path): string {
  const shown = path.length > 2 ? path.slice(2) : path;
  const text = shown.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  return text === "" ? "the file" : `\`${text.replace(/^\./, "")}\``;
}

/** Whether anything at or below `path` is not to be relied on. */
export function isWrong(wrong: readonly Path[], path: Path): boolean {
  return wrong.some((one) => path.every((step, index) => one[index] === step));
}
