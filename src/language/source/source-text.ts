import type { Place } from "../../model/stack.ts";

/** A place and the length of what stands there: what a caret underlines. */
export interface Span extends Place {
  readonly length: number;
}

/** A decoded file and the offset at which each of its lines begins. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: readonly number[];
}

export function source(file: string, text: string): Source {
  const lines = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines.push(at + 1);
  return { file, text, lines };
}

/** The span from `start` to `end`, ending with its first line at the latest. */
export function span(from: Source, start: number, end: number): Span {
  let low = 0;
  let high = from.lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((from.lines[middle] ?? 0) <= start) low = middle;
    else high = middle - 1;
  }
  const newline = from.text.indexOf("\n", start);
  const last = newline === -1 ? end : Math.min(end, newline);
  const length = from.text.slice(start, last).trimEnd().length;
  const column = start - (from.lines[low] ?? 0) + 1;
  return { file: from.file, line: low + 1, column, length: Math.max(1, length) };
}
