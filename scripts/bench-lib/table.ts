import type { Figures, Row } from "./result.ts";

const HEADS = [
  "what",
  "N",
  "stack ms",
  "waiting ms",
  "compose ms",
  "floor ms",
  "of compose",
  "of floor",
  "mark",
  "",
  "cpu ms",
  "calls",
  "peak MiB",
];

/** Three figures in a cell are those of stack, compose and the floor. */
function cells(row: Row): string[] {
  const { stack, compose, floor, mark, passed } = row;
  const times = (other: Figures | undefined) => (other ? ratioText(stack.wall / other.wall) : "");
  const three = (of: (figures: Figures) => number | undefined) => {
    const texts = [stack, compose, floor].map((each) => {
      const value = each && of(each);
      return value === undefined ? "–" : value.toFixed(0);
    });
    return texts.every((text) => text === "–") ? "" : texts.join(" / ");
  };
  const verdict = passed === undefined ? "" : passed ? "pass" : "FAIL";
  return [
    row.what,
    row.containers === undefined ? "" : String(row.containers),
    milliseconds(stack),
    milliseconds(row.waiting),
    milliseconds(compose),
    milliseconds(floor),
    times(compose),
    times(floor),
    mark === undefined ? "" : `≤ ${ratioText(mark)}`,
    verdict,
    three(({ cpu }) => cpu),
    three(({ calls }) => calls),
    three(({ memory }) => memory),
  ];
}

const ratioText = (ratio: number): string => ratio.toFixed(2);
const milliseconds = (figures: Figures | undefined): string => figures?.wall.toFixed(0) ?? "";

export function plainTable(rows: readonly Row[]): string {
  const all = [HEADS, ...rows.map(cells)];
  const widths = HEADS.map((_, column) =>
    Math.max(...all.map((line) => line[column]?.length ?? 0)),
  );
  const padded = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return all.map((line) => line.map(padded).join("  ").trimEnd()).join("\n");
}

export function markdownTable(rows: readonly Row[]): string {
  const line = (texts: readonly string[]) => `| ${texts.join(" | ")} |`;
  const rule = HEADS.map((_, column) => (column === 0 ? "---" : "--:"));
  return [line(HEADS), line(rule), ...rows.map((row) => line(cells(row)))].join("\n");
}
