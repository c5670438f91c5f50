import { DEEPEST } from "../../attributes/values/json.ts";

/*
 * Interpolation by Compose's rules (Compose Specification, "Interpolation"), on one text:
 * `$NAME`, `${NAME}` and `${NAME<op>WORD}` with the operators of `OPERATORS`; `$$` is a dollar; a
 * dollar before anything else stands for itself; WORD is interpolated in turn, when it is needed.
 */

/** A variable's value; `text` may be a token, so emptiness is told apart. */
export interface Value {
  readonly text: string;
  readonly empty: boolean;
}

export type Lookup = (name: string) => Value | undefined;

export interface Problem {
  readonly message: string;
  /** Where in the text, and how long. */
  readonly offset: number;
  readonly length: number;
  /** The variable that is not set. */
  readonly unset?: string;
}

export interface Interpolated {
  readonly text: string;
  readonly problems: readonly Problem[];
}

/** Longer ones first: `:-` is not `:` and `-`. */
const OPERATORS = [":-", ":?", ":+", "-", "?", "+"] as const;
const NAME = /[_a-z][_a-z0-9]*/iy;

interface Run {
  readonly text: string;
  readonly lookup: Lookup;
  readonly problems: Problem[];
  /** By the offset of an opening brace that of the closing one. */
  readonly braces: ReadonlyMap<number, number>;
  /** The same where only the braces of `${` are counted. */
  readonly references: ReadonlyMap<number, number>;
}

export function interpolate(text: string, lookup: Lookup): Interpolated {
  if (!text.includes("$")) return { text, problems: [] };
  const braces = pairedBraces(text, () => true);
  const references = pairedBraces(text, (at) => text[at - 1] === "$");
  const run: Run = { text, lookup, problems: [], braces, references };
  return { text: expand(0, text.length, 0, run), problems: run.problems };
}

/** All names that a text refers to, whether or not their values would be needed. */
export function references(text: string): string[] {
  return [...text.replaceAll("$$", "").matchAll(/\$\{?([_a-z][_a-z0-9]*)/gi)].map(
    (match) => match[1] ?? "",
  );
}

/** The only variable that a text consists of: `$X` or `${X}`. */
export function sole(text: string): string | undefined {
  const match = /^\$(?:([_a-z][_a-z0-9]*)|\{([_a-z][_a-z0-9]*)\})$/i.exec(text);
  return match?.[1] ?? match?.[2];
}

/** The part of the text from `start` to `end`, `depth` references deep. */
function expand(start: number, end: number, depth: number, run: Run): string {
  const { text } = run;
  let result = "";
  let at = start;
  for (
    let dollar = text.indexOf("$", at);
    dollar !== -1 && dollar < end;
    dollar = text.indexOf("$", at)
  ) {
    result += text.slice(at, dollar);
    const next = dollar + 1 < end ? text[dollar + 1] : undefined;
    if (next === "$") {
      result += "$";
      at = dollar + 2;
    } else if (next === "{") {
      const close = closing(dollar + 1, end, run);
      result += braced(dollar, close ?? end, close !== undefined, depth, run);
      at = close === undefined ? end : close + 1;
    } else {
      const name = nameAt(text, dollar + 1, end);
      if (name === "") result += "$";
      else result += value(name, { offset: dollar, length: name.length + 1 }, run);
      at = dollar + 1 + name.length;
    }
  }
  return result + text.slice(at, end);
}

/**
 * Where the brace at `open` is closed before `end`. Braces in the word count (`${X:-{"a":1}}`), but
 * where they do not match, only those of references do (`${X:-{}`).
 */
function closing(open: number, end: number, { braces, references }: Run): number | undefined {
  return [braces.get(open), references.get(open)].find((at) => at !== undefined && at < end);
}

/** Each opening brace that counts, with the one that closes it. `$$` is a dollar, and no `${`. */
function pairedBraces(text: string, counts: (at: number) => boolean): Map<number, number> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  for (let at = text.indexOf("$"); at !== -1 && at < text.length; at++) {
    if (text[at] === "$" && text[at + 1] === "$") at++;
    else if (text[at] === "{" && counts(at)) open.push(at);
    else if (text[at] === "}") {
      const opened = open.pop();
      if (opened !== undefined) pairs.set(opened, at);
    }
  }
  return pairs;
}

function braced(dollar: number, end: number, closed: boolean, depth: number, run: Run): string {
  const { text } = run;
  const name = nameAt(text, dollar + 2, end);
  const after = dollar + 2 + name.length;
  const place = { offset: dollar, length: end + (closed ? 1 : 0) - dollar };
  const operator = OPERATORS.find(
    (one) => text.startsWith(one, after) && after + one.length <= end,
  );
  if (!closed || name === "" || (after < end && !operator)) {
    const why = closed ? "write ${NAME}, or $$ for a dollar" : "its brace is not closed";
    run.problems.push({ message: `this is no reference to a variable: ${why}`, ...place });
    return "";
  }
  if (!operator) return value(name, place, run);
  if (depth >= DEEPEST) {
    run.problems.push({ message: `references are nested deeper than ${DEEPEST} levels`, ...place });
    return "";
  }
  const word = () => expand(after + operator.length, end, depth + 1, run);
  return operated(name, operator, word, place, run);
}

function operated(
  name: string,
  operator: (typeof OPERATORS)[number],
  word: () => string,
  place: { offset: number; length: number },
  run: Run,
): string {
  const found = run.lookup(name);
  const missing = found === undefined || (operator.startsWith(":") && found.empty);
  if (operator.endsWith("+")) return missing ? (found?.text ?? "") : word();
  if (!missing) return found.text;
  if (operator.endsWith("-")) return word();
  const message = word();
  run.problems.push({
    message: `\`${name}\` ${found ? "is empty" : "is not set"}${message && `: ${message}`}`,
    ...place,
  });
  return "";
}

function value(name: string, place: { offset: number; length: number }, run: Run): string {
  const found = run.lookup(name);
  if (found) return found.text;
  run.problems.push({ message: `\`${name}\` is not set`, ...place, unset: name });
  return "";
}

function nameAt(text: string, at: number, end: number): string {
  NAME.lastIndex = at;
  return NAME.exec(text)?.[0].slice(0, Math.max(0, end - at)) ?? "";
}
