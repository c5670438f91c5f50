import { expect, test } from "vitest";
import {
  BadPattern,
  ignore,
  type Matched,
} from "../../../../src/engine/build-context/dockerignore.ts";

/** As the walk asks: folder by folder. */
function isIgnored(rules: string, path: string): boolean {
  const { match, ignored } = ignore(rules);
  let matched: Matched = [];
  const parts = path.split("/");
  for (const index of parts.keys()) matched = match(parts.slice(0, index + 1).join("/"), matched);
  return ignored(matched);
}

/* The examples are those of the Dockerfile reference, and of Go's filepath.Match. */
test.each<[rules: string, ignored: readonly string[], kept: readonly string[]]>([
  ["", [], ["a", "a/b"]],
  ["# comment", [], ["# comment", "comment"]],
  [" # none", ["# none"], []],
  ["*/temp*", ["somedir/temporary.txt", "somedir/temp"], ["temp", "a/b/temp"]],
  ["*/*/temp*", ["somedir/subdir/temporary.txt"], ["somedir/temp", "temp"]],
  ["temp?", ["tempa", "tempb"], ["temp", "tempab", "x/tempa"]],
  ["**/*.go", ["a.go", "x/a.go", "x/y/a.go"], ["a.gox"]],
  ["**", ["a", "a/b"], []],
  ["a/**", ["a/b", "a/b/c"], ["a", "ab"]],
  ["a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a", "a/xb"]],
  ["/foo/bar", ["foo/bar", "foo/bar/baz"], ["bar", "x/foo/bar"]],
  ["foo/bar/", ["foo/bar"], ["foo"]],
  ["./foo//./bar/../baz", ["foo/baz"], ["foo/bar"]],
  [".", [], ["a"]],
  ["*.md\n!README.md", ["CHANGES.md"], ["README.md", "x/a.md"]],
  [
    "*.md\n!README*.md\nREADME-secret.md",
    ["a.md", "README-secret.md"],
    ["README.md", "README-x.md"],
  ],
  ["*.md\nREADME-secret.md\n!README*.md", ["a.md"], ["README-secret.md"]],
  [
    "node_modules\n!node_modules/keep",
    ["node_modules/x"],
    ["node_modules/keep", "node_modules/keep/y"],
  ],
  ["! x\nx", ["x"], []],
  ["x\n! x", [], ["x"]],
  ["[ab].txt", ["a.txt"], ["c.txt", "ab.txt"]],
  ["[^a].txt", ["b.txt"], ["a.txt"]],
  ["[a-c]x", ["bx"], ["dx"]],
  ["[a\\-c]x", ["ax", "-x", "cx"], ["bx"]],
  ["[\\]\\[^]x", ["]x", "[x", "^x"], ["ax"]],
  ["a\\*", ["a*"], ["ab"]],
  ["a.b", ["a.b"], ["axb"]],
  ["a+(b)|c$", ["a+(b)|c$"], ["aab"]],
  ["\uFEFFa\r\nb", ["a", "b"], []],
  ["Grüße*", ["Grüße", "Grüße.txt"], ["Gruesse"]],
])("%j", (rules, ignored, kept) => {
  expect(ignored.filter((path) => !isIgnored(rules, path))).toEqual([]);
  expect(kept.filter((path) => isIgnored(rules, path))).toEqual([]);
});

/* As filepath.Match and the builders' matcher judge them: the first malformed line is an error. */
test.each([
  ...["[", "[a", "a[", "[]", "[^]", "[]a]", "[-a]", "[a-]", "[a-b-c]", "[z-a]", "[a\\", "[a/b"],
  ...["a\\", "x/[", "**/[a", "!", "![", "! ", "[^", "[[a", "a[b-"],
])("%j is no pattern", (pattern) => {
  expect(() => ignore(`a\n# [\n${pattern}\nb`)).toThrow(BadPattern);
  expect(() => ignore(`a\n# [\n${pattern}\nb`)).toThrow("line 3");
});

test.each(["[a]", "[^a]", "[a-z0-9]", "[[]", "]", "a]b", "\\[", "[\\a-z]", "[é-ü]", "#["])(
  "%j is one",
  (pattern) => {
    expect(() => ignore(pattern)).not.toThrow();
  },
);

test.each<[string, string, boolean]>([
  ["node_modules", "node_modules", false],
  ["node_modules\n!src", "node_modules", false],
  ["*\n!src/main", "src", true],
  ["*\n!src/main", "lib", false],
  ["*\n!*/main", "lib", true],
  ["*\n!**/main", "a/b", true],
  ["*\n!a", "a/b", true],
])("whether %j keeps something below %s", (rules, folder, expected) => {
  expect(ignore(rules).keepsBelow(folder)).toBe(expected);
});
