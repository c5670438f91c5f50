import { mask } from "../../attributes/secrets/sensitive.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { cut, sanitize } from "../words/sanitize.ts";

/** How two values differ, line by line; ` ` marks what both have. */
export interface Line {
  readonly sign: "+" | "-" | " ";
  readonly text: string;
}

/** A value on one line, as a person would write it in YAML's flow style; masked and printable. */
export function inline(value: Json | undefined): string {
  return cut(write(mask(value) ?? null), 500);
}

function write(value: Json): string {
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => write(item)).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value as JsonObject).filter(([, item]) => item !== undefined);
    if (entries.length === 0) return "{}";
    return `{ ${entries.map(([key, item]) => `${sanitize(key)}: ${write(item ?? null)}`).join(", ")} }`;
  }
  return String(value);
}

/** Line ends stay visible as `\n`; everything else that could steer a terminal goes. */
function quote(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `"${sanitize(escaped.replaceAll("\n", "\\n").replaceAll("\t", "\\t"))}"`;
}

/** A list or a text of several lines is shown item by item once it no longer fits one line. */
export function parts(value: Json | undefined): readonly string[] | undefined {
  const masked = mask(value);
  if (Array.isArray(masked)) return masked.map((item: Json) => cut(write(item), 500));
  if (typeof masked !== "string" || !masked.trimEnd().includes("\n")) return undefined;
  return masked.split("\n").map((line) => sanitize(line.replaceAll("\t", "  ")));
}

/** Beyond this many items the comparison (time and space grow with the product) is not worth it. */
const LIMIT = 400;

/** The shortest edit from one list of lines to another (longest common subsequence). */
export function difference(before: readonly string[], after: readonly string[]): Line[] {
  if (before.length > LIMIT || after.length > LIMIT) {
    return [...signed("-", before), ...signed("+", after)];
  }
  const common = lengths(before, after);
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      lines.push({ sign: " ", text: before[i] ?? "" });
      i++;
      j++;
    } else if ((common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0)) {
      lines.push({ sign: "-", text: before[i++] ?? "" });
    } else {
      lines.push({ sign: "+", text: after[j++] ?? "" });
    }
  }
  return [...lines, ...signed("-", before.slice(i)), ...signed("+", after.slice(j))];
}

function signed(sign: "+" | "-", texts: readonly string[]): Line[] {
  return texts.map((text) => ({ sign, text }));
}

function lengths(before: readonly string[], after: readonly string[]): number[][] {
  const table = before.map(() => new Array<number>(after.length + 1).fill(0));
  table.push(new Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i--) {
    const row = table[i] ?? [];
    const below = table[i + 1] ?? [];
    for (let j = after.length - 1; j >= 0; j--) {
      row[j] =
        before[i] === after[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}

/** Leaves at most `around` unchanged lines beside each changed one; counts the hidden. */
export function condense(lines: readonly Line[], around = 2): (Line | number)[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ sign }) => sign !== " "),
  );
  const result: (Line | number)[] = [];
  lines.forEach((line, index) => {
    if (near[index]) result.push(line);
    else if (typeof result.at(-1) === "number")
      result[result.length - 1] = Number(result.at(-1)) + 1;
    else result.push(1);
  });
  return result;
}
