import { expect, test } from "vitest";
import { redacting } from "../../../src/attributes/secrets/redactor.ts";
import type { Diagnostic } from "../../../src/model/diagnostic.ts";
import { diagnosticsText } from "../../../src/render/text/diagnostics.ts";
import { paint } from "../../../src/render/words/colors.ts";

const plain = paint(false);
const text = "name: shop\ncontainers:\n  web:\n\thelthcheck: {}\n";

function error(
  message: string,
  line: number,
  column: number,
  more: Partial<Diagnostic> = {},
): Diagnostic {
  const place = { file: "stack.yaml", line, column };
  return { severity: "error", code: "syntax", message, place, ...more };
}

function show(diagnostics: Diagnostic[], source = text, secrets: string[] = []): string {
  return diagnosticsText(diagnostics, new Map([["stack.yaml", source]]), plain, redacting(secrets));
}

test("place, message, line, caret, hint; tabs are as wide as they look", () => {
  const hint = "did you mean `healthcheck`?";
  expect(show([error("unknown attribute", 4, 2, { hint, length: 10 })])).toBe(
    [
      "stack.yaml:4:2: error: unknown attribute",
      "    4 |     helthcheck: {}",
      "      |     ^~~~~~~~~~",
      "      hint: did you mean `healthcheck`?",
      "1 error.",
      "",
    ].join("\n"),
  );
});

test("a long line is cut around the place", () => {
  const source = `${"a".repeat(150)}HERE${"b".repeat(150)}`;
  const [, line = "", caret = ""] = show([error("x", 1, 151, { length: 4 })], source).split("\n");
  expect(line.length).toBeLessThan(115);
  expect(line.slice(caret.indexOf("^"), caret.indexOf("^") + 4)).toBe("HERE");
  expect(caret.trimEnd().endsWith("^~~~")).toBe(true);
});

test("control characters of the source are shown as such", () => {
  const [, line = "", caret = ""] = show([error("x", 1, 4)], "a: \u001b[2Jb").split("\n");
  expect(line).toBe("    1 | a: ?[2Jb");
  expect(caret.indexOf("^")).toBe(line.indexOf("?"));
});

test("errors come first, and at most twenty", () => {
  const warning: Diagnostic = { severity: "warning", code: "syntax", message: "hm" };
  const many = Array.from({ length: 25 }, (_, index) => error(`e${index}`, 1, 1));
  const shown = show([warning, ...many]);
  expect(shown.indexOf("e0")).toBeLessThan(shown.indexOf("warning: hm"));
  expect(shown).toContain("… and 5 more");
  expect(shown).toContain("25 errors.");
  expect(shown).not.toContain("e20");
});

test("without a place or a known line there is no excerpt", () => {
  expect(show([{ severity: "error", code: "syntax", message: "no file" }])).toBe(
    "error: no file\n1 error.\n",
  );
  expect(show([error("gone", 99, 1)])).toBe("stack.yaml:99:1: error: gone\n1 error.\n");
});
