import { expect, test } from "vitest";
import { wantsColour } from "../../../src/render/words/colors.ts";
import { cut, sanitize } from "../../../src/render/words/sanitize.ts";

test.each([
  ["plain text", "plain text"],
  ["\u001b[31mred\u001b[0m", "red"],
  ["\u001b]8;;http://x\u0007link\u001b]8;;\u001b\\", "link"],
  ["\u009b2Jx", "x"],
  ["a\u0000b\u007fc\u0085d", "abcd"],
  ["a\r\nb\tc", "a b c"],
  ["\u202eabc\u2066", "abc"],
  ["\u001bP1;2|payload\u001b\\x", "x"],
  ["\u001b", ""],
  ["naïve 日本 🎉", "naïve 日本 🎉"],
])("%j becomes %j", (text, shown) => expect(sanitize(text)).toBe(shown));

test("what is long is cut, and never within a character", () => {
  expect(sanitize("x".repeat(600))).toHaveLength(500);
  expect(cut("🎉🎉🎉", 4)).toBe("🎉…");
});

test("colour: the flag, then NO_COLOR, then FORCE_COLOR, then the terminal", () => {
  const tty = { isTTY: true };
  expect(wantsColour({}, tty, false)).toBe(true);
  expect(wantsColour({}, tty, true)).toBe(false);
  expect(wantsColour({ NO_COLOR: "1", FORCE_COLOR: "1" }, tty, false)).toBe(false);
  expect(wantsColour({ FORCE_COLOR: "1" }, {}, false)).toBe(true);
  expect(wantsColour({ FORCE_COLOR: "0" }, tty, false)).toBe(false);
  expect(wantsColour({ TERM: "dumb" }, tty, false)).toBe(false);
  expect(wantsColour({}, {}, false)).toBe(false);
});
