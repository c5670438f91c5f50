import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

/*
 * Text on a terminal of so many columns. `Infinity` columns: the output is no terminal, and a line
 * stays whole, so that `grep` and scripts find in it what belongs together.
 */

/** Columns beside a heading that are too few to read in. */
const NARROW = 24;
const GAP = 2;

/** Colours and styles, as `Paint` writes them. */
const STYLES = /\u001b\[[\d;]*m/g;
const ASCII = /^[ -~]*$/;

/** Columns that a text takes: wide characters two, combining marks and colours none. */
export function widthOf(text: string): number {
  // Most text; the tables of Unicode are loaded for what is none alone.
  const bare = text.replace(STYLES, "");
  return ASCII.test(bare) ? bare.length : stringWidth(text);
}

export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** What of a text stands in these columns, and the first column of it: wide characters stay whole. */
export function between(text: string, from: number, to: number) {
  let at = 0;
  let first: number | undefined;
  let shown = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const end = at + widthOf(segment);
    if (at >= from && end <= to) {
      first ??= at;
      shown += segment;
    }
    at = end;
  }
  return { text: shown, from: first ?? at, cut: at > to };
}

/** Columns of a stream, as it has them now. */
export function columnsOf(stream: {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}): number {
  return stream.isTTY && stream.columns ? stream.columns : Number.POSITIVE_INFINITY;
}

/** Broken between words alone: a longer word keeps a line of its own. */
function wrapped(text: string, width: number): readonly string[] {
  if (widthOf(text) <= width) return [text];
  return wrapAnsi(text, Math.max(1, width)).split("\n");
}

/** A line that is wider than the terminal goes on below, two columns further in. */
export function flow(line: string, columns: number): readonly string[] {
  if (widthOf(line) <= columns) return [line];
  const [, indent = "", sign = ""] = /^( *)(# )?/.exec(line) ?? [];
  const below = indent + (sign || "  ");
  const [first = "", ...rest] = wrapped(
    line.slice(indent.length + sign.length),
    columns - below.length,
  );
  return [indent + sign + first, ...rest.map((text) => pushed(below, text, columns))];
}

/** Each line of a text as {@link flow} has it. */
export function flowed(text: string, columns: number): string {
  if (columns === Number.POSITIVE_INFINITY) return text;
  return text
    .split("\n")
    .flatMap((line) => flow(line, columns))
    .join("\n");
}

/** A text beside its heading, whose further lines begin below its first. */
export function hang(heading: string, text: string, columns: number): readonly string[] {
  const lead = /^ */.exec(text)?.[0] ?? "";
  const head = heading + lead;
  const room = columns - widthOf(head);
  const body = text.slice(lead.length);
  if (room < NARROW || longestWord(body) > room) return flow(heading + text, columns);
  const [first = "", ...rest] = wrapped(body, room);
  return [head + first, ...rest.map((line) => " ".repeat(widthOf(head)) + line)];
}

/** A word that does not fit behind its indentation has less of it. */
function pushed(indent: string, text: string, columns: number): string {
  const room = columns - widthOf(text);
  return (room < indent.length ? " ".repeat(Math.max(0, room)) : indent) + text;
}

interface Grid {
  readonly columns: number;
  /** Columns of the terminal before the first cell. */
  readonly indent?: number;
  /** Widths from which on a cell is wrapped, or, on no terminal, goes beyond its column. */
  readonly most?: readonly number[];
}

/**
 * Rows whose cells stand below each other. Where a row is wider than the terminal, its widest cells
 * are wrapped; what follows a word that is wider than its cell stands one line lower. Each row is
 * answered with its lines.
 */
export function gridLines(
  rows: readonly (readonly string[])[],
  { columns, indent = 0, most = [] }: Grid,
): readonly (readonly string[])[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const each = Array.from({ length: count }, (_, index) => rows.map((row) => row[index] ?? ""));
  const natural = each.map((cells, index) =>
    Math.min(most[index] ?? Number.POSITIVE_INFINITY, Math.max(0, ...cells.map(widthOf))),
  );
  const room = columns - indent - GAP * Math.max(0, count - 1);
  const words = each.map((cells, index) =>
    Math.min(natural[index] ?? 0, Math.max(0, ...cells.map(longestWord))),
  );
  const widths = shared(natural, words, room);
  return rows.map((row) => rowLines(row, widths, columns, indent));
}

/** The widest give way first: at best no word is wider than its cell. */
function shared(natural: readonly number[], words: readonly number[], room: number) {
  const capped = (widths: readonly number[], least: readonly number[]) => {
    const to = (level: number) =>
      widths.map((width, index) => Math.max(Math.min(width, level), least[index] ?? 0));
    let level = Math.max(0, ...widths);
    while (level > 0 && sum(to(level)) > room) level--;
    return to(level);
  };
  if (sum(natural) <= room) return natural;
  const fitting = capped(natural, words);
  return sum(fitting) <= room ? fitting : capped(words, []);
}

function rowLines(
  row: readonly string[],
  widths: readonly number[],
  columns: number,
  indent: number,
): readonly string[] {
  const lines: string[] = [];
  let block: string[] = [];
  let at = indent;
  row.forEach((cell, index) => {
    const width = widths[index] ?? 0;
    const parts = columns === Number.POSITIVE_INFINITY ? [cell] : wrapped(cell, width);
    const widest = Math.max(...parts.map(widthOf));
    const from = Math.max(0, Math.min(at, columns - widest));
    if (cell !== "") {
      const taken = block.some((line) => widthOf(line) > Math.max(0, from - GAP));
      if (taken && columns !== Number.POSITIVE_INFINITY) {
        lines.push(...block);
        block = [];
      }
      parts.forEach((part, line) => {
        const before = block[line] ?? "";
        const beyond = widthOf(before) > Math.max(0, from - GAP);
        block[line] = (beyond ? before + " ".repeat(GAP) : padded(before, from)) + part;
      });
    }
    at += width + GAP;
  });
  return [...lines, ...block].map((line) => line.trimEnd());
}

function longestWord(text: string): number {
  return Math.max(0, ...text.split(" ").map(widthOf));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
