import type { Paint } from "../words/colors.ts";
import { gridLines } from "../words/layout.ts";
import { sanitize } from "../words/sanitize.ts";

/** Rows in aligned columns under their titles. A column in which nothing stands is left out. */
export function tableText(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  { strong, columns }: Paint,
): string {
  const clean = rows.map((row) => row.map((cell) => sanitize(cell)));
  const kept = titles.map((_, column) => clean.some((row) => (row[column] ?? "") !== ""));
  const shown = [titles.map(strong), ...clean].map((row) =>
    row.filter((_, column) => kept[column]),
  );
  return gridLines(shown, { columns })
    .flat()
    .map((line) => `${line}\n`)
    .join("");
}

/** `12 seconds ago`, `3 hours ago`. */
export function ago(ms: number): string {
  const steps: readonly (readonly [number, string])[] = [
    [86_400_000, "day"],
    [3_600_000, "hour"],
    [60_000, "minute"],
    [1000, "second"],
  ];
  for (const [unit, name] of steps) {
    const count = Math.floor(ms / unit);
    if (count >= 1) return `${count} ${name}${count === 1 ? "" : "s"} ago`;
  }
  return "now";
}
