/*
 * As much of a Dockerfile as planning needs: its instructions with their lines, the images that it
 * starts from, and what only BuildKit understands (Dockerfile reference).
 */

import { member } from "../values/json.ts";

export interface Instruction {
  /** In upper case: `RUN`. */
  readonly name: string;
  /** All after the name on one line, flags included. */
  readonly rest: string;
  /** Counts from 1. */
  readonly line: number;
  readonly heredoc: boolean;
}

const CONTINUED = { "\\": /\\[ \t]*$/, "`": /`[ \t]*$/ };
const HEREDOC = /(?:^|\s)\d*<<-?\s*(["']?)([A-Za-z_]\w*)\1/g;

/** The instructions in order. Comments, blank lines and the texts of here-documents are left out. */
export function instructions(dockerfile: string): readonly Instruction[] {
  const lines = dockerfile.replace(/^\uFEFF/, "").split(/\r?\n/);
  const found: Instruction[] = [];
  const continued = CONTINUED[directive(dockerfile, "escape") === "`" ? "`" : "\\"];
  for (let at = 0; at < lines.length; at++) {
    if (isBlank(lines[at])) continue;
    const line = at + 1;
    const parts: string[] = [];
    for (; at < lines.length; at++) {
      const text = lines[at] ?? "";
      if (parts.length > 0 && isBlank(text)) continue;
      parts.push(text.replace(continued, ""));
      if (!continued.test(text)) break;
    }
    const whole = parts.join("").trim();
    const [name = ""] = whole.split(/\s/, 1);
    const rest = whole.slice(name.length).trim();
    const ends = /^(RUN|COPY|ADD)$/i.test(name)
      ? [...rest.matchAll(HEREDOC)].map(([, , word = ""]) => word)
      : [];
    found.push({ name: name.toUpperCase(), rest, line, heredoc: ends.length > 0 });
    for (const end of ends) while (++at < lines.length && lines[at]?.trim() !== end);
  }
  return found;
}

const isBlank = (line: string | undefined): boolean => /^\s*(#.*)?$/.test(line ?? "");

/** The value of a parser directive, all of which stand before everything else: `# escape=`. */
export function directive(dockerfile: string, wanted: "escape" | "syntax"): string | undefined {
  for (const line of dockerfile.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const [, name, value] = /^\s*#\s*(\w+)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (name === undefined) return undefined;
    if (name.toLowerCase() === wanted) return value;
  }
  return undefined;
}

/** The asked stage, or all; what other stages start from is then not needed. */
export interface Stages {
  readonly args: Readonly<Record<string, string>>;
  readonly target?: string | undefined;
  /** Names that stand for something else than an image: additional contexts. */
  readonly contexts?: readonly string[];
}

/** References of the images that a build starts from or copies from, each once. */
export function basesOf(
  all: readonly Instruction[],
  { args, target, contexts = [] }: Stages,
): readonly string[] {
  const values = new Map<string, string>();
  const known = new Set(["scratch", ...contexts.map((name) => name.toLowerCase())]);
  const found = new Set<string>();
  let stage = -1;
  let isLast = false;
  for (const { name, rest } of all) {
    if (name === "ARG" && stage < 0) declare(rest, args, values);
    const from = name === "FROM" ? withoutFlags(rest) : undefined;
    if (from) {
      if (isLast) break;
      stage++;
      const [image = "", as, alias] = from.split(/\s+/);
      add(found, filled(image, values), known);
      const named = as?.toLowerCase() === "as" ? alias?.toLowerCase() : undefined;
      isLast = target !== undefined && [named, String(stage)].includes(target.toLowerCase());
      if (named) known.add(named);
    }
    for (const source of sourcesOf(name, rest)) add(found, source, known);
  }
  return [...found];
}

function add(found: Set<string>, image: string, known: ReadonlySet<string>): void {
  // What has no value yet is for the builder to complain of.
  if (!image || /[$\s]/.test(image) || /^\d+$/.test(image)) return;
  if (!known.has(image.toLowerCase())) found.add(image);
}

const withoutFlags = (rest: string): string => rest.replace(/^(--\S+\s+)+/, "");

/** `COPY --from=image`, `RUN --mount=type=bind,from=image`. */
function sourcesOf(name: string, rest: string): readonly string[] {
  const flags = /^(--\S+\s+)+/.exec(rest)?.[0] ?? "";
  if (name === "COPY") return [...flags.matchAll(/--from=(\S+)/g)].map(([, from = ""]) => from);
  if (name !== "RUN") return [];
  return flags.split(/\s+/).flatMap((flag) => {
    const parts = flag.startsWith("--mount=") ? flag.slice("--mount=".length).split(",") : [];
    return parts.flatMap((part) => (part.startsWith("from=") ? part.slice("from=".length) : []));
  });
}

/** `ARG A=1 B` before the first `FROM`: its default, unless the build says otherwise. */
function declare(
  rest: string,
  args: Readonly<Record<string, string>>,
  values: Map<string, string>,
): void {
  for (const [, name = "", value] of rest.matchAll(/(\w+)(?:=("[^"]*"|'[^']*'|\S*))?/g)) {
    const standard = value === undefined ? undefined : filled(value, values);
    const given = member(args, name) ?? standard?.replace(/^(["'])(.*)\1$/, "$2");
    if (given !== undefined) values.set(name, given);
  }
}

/** `$X`, `${X}`, `${X:-y}` and `${X:+y}`; what has no value, or is longer, stays as it is. */
function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:(\w+)|\{(\w+)(?::([-+])([^}]{0,1000}))?\})/g,
    (whole, bare?: string, name?: string, how?: string, other = "") => {
      const value = values.get(bare ?? name ?? "");
      if (how === "+") return value ? other : "";
      return value || (how === "-" ? other : whole);
    },
  );
}

const MODERN: Readonly<Record<string, RegExp>> = {
  RUN: /^(?:--\S+\s+)*(--(?:mount|network|security)\b)/,
  COPY: /^(?:--\S+\s+)*(--(?:link|chmod|parents|exclude)\b)/,
  ADD: /^(?:--\S+\s+)*(--(?:link|chmod|checksum|keep-git-dir|exclude)\b)/,
};

/** The first thing that the classic builder does not understand, with its line. */
export function modernPart(
  all: readonly Instruction[],
): { readonly what: string; readonly line: number } | undefined {
  for (const { name, rest, line, heredoc } of all) {
    if (heredoc) return { what: `${name} <<`, line };
    const flag = member(MODERN, name)?.exec(`${rest} `)?.[1];
    if (flag) return { what: `${name} ${flag}`, line };
  }
  return undefined;
}
