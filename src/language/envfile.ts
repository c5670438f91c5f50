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

const KEY = /(?:export[ \t]+)?([\w.\-[\]]+)[ \t]*/y;
const ESCAPES: Record<string, string> = {
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
};

/**
 * Compose's format of environment files: `#` comments, `export`, `=` or `:`, unquoted and
 * double-quoted values interpolated (a lookup falls back to earlier keys), single-quoted taken as
 * they are, quoted values over several lines.
 */
export function readEnvFile(text: string, lookup: Lookup): EnvFile {
  const lines: EnvLine[] = [];
  const problems: Problem[] = [];
  const known: Lookup = (name) => lookup(name) ?? earlier(lines, name);
  let at = 0;
  while (at < text.length) {
    const blank = /(?:[ \t\r\n]|#[^\n]*)*/y;
    blank.lastIndex = at;
    at += blank.exec(text)?.[0].length ?? 0;
    if (at >= text.length) break;
    at = readLine(text, at, known, lines, problems);
  }
  return { lines, problems };
}

/** `docker run --env-file`: no quotes, no interpolation. */
export function readRawEnvFile(text: string): EnvFile {
  const lines: EnvLine[] = [];
  const problems: Problem[] = [];
  for (const match of text.matchAll(/[^\r\n]+/g)) {
    const line = match[0].trimStart();
    const offset = match.index + match[0].length - line.length;
    if (line === "" || line.startsWith("#")) continue;
    const [key = ""] = line.split("=", 1);
    if (key === "" || /\s/.test(key))
      problems.push({ ...badKey(key), offset, length: line.length });
    else lines.push({ key, value: key === line ? undefined : line.slice(key.length + 1), offset });
  }
  return { lines, problems };
}

function earlier(lines: readonly EnvLine[], name: string) {
  const found = lines.findLast((line) => line.key === name)?.value;
  return found === undefined ? undefined : { text: found, empty: found === "" };
}

function badKey(key: string): { message: string } {
  return { message: key === "" ? "a line begins with `=`" : "a line must be KEY=value" };
}

/** Reads one assignment, and returns the offset behind it. */
function readLine(
  text: string,
  start: number,
  lookup: Lookup,
  lines: EnvLine[],
  problems: Problem[],
): number {
  const newline = text.indexOf("\n", start);
  const end = newline === -1 ? text.length : newline;
  KEY.lastIndex = start;
  const match = KEY.exec(text);
  const key = match?.[1] ?? "";
  const at = start + (match?.[0].length ?? 0);
  const separator = text[at] ?? "\n";
  if (key && /[\r\n#]/.test(separator)) {
    lines.push({ key, value: undefined, offset: start });
    return end;
  }
  if (!key || !/[=:]/.test(separator)) {
    const length = text.slice(start, end).trimEnd().length;
    problems.push({ message: "a line must be KEY=value", offset: start, length });
    return end;
  }
  const from = at + 1 + (/^[ \t]*/.exec(text.slice(at + 1, end))?.[0].length ?? 0);
  const read = quoted(text, from) ?? unquoted(text, from, end);
  if (read.unterminated) {
    problems.push({ message: "the quote is not closed", offset: from, length: 1 });
    return text.length;
  }
  const result = read.literal
    ? { text: read.value, problems: [] }
    : interpolate(read.value, lookup);
  for (const one of result.problems) problems.push({ ...one, offset: from + one.offset });
  lines.push({ key, value: result.text, offset: start });
  return read.end;
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
  const rest = text.indexOf("\n", at);
  const end = rest === -1 ? text.length : rest;
  if (quote === "'") return { value: inner.replaceAll("\\'", "'"), end, literal: true };
  return { value: inner.replace(/\\([\s\S])/g, unescaped), end };
}

/** An escaped dollar stays one through interpolation. */
function unescaped(whole: string, letter: string): string {
  if (letter === "$") return "$$";
  return ESCAPES[letter] ?? (/["\\]/.test(letter) ? letter : whole);
}

function unquoted(text: string, from: number, end: number): Read {
  const line = text.slice(from, end).replace(/(^|[ \t])#.*$/, "");
  return { value: line.trimEnd(), end };
}
