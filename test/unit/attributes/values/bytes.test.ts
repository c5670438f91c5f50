import fc from "fast-check";
import { expect, test } from "vitest";
import { tokensIn } from "../../../../src/attributes/secrets/sensitive.ts";
import { bytesOf, isBinary, textOf } from "../../../../src/attributes/values/binary-text.ts";

const someBytes = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  // Near UTF-8: sequences of tokens' marks, surrogates, overlong and cut-off ones among the valid.
  fc
    .array(
      fc.constantFrom(
        [0xee, 0x80, 0x80],
        [0xee, 0x80, 0x81],
        [0xed, 0xb2, 0x80],
        [0xc0, 0x80],
        [0xf4, 0x90, 0x80, 0x80],
        [0xf0, 0x9f, 0x91],
        [0xf0, 0x9f, 0x91, 0x80],
        [0xef, 0xbb, 0xbf],
        [0],
        [0x61],
        [0xff],
      ),
    )
    .map((parts) => Uint8Array.from(parts.flat())),
);

test("bytes come back as they were, through JSON too, and never hold a token", () => {
  fc.assert(
    fc.property(someBytes, (bytes) => {
      const text = textOf(bytes);
      expect([...bytesOf(text)]).toEqual([...bytes]);
      expect(JSON.parse(JSON.stringify(text))).toBe(text);
      expect(tokensIn(text)).toEqual([]);
    }),
  );
});

test("UTF-8 is its own text", () => {
  for (const text of ["", "plain\n", "π 👀\u{1f480}", "\uFEFFwith a mark"]) {
    expect(textOf(new TextEncoder().encode(text))).toBe(text);
    expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOf(text))).toBe(text);
    expect(isBinary(text)).toBe(false);
  }
  expect(isBinary(textOf(Uint8Array.from([0xff])))).toBe(true);
});
