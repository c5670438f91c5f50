import { describe, expect, test } from "vitest";
import { redacting } from "../../../../src/attributes/secrets/redactor.ts";
import type { Sources } from "../../../../src/language/load.ts";
import { diagnosticsText } from "../../../../src/render/text/diagnostics.ts";
import { paint } from "../../../../src/render/words/colors.ts";
import { loaded } from "../support.ts";

/* Of a file of values, a diagnostic shows where it is, and never a value. */

const VALUE = "hunter2-and-more";
const stack = "variables: {db: {sensitive: true, default: ''}, port: 80}\n";

function shown(files: Record<string, string>, options: Partial<Sources> = {}): string {
  const all = { "stack.yaml": stack, ...files };
  const { diagnostics, texts } = loaded(all, { files: ["stack.yaml"], ...options });
  return diagnosticsText(diagnostics, texts, paint(false), redacting([]));
}

const web = (line: string) => `${stack}containers: {web: {image: busybox, ${line}}}\n`;
const env = (text: string): [Record<string, string>] => [
  { "stack.yaml": web("env_file: a.env"), "a.env": text },
];
const vars = (name: string, text: string): [Record<string, string>, Partial<Sources>] => [
  { [name]: text },
  { variableFiles: [name] },
];

describe("a diagnostic shows no value of", () => {
  test.each<[string, [Record<string, string>, Partial<Sources>?], string]>([
    ["an env_file's line that has no key", env(`OK=1\n${VALUE} ${VALUE}\n`), "a.env:2:1"],
    ["an env_file's quote that is not closed", env(`DB="${VALUE}\nMORE=${VALUE}\n`), "a.env:1:4"],
    [
      "an env_file's password with a dollar",
      env(`DB_PASSWORD=x$${VALUE}\n`),
      "refers to a variable",
    ],
    [
      "a value of several lines with a dollar",
      env(`A_KEY="a\n$${VALUE}"\n`),
      "refers to a variable",
    ],
    ["an env_file's wrong reference", env(`DB=$\{${VALUE}\n`), "a.env:1:4"],
    ["a var-file's line that has no key", vars("v.env", `${VALUE} ${VALUE}\n`), "v.env:1:1"],
    ["a var-file's quote that is not closed", vars("v.env", `db='${VALUE}`), "v.env:1:4"],
    ["a var-file's sensitive value with a dollar", vars("v.env", `db=x$${VALUE}`), "refers to"],
    ["a var-file's value of several lines", vars("v.env", `x='\n${VALUE}\n'`), "no variable `x`"],
    ["a var-file in YAML that is broken", vars("v.yaml", `db: "${VALUE}\n`), "v.yaml:"],
    ["a var-file in YAML with a map", vars("v.yaml", `db: {a: ${VALUE}}\n`), "v.yaml:1:1"],
    ["a var-file with a stranger", vars("v.yaml", `port: 1\nx: ${VALUE}\n`), "no variable `x`"],
    ["a var-file with the wrong type", vars("v.yaml", `port: [${VALUE}]\n`), "is a list"],
    [".env", [{ ".env": `${VALUE} ${VALUE}\n` }], ".env:1:1"],
    ["--var without a name", [{}, { variables: [VALUE] }], "--var takes name=value"],
    ["the second --var", [{}, { variables: ["port=1", VALUE] }], "number 2 has no name"],
    ["a stack file's password", [{ "stack.yaml": web(`environment: {A_KEY: [${VALUE}]}`) }], "web"],
  ])("%s", (_, [files, options], expected) => {
    const text = shown(files, options);
    expect(text).toContain(expected);
    expect(text).not.toMatch(/hunter2|and-more/);
  });
});

test("its keys are shown, and what is no secret may be named", () => {
  const text = shown(...env("A=1\n  HOST=$NOPE # x\nB=2\n"));
  expect(text).toContain("`NOPE` is not set");
  expect(text).toContain("    2 |   HOST=(sensitive value)\n");
});

test.each([
  ["7", true],
  ["abc\n", true],
  ["abcd", false],
  ["", false],
])("a sensitive value %j that is too short to be hidden is warned of: %s", (value, warned) => {
  const files = { "stack.yaml": stack, "s.txt": value };
  const text = shown(files, { variables: [`db=${value}`] });
  expect(text.includes("the value of `db` is shorter than 4 characters")).toBe(warned);
});
