import fc from "fast-check";
import { expect, test } from "vitest";
import { ago, tableText } from "../../../src/render/text/table.ts";
import { condense, difference, inline } from "../../../src/render/text/values.ts";
import { paint } from "../../../src/render/words/colors.ts";
import { elapsed, size } from "../../../src/render/words/quantities.ts";

test("values on one line", () => {
  expect(inline({ a: [1, "x\ny", null], b: true })).toBe('{ a: [1, "x\\ny", null], b: true }');
  expect(inline({})).toBe("{}");
});

test("a difference leads from the one to the other", () => {
  const lists = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });
  fc.assert(
    fc.property(lists, lists, (before, after) => {
      const lines = difference(before, after);
      const side = (sign: string) =>
        lines.filter((line) => line.sign !== sign).map(({ text }) => text);
      expect(side("+")).toEqual(before);
      expect(side("-")).toEqual(after);
    }),
  );
});

test("what is unchanged is condensed", () => {
  const before = Array.from({ length: 9 }, (_, index) => String(index));
  const lines = condense(difference(before, before.with(8, "x")));
  expect(lines[0]).toBe(6);
  expect(lines).toHaveLength(5);
});

test("durations, sizes, ages", () => {
  expect([40, 9949, 12_000, 125_000].map(elapsed)).toEqual(["0.0 s", "9.9 s", "12 s", "2 min 5 s"]);
  expect([0, 999, 1500, 123_456_789].map(size)).toEqual(["0 B", "999 B", "1.5 kB", "123 MB"]);
  expect([10, 1000, 7_200_000].map(ago)).toEqual(["now", "1 second ago", "2 hours ago"]);
});

test("a table leaves out empty columns", () => {
  expect(
    tableText(
      ["A", "B", "C"],
      [
        ["1", "", "333"],
        ["22", "", "4"],
      ],
      paint(false),
    ),
  ).toBe("A   C\n1   333\n22  4\n");
});
