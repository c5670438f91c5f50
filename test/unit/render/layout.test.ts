import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../../src/cli/command-list.ts";
import { commandHelp, overview } from "../../../src/cli/help.ts";
import { diagnosticsText } from "../../../src/render/text/diagnostics.ts";
import { planText } from "../../../src/render/text/plan.ts";
import { tableText } from "../../../src/render/text/table.ts";
import { type Paint, paint } from "../../../src/render/words/colors.ts";
import { flow, gridLines, hang, widthOf } from "../../../src/render/words/layout.ts";
import { everything, plan, step } from "./fixtures.ts";

const WIDTHS = [40, 60, 80, 120];
const whole = Number.POSITIVE_INFINITY;
const terminal = (columns: number, colour = false): Paint =>
  paint(colour, { isTTY: true, columns });

const LETTERS = ["a", "b", "-", "/", "ü", "e\u0301", "漢", "字", "🙂", "👩‍🚀", "👍🏽"];
const word = fc.array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength: 30 }).map(joined);
const words = fc.array(word, { minLength: 1, maxLength: 12 }).map((list) => list.join(" "));
const columns = fc.integer({ min: 30, max: 130 });

function joined(letters: readonly string[]): string {
  return letters.join("");
}

/** No line is wider than the terminal, unless it is a single word. */
function expectFit(lines: readonly string[], width: number): void {
  for (const line of lines)
    if (widthOf(line) > width) expect(line.trim(), `${width} columns: ${line}`).not.toContain(" ");
}

// The wrapping composes characters: é is written as one.
const wordsOf = (text: string): readonly string[] => text.normalize().split(/\s+/).filter(Boolean);

describe("a line", () => {
  test("is as wide as it looks", () => {
    expect(["web", "漢字", "e\u0301", "👩‍🚀", "\u001b[1mweb\u001b[22m"].map(widthOf)).toEqual([
      3, 4, 1, 2, 3,
    ]);
  });

  test("goes on two columns further in, or behind its comment sign", () => {
    expect(flow("  one two three", 11)).toEqual(["  one two", "    three"]);
    expect(flow("  # one two three", 11)).toEqual(["  # one two", "  # three"]);
  });

  test("hangs below its first word beside a heading, where there is room", () => {
    const value = "one two three four five six";
    expect(hang("name = ", value, 31)).toEqual(["name = one two three four five", "       six"]);
    expect(hang("a rather long name = ", value, 31)).toEqual([
      "a rather long name = one two",
      "  three four five six",
    ]);
  });

  test("stays whole where there is no terminal", () => {
    const long = "word ".repeat(100).trim();
    expect(flow(long, whole)).toEqual([long]);
    expect(hang("x ", long, whole)).toEqual([`x ${long}`]);
  });

  test("keeps all of its words, in their order, and fits", () => {
    fc.assert(
      fc.property(words, words, columns, (heading, text, width) => {
        for (const lines of [flow(`  ${text}`, width), hang(`${heading} `, text, width)])
          expectFit(lines, width);
        expect(wordsOf(flow(`  ${text}`, width).join("\n"))).toEqual(wordsOf(text));
        expect(wordsOf(hang(`${heading} `, text, width).join("\n"))).toEqual(
          wordsOf(`${heading} ${text}`),
        );
      }),
    );
  });
});

describe("a table", () => {
  const rows = fc.array(fc.array(words, { minLength: 3, maxLength: 3 }), {
    minLength: 1,
    maxLength: 6,
  });

  test("fits, and keeps all of its words", () => {
    fc.assert(
      fc.property(rows, columns, (cells, width) => {
        const lines = gridLines(cells, { columns: width, indent: 2 });
        expectFit(lines.flat(), width);
        lines.forEach((row, index) => {
          const found = row.flatMap(wordsOf).toSorted();
          expect(found).toEqual((cells[index] ?? []).flatMap(wordsOf).toSorted());
        });
      }),
    );
  });

  test("has its cells below each other, whatever they are written in", () => {
    const cells = [
      ["web", "nginx"],
      ["漢字", "redis"],
      ["👩‍🚀 e\u0301", "postgres"],
    ];
    for (const width of [...WIDTHS, whole]) {
      const lines = gridLines(cells, { columns: width }).flat();
      const at = lines.map((line, index) => widthOf(line.split(cells[index]?.[1] ?? "")[0] ?? ""));
      expect(new Set(at).size, lines.join("\n")).toBe(1);
    }
  });

  test("wraps its widest cells first", () => {
    const shown = tableText(
      ["NAME", "ABOUT"],
      [["web", "one two three four five six seven"]],
      terminal(24),
    );
    expect(shown).toBe("NAME  ABOUT\nweb   one two three four\n      five six seven\n");
  });

  test("goes on below a word that is wider than its column, and cuts nothing", () => {
    const image = `registry.example.com/${"team/".repeat(8)}web:1.2.3`;
    const shown = tableText(
      ["ADDRESS", "IMAGE", "STATE"],
      [
        ["container.web", image, "running"],
        ["container.db", "postgres:17", "running"],
      ],
      terminal(60),
    );
    const lines = shown.split("\n");
    const place = lines[0]?.indexOf("STATE");
    expect(shown).toContain(image);
    expect(lines.filter((line) => line.indexOf("running") === place)).toHaveLength(2);
  });

  test("is one line a row where there is no terminal", () => {
    const cells = [["a".repeat(200), "b ".repeat(100).trim()]];
    expect(gridLines(cells, { columns: whole })).toEqual([[`${cells[0]?.[0]}  ${cells[0]?.[1]}`]]);
  });
});

describe.each(WIDTHS)("at %i columns", (width) => {
  test.each([false, true])("a plan fits (in colours: %s)", (colour) => {
    const shown = planText(everything, terminal(width, colour)).split("\n");
    expectFit(shown, width);
  });

  test("help fits", () => {
    for (const text of [overview(width), ...COMMANDS.map((each) => commandHelp(each, width))])
      expectFit(text.split("\n"), width);
  });

  test("the caret stands below its text, with wide characters before it", () => {
    const source = `${"漢字 ".repeat(20)}HERE ${"e\u0301".repeat(90)}`;
    const place = { file: "stack.yaml", line: 1, column: source.indexOf("HERE") + 1 };
    const shown = diagnosticsText(
      [
        {
          severity: "error",
          code: "syntax",
          message: "this is wrong ".repeat(12).trim(),
          place,
          length: 4,
        },
      ],
      new Map([["stack.yaml", source]]),
      terminal(width),
      (text) => text,
    );
    const lines = shown.split("\n");
    const line = lines.find((each) => each.includes("HERE")) ?? "";
    const caret = lines.find((each) => each.includes("^~~~")) ?? "";
    expect(widthOf(line.slice(0, line.indexOf("HERE")))).toBe(caret.indexOf("^"));
    expectFit(lines, width);
  });
});

test("the reasons of steps stand below each other, and rollback steps are numbered", () => {
  const container = { name: "shop-web-1" };
  const back = [
    step(
      11,
      "container.web",
      { operation: "container.stop", container, timeout: 10 },
      "it has failed",
    ),
    step(
      12,
      "container.web",
      { operation: "container.rename", container, to: "shop-web-1" },
      "it goes back",
    ),
  ];
  const proof = step(
    1,
    "container.web",
    { operation: "container.wait", container, condition: "healthy", onFailure: [11, 12] } as never,
    "what depends on it waits until it is healthy, and that takes as long as it takes",
  );
  const shown = planText(plan({ ...everything, steps: [proof], rollback: back }), terminal(80));
  expect(shown).toContain("\nIf it fails:\n  container.web\n    1. stop shop-web-1");
  expect(shown).toContain("\n    2. rename shop-web-1");
  const at = shown.split("\n").flatMap((line) => {
    const index = line.search(/it (has failed|goes back)/);
    return index < 0 ? [] : [index];
  });
  expect(new Set(at).size).toBe(1);
});

test("a width is that of the tables of Unicode, also where it is told without them", () => {
  const styled = fc
    .tuple(fc.string(), fc.string({ unit: "grapheme" }))
    .map(([one, other]) => `\u001b[1m${one}\u001b[0m ${other}\u001b[38;5;4m!`);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), styled), (text) => {
      expect(widthOf(text)).toBe(stringWidth(text));
    }),
  );
});
