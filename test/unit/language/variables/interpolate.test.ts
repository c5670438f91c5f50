import { describe, expect, test } from "vitest";
import { interpolate, references, sole } from "../../../../src/language/variables/interpolate.ts";

const SET: Record<string, string> = {
  X: "x",
  Y: "y",
  EMPTY: "",
  lower: "l",
  _u1: "u",
  URL: "a:b-c?d",
};
const run = (text: string) =>
  interpolate(text, (name) => {
    const value = SET[name];
    return value === undefined ? undefined : { text: value, empty: value === "" };
  });

describe("values", () => {
  test.each([
    ["plain", "plain"],
    ["", ""],
    ["$X", "x"],
    ["${X}", "x"],
    ["$X$Y", "xy"],
    ["$X-$Y", "x-y"],
    ["a${X}b", "axb"],
    ["$lower", "l"],
    ["$_u1", "u"],
    ["${EMPTY}", ""],
    ["$$", "$"],
    ["$$X", "$X"],
    ["$$$X", "$x"],
    ["$$$$", "$$"],
    ["$${X}", "${X}"],
    ["cost: 5$", "cost: 5$"],
    ["$ X", "$ X"],
    ["$1", "$1"],
    ["$(pwd)", "$(pwd)"],
    ["a$.b", "a$.b"],
    ["${X:-d}", "x"],
    ["${EMPTY:-d}", "d"],
    ["${NO:-d}", "d"],
    ["${NO:-}", ""],
    ["${X-d}", "x"],
    ["${EMPTY-d}", ""],
    ["${NO-d}", "d"],
    ["${NO-}", ""],
    ["${X:+w}", "w"],
    ["${EMPTY:+w}", ""],
    ["${NO:+w}", ""],
    ["${X+w}", "w"],
    ["${EMPTY+w}", "w"],
    ["${NO+w}", ""],
    ["${X:?bad}", "x"],
    ["${EMPTY?bad}", ""],
    ["${NO:-${X}}", "x"],
    ["${NO:-${ALSO:-deep}}", "deep"],
    ["${NO:-$X and ${Y}}!", "x and y!"],
    ["${X:-${NO}}", "x"],
    ["${X:+${Y:-z}}", "y"],
    ["${NO:-a:-b}", "a:-b"],
    ["${NO-:?x}", ":?x"],
    ["${NO:-$$5}", "$5"],
    ["${NO:-a/b c}", "a/b c"],
    ['${NO:-{"k":1}}', '{"k":1}'],
    ["${URL}/x", "a:b-c?d/x"],
    ["${NO:-\n}", "\n"],
  ])("%s is %j", (text, expected) => {
    expect(run(text)).toEqual({ text: expected, problems: [] });
  });
});

describe("problems", () => {
  test.each([
    ["$NO", "`NO` is not set", 0, 3],
    ["a ${NO} b", "`NO` is not set", 2, 5],
    ["${NO:?}", "`NO` is not set", 0, 7],
    ["${NO:?say $X}", "`NO` is not set: say x", 0, 13],
    ["${NO?why}", "`NO` is not set: why", 0, 9],
    ["${EMPTY:?why}", "`EMPTY` is empty: why", 0, 13],
    ["${NO:-${ALSO}}", "`ALSO` is not set", 6, 7],
    ["${}", "this is no reference to a variable: write ${NAME}, or $$ for a dollar", 0, 3],
    ["${1}", "this is no reference to a variable: write ${NAME}, or $$ for a dollar", 0, 4],
    ["${X!y}", "this is no reference to a variable: write ${NAME}, or $$ for a dollar", 0, 6],
    ["${ X }", "this is no reference to a variable: write ${NAME}, or $$ for a dollar", 0, 6],
    ["ab${X", "this is no reference to a variable: its brace is not closed", 2, 3],
  ])("%s", (text, message, offset, length) => {
    expect(run(text).problems).toEqual([expect.objectContaining({ message, offset, length })]);
  });

  test("all are told at once", () => {
    expect(run("$A ${B} ${C:?c}").problems).toHaveLength(3);
  });
});

test("references are found whether or not they are needed", () => {
  expect(references("$A ${B:-${C}} $$D ${E:+$F}")).toEqual(["A", "B", "C", "E", "F"]);
});

test.each([
  ["$X", "X"],
  ["${X}", "X"],
  ["${X:-a}", undefined],
  ["a$X", undefined],
  ["$$X", undefined],
])("%s alone is %s", (text, name) => {
  expect(sole(text)).toBe(name);
});
