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
  readonly lookup: Lookup;
  readonly problems: Problem[];
}

export function interpolate(text: string, lookup: Lookup): Interpolated {
  if (!text.includes("$")) return { text, problems: [] };
  const run: Run = { lookup, problems: [] };
  return { text: expand(text, 0, run), problems: run.problems };
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

/** `base` is the offset of `text` in the whole text, for the places of problems. */
function expand(text: string, base: number, run: Run): string {
  let result = "";
  let at = 0;
  for (let dollar = text.indexOf("$"); dollar !== -1; dollar = text.indexOf("$", at)) {
    result += text.slice(at, dollar);
    const next = text[dollar + 1];
    if (next === "$") {
      result += "$";
      at = dollar + 2;
    } else if (next === "{") {
      const end = closing(text, dollar + 2);
      result += braced(text, dollar, end, base, run);
      at = end === -1 ? text.length : end + 1;
    } else {
      const name = nameAt(text, dollar + 1);
      if (name === "") result += "$";
      else result += value(name, { offset: base + dollar, length: name.length + 1 }, run);
      at = dollar + 1 + name.length;
    }
  }
  return result + text.slice(at);
}

/** Offset of the brace that closes the one before `from`; -1 when there is none. */
function closing(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "$" && text[at + 1] === "{") depth++;
    else if (text[at] === "$" && text[at + 1] === "$") at++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

function braced(text: string, dollar: number, end: number, base: number, run: Run): string {
  const name = nameAt(text, dollar + 2);
  const rest = text.slice(dollar + 2 + name.length, end === -1 ? text.length : end);
  const place = { offset: base + dollar, length: (end === -1 ? text.length : end + 1) - dollar };
  const operator = OPERATORS.find((one) => rest.startsWith(one));
  if (end === -1 || name === "" || (rest !== "" && !operator)) {
    const why = end === -1 ? "its brace is not closed" : "write ${NAME}, or $$ for a dollar";
    run.problems.push({ message: `this is no reference to a variable: ${why}`, ...place });
    return "";
  }
  if (!operator) return value(name, place, run);
  const wordAt = base + dollar + 2 + name.length + operator.length;
  const word = () => expand(rest.slice(operator.length), wordAt, run);
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

function nameAt(text: string, at: number): string {
  NAME.lastIndex = at;
  return NAME.exec(text)?.[0] ?? "";
}
