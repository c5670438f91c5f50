import { literally } from "../../attributes/secrets/sensitive.ts";

/*
 * `.dockerignore` by Docker's rules (Dockerfile reference, ".dockerignore file"): Go's
 * `filepath.Match` with `**`, the last pattern that matches decides, and what matches a folder
 * matches all that is in it.
 */

interface Pattern {
  readonly segments: readonly string[];
  readonly matches: RegExp;
  /** `!`: re-includes paths that earlier patterns exclude. */
  readonly keeps: boolean;
}

/** For each pattern, whether it matches a folder: all that matching its entries needs. */
export type Matched = readonly boolean[];

export interface Ignore {
  /** Matches a path such as `a/b`, given the result for its parent folder. */
  match(path: string, parent: Matched): Matched;
  ignored(matched: Matched): boolean;
  /** True if a pattern may re-include something below an ignored folder. */
  keepsBelow(folder: string): boolean;
}

/** @throws BadPattern for an invalid pattern, which Docker's builders reject too */
export function ignore(text: string): Ignore {
  const patterns = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .flatMap((line, index) => parsed(line, index + 1));
  return {
    match: (path, parent) =>
      patterns.map(({ matches }, index) => parent[index] === true || matches.test(path)),
    ignored: (matched) => {
      const last = matched.lastIndexOf(true);
      return last >= 0 && patterns[last]?.keeps === false;
    },
    keepsBelow: (folder) => patterns.some((each) => each.keeps && reaches(each, folder)),
  };
}

export class BadPattern extends Error {
  override readonly name = "BadPattern";
}

function parsed(line: string, number: number): Pattern[] {
  if (line.startsWith("#")) return [];
  const written = line.trim();
  const keeps = written.startsWith("!");
  const clean = cleaned(keeps ? written.slice(1).trim() : written);
  if (written === "!" || !isPattern(clean))
    throw new BadPattern(`line ${number} is not a pattern: ${written}`);
  if (clean === "" || clean === ".") return [];
  const segments = clean.split("/");
  return [{ segments, matches: new RegExp(`^${source(clean)}$`, "su"), keeps }];
}

/** A character in brackets, plain or escaped, or a range of two (Go, `filepath.Match`). */
const RANGE = /(\\.|[^\\\]-])(?:-(\\.|[^\\\]-]))?/suy;

/** True if every bracket is closed and not empty, and the pattern does not end in a `\`. */
function isPattern(pattern: string): boolean {
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === "\\") {
      at++;
      if (at === pattern.length) return false;
    } else if (pattern[at] === "[") {
      at = endOfClass(pattern, pattern[at + 1] === "^" ? at + 2 : at + 1);
      if (at < 0) return false;
    }
  }
  return true;
}

/** End of the character class whose first range begins at `from`; -1 if it is not a class. */
function endOfClass(pattern: string, from: number): number {
  RANGE.lastIndex = from;
  let end = from;
  for (let match = RANGE.exec(pattern); match; match = RANGE.exec(pattern)) {
    const [low = "", high = low] = match.slice(1).map((each) => each?.replace(/^\\(?=.)/su, ""));
    if ((low.codePointAt(0) ?? 0) > (high.codePointAt(0) ?? 0)) return -1;
    end = RANGE.lastIndex;
  }
  return end > from && pattern[end] === "]" ? end : -1;
}

/** Same as Go's `filepath.Clean`, without a leading slash. */
function cleaned(pattern: string): string {
  if (pattern === "") return "";
  const parts: string[] = [];
  for (const part of pattern.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".." || !pattern.startsWith("/")) parts.push(part);
  }
  return parts.join("/") || ".";
}

const TOKENS = /\*\*\/?|\*|\?|\\.|\[(?:\\.|[^\]\\])+\]|./gsu;

/** Translates a pattern to the source of a regular expression. */
function source(pattern: string): string {
  return (pattern.match(TOKENS) ?? []).map(token).join("");
}

function token(part: string): string {
  if (part === "**/") return "(?:.*/)?";
  if (part === "**") return ".*";
  if (part === "*") return "[^/]*";
  if (part === "?") return "[^/]";
  if (part.length > 1 && part.startsWith("["))
    return `(?!/)${part.replace(/\\(.)/gsu, (_, each: string) => (each === "-" ? "\\-" : literally(each)))}`;
  return literally(part.length > 1 && part.startsWith("\\") ? part.slice(1) : part);
}

/** True if the pattern may match something below the folder. */
function reaches({ segments }: Pattern, folder: string): boolean {
  for (const [index, name] of folder.split("/").entries()) {
    const segment = segments[index];
    if (segment === undefined || segment.includes("**")) return true;
    if (!new RegExp(`^${source(segment)}$`, "su").test(name)) return false;
  }
  return true;
}
