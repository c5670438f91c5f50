import fc from "fast-check";
import { expect, test } from "vitest";
import { Report } from "../../../../src/language/source/diagnostics.ts";
import { source } from "../../../../src/language/source/source-text.ts";
import { interpolate } from "../../../../src/language/variables/interpolate.ts";
import { merge } from "../../../../src/language/yaml/merge.ts";
import { parse } from "../../../../src/language/yaml/parse.ts";
import { type Mapping, plain } from "../../../../src/language/yaml/tree.ts";
import { loaded } from "../support.ts";

const nothing = () => undefined;

test("text without a dollar is its own interpolation", () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !text.includes("$")),
      (text) => {
        expect(interpolate(text, nothing)).toEqual({ text, problems: [] });
      },
    ),
  );
});

test("doubled dollars are text", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { text: result, problems } = interpolate(text.replaceAll("$", "$$$$"), nothing);
      expect([result, problems]).toEqual([text, []]);
    }),
  );
});

test("interpolation never throws, and its problems lie within the text", () => {
  const pieces = fc.constantFrom("$", "{", "}", "$$", "${", "X", "NO", ":-", "?", "+", " ", "a");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
      const text = parts.join("");
      const { problems } = interpolate(text, (name) =>
        name === "X" ? { text: "x", empty: false } : undefined,
      );
      for (const { offset, length } of problems) {
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset + length).toBeLessThanOrEqual(text.length);
      }
    }),
    { numRuns: 2000 },
  );
});

test("loading never throws on any text, and every error has its place in it", () => {
  const words = [
    "containers:",
    "  web:",
    "\n",
    "  ",
    "- ",
    "image: a",
    "{",
    "}",
    "[",
    "]",
    "&a",
    " *a",
    "<<: ",
    "$X",
    "!reset ",
    "'",
    '"',
    "|",
    "1",
    "\t",
    "ports: ",
    "variables:",
    "#",
    "---",
  ];
  const yamlish = fc
    .array(fc.constantFrom(...words), { maxLength: 25 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" }), yamlish), (text) => {
      const { diagnostics, stack } = loaded({ "stack.yaml": text });
      expect(stack !== undefined || diagnostics.some(({ severity }) => severity === "error")).toBe(
        true,
      );
      for (const { place } of diagnostics) {
        const line = text.replace(/^\uFEFF/, "").split("\n")[(place?.line ?? 1) - 1];
        expect(place === undefined || line !== undefined).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

const tree = (value: unknown): Mapping => {
  const root = parse(source("a.yaml", JSON.stringify(value)), new Report());
  if (!root) throw new Error("no map");
  return root;
};
/* A key is always a map's or always a value's: a value between two maps is no merge of maps. */
const leaf = fc.oneof(fc.integer(), fc.constantFrom("x", "y"), fc.boolean());
const map = fc.letrec((tie) => ({
  node: fc.record(
    {
      a: leaf,
      b: leaf,
      c: fc.option(tie("node"), { maxDepth: 3 }),
      d: fc.option(tie("node"), { maxDepth: 3 }),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
})).node;

test("merging maps is associative, and a file merged with itself is itself", () => {
  const report = new Report();
  const both = (a: Mapping, b: Mapping) => merge([a, b], report);
  fc.assert(
    fc.property(map, map, map, (x, y, z) => {
      const [a, b, c] = [tree(x), tree(y), tree(z)] as const;
      expect(plain(both(both(a, b), c))).toEqual(plain(both(a, both(b, c))));
      expect(plain(both(a, a))).toEqual(plain(a));
    }),
  );
});
