import { interpolate, type Lookup, type Problem } from "./interpolate.ts";

/** One `KEY=value` line; `value` is undefined for a bare KEY. */
interface EnvLine {
  readonly key: string;
  readonly value: string | undefined;
  readonly offset: number;
}

export interface EnvFile {
  readonly lines: readonly EnvLine[];
  readonly problems: readonly Problem[];
}

/** Where the keys of the lines stand, for `veiled`. */
export const assignments = (lines: EnvFile["lines"]) =>
  lines.map(({ key, offset }) => ({ offset, length: key.length }));

/** Spaces within a line, as Go's `unicode.IsSpace` has them. */
const SPACE = "[\\t\\v\\f\\r \\x85\\xa0]";
const BLANK = new RegExp(`${SPACE}*`, "y");
const EXPORT = new RegExp(`export${SPACE}+`, "y");
const KEY = new RegExp(`([\\p{L}\\p{N}_.\\-[\\]]+)${SPACE}*`, "uy");
const IS_SPACE = new RegExp(SPACE);
const ESCAPES: Record<string, string> = {
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  '"': '"',
  "\\": "\\",
  // An escaped dollar stays one through interpolation.
  $: "$$",
};

/**
 * Compose's format of environment files, as measured (test/unit/language/compose): `#` begins a comment
 * at the start of a line, and after a space in an unquoted value that has begun; `export`; `=` or `:`;
 * unquoted and double-quoted values are interpolated (a lookup falls back to earlier keys), single-quoted
 * ones taken as they are; quoted values may have several lines, and another KEY=value may follow them.
 */
export function readEnvFile(text: string, lookup: Lookup): EnvFile {
  const lines: EnvLine[] = [];
  const problems: Problem[] = [];
  const earlier = new Map<string, string>();
  const known: Lookup = (name) => {
    const value = earlier.get(name);
    return lookup(name) ?? (value === undefined ? undefined : { text: value, empty: value === "" });
  };
  for (let at = statement(text, 0); at < text.length; ) {
    const { end, line } = readLine(text, at, known, problems);
    if (line) {
      lines.push(line);
      if (line.value !== undefined) earlier.set(line.key, line.value);
    }
    at = statement(text, end);
  }
  return { lines, problems };
}

/** Where the next statement begins: behind blanks, line ends and comments. */
function statement(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    if (text[at] === "#") at = lineEnd(text, at);
    else if (text[at] === "\n" || after(BLANK, text, at) > at)
      at = text[at] === "\n" ? at + 1 : after(BLANK, text, at);
    else break;
  }
  return at;
}

function lineEnd(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  return newline === -1 ? text.length : newline;
}

/** The offset behind what a sticky expression matches at `at`. */
function after(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  return at + (expression.exec(text)?.[0].length ?? 0);
}

/** `docker run --env-file`: no quotes, no interpolation. */
export function readRawEnvFile(text: string): EnvFile {
  const lines: EnvLine[] = [];
  const problems: Problem[] = [];
  for (const match of text.matchAll(/[^\n]+/g)) {
    const whole = match[0].replace(/\r$/, "");
    const line = whole.trimStart();
    const offset = match.index + whole.length - line.length;
    if (line === "" || line.startsWith("#")) continue;
    const [key = ""] = line.split("=", 1);
    if (key === "" || /[ \t]/.test(key))
      problems.push({ ...badKey(key), offset, length: line.length });
    else lines.push({ key, value: key === line ? undefined : line.slice(key.length + 1), offset });
  }
  return { lines, problems };
}

function badKey(key: string): { message: string } {
  return { message: key === "" ? "a line begins with `=`" : "a line must be KEY=value" };
}

interface Statement {
  /** The offset behind it. */
  readonly end: number;
  readonly line?: EnvLine;
}

function readLine(text: string, start: number, lookup: Lookup, problems: Problem[]): Statement {
  const end = lineEnd(text, start);
  const from = after(EXPORT, text, start);
  KEY.lastIndex = from;
  const key = KEY.exec(text)?.[1] ?? "";
  const at = after(KEY, text, from);
  if (key && at >= end) return { end, line: { key, value: undefined, offset: start } };
  if (!key || !/[=:]/.test(text[at] ?? "")) {
    const length = text.slice(start, end).trimEnd().length;
    problems.push({ message: "a line must be KEY=value", offset: start, length });
    return { end };
  }
  const value = after(BLANK, text, at + 1);
  const read = quoted(text, value) ?? unquoted(text, value, end);
  if (read.unterminated) {
    problems.push({ message: "the quote is not closed", offset: value, length: 1 });
    return { end: text.length };
  }
  const result = read.literal
    ? { text: read.value, problems: [] }
    : interpolate(read.value, lookup);
  for (const one of result.problems) problems.push({ ...one, offset: value + one.offset });
  return { end: read.end, line: { key, value: result.text, offset: start } };
}

interface Read {
  readonly value: string;
  readonly end: number;
  readonly literal?: boolean;
  readonly unterminated?: boolean;
}

function quoted(text: string, from: number): Read | undefined {
  const quote = text[from];
  if (quote !== '"' && quote !== "'") return undefined;
  let at = from + 1;
  while (at < text.length && text[at] !== quote) at += text[at] === "\\" ? 2 : 1;
  if (at >= text.length) return { value: "", end: text.length, unterminated: true };
  const inner = text.slice(from + 1, at);
  const end = at + 1;
  if (quote === "'") return { value: inner.replaceAll("\\'", "'"), end, literal: true };
  const value = inner.replace(/\\(0\d{0,3}|[\s\S])/g, (whole, escaped: string) =>
    escaped.startsWith("0") ? octal(whole, escaped) : (ESCAPES[escaped] ?? whole),
  );
  return { value, end };
}

/** `\0101` is a byte in octal digits. */
function octal(whole: string, digits: string): string {
  const code = /^0[0-7]{1,3}$/.test(digits) ? Number.parseInt(digits, 8) : 0;
  return code > 0 && code < 0x80 ? String.fromCharCode(code) : whole;
}

function unquoted(text: string, from: number, end: number): Read {
  const [value = ""] = text.slice(from, end).split(" #", 1);
  let length = value.length;
  while (length > 0 && IS_SPACE.test(value.charAt(length - 1))) length--;
  return { value: value.slice(0, length), end };
}
