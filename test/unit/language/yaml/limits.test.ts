import { describe, expect, test } from "vitest";
import { instructions } from "../../../../src/attributes/image/dockerfile.ts";
import { readSaved } from "../../../../src/render/json/saved-plan.ts";
import { loaded, told, web } from "../support.ts";

/* What is nested too deep is refused in words, at its place, whoever reads it. */

const nested = (open: string, close: string, depth: number, inner = "x") =>
  `${open.repeat(depth)}${inner}${close.repeat(depth)}`;

const alone = (text: string) => {
  const lines = told(loaded(text));
  expect(lines.join("\n")).not.toMatch(/RangeError|call stack/);
  return lines[0]?.replace(/⟨.*⟩ /s, "");
};

describe("YAML", () => {
  const deep = "nested deeper than 64 levels";
  test.each([
    ["flow lists", `x-a: ${nested("[", "]", 20_000)}`, "stack.yaml:1:70"],
    ["open flow lists", `x-a: ${"[".repeat(100_000)}`, "stack.yaml:1:70"],
    ["flow maps", `x-a: ${nested("{a: ", "}", 20_000)}`, "stack.yaml:1:259"],
    ["compact lists", `x-a:\n  ${"- ".repeat(20_000)}x`, "stack.yaml:2:131"],
    ["explicit keys", `${"? ".repeat(20_000)}x`, "stack.yaml:1:131"],
    [
      "indented maps",
      Array.from({ length: 700 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
      "stack.yaml:65:65",
    ],
  ])("%s", (_, text, place) => {
    expect(alone(text)).toBe(`${place} ${deep}`);
  });

  test("aliases of aliases", () => {
    const links = Array.from({ length: 20_000 }, (_, index) => `- &a${index + 1} [*a${index}]`);
    expect(alone(`x-a:\n- &a0 x\n${links.join("\n")}\n`)).toBe(`stack.yaml:67:8 ${deep}`);
  });

  test("a file of variables", () => {
    const files = { "stack.yaml": web(), "v.yaml": `a: ${nested("[", "]", 20_000)}` };
    const [first] = told(loaded(files, { files: ["stack.yaml"], variableFiles: ["v.yaml"] }));
    expect(first).toMatch(/^v\.yaml:1:68 .*nested deeper than 64 levels/);
  });

  test("64 levels are read", () => {
    expect(told(loaded(`${web()}x-a: ${nested("[", "]", 62)}\n`))).toEqual([]);
  });
});

describe("references to variables", () => {
  const deep = (depth: number) => nested("${X:-", "}", depth);

  test("in a stack file", () => {
    const [line] = told(loaded(web(`hostname: '${deep(2000)}'`)));
    expect(line).toMatch(/^stack\.yaml:5:336 .* references are nested deeper than 64 levels$/);
  });

  test.each(["env_file", "label_file"])("in an %s", (attribute) => {
    const files = { "stack.yaml": web(`${attribute}: a.env`), "a.env": `A=${deep(2000)}\n` };
    const [line] = told(loaded(files));
    expect(line).toMatch(/^a\.env:1:323 .* references are nested deeper than 64 levels/);
  });

  test("64 levels are read", () => {
    expect(told(loaded(web(`hostname: '${deep(64)}'`)))).toEqual([]);
  });
});

test("a saved plan", () => {
  expect(readSaved(nested("[", "]", 20_000, ""), String)).toEqual({
    faults: ["it is nested deeper than 64 levels"],
  });
});

// One of these took minutes when an expression went back and forth over them.
describe("texts on which expressions go back and forth", () => {
  const long = 1 << 20;
  test.each([
    ["a space in a Dockerfile", () => instructions(`RUN a${" ".repeat(long)}x`)],
    ["flags of a Dockerfile", () => instructions(`RUN ${"--mount=".repeat(long / 8)} x`)],
    ["spaces in an environment file", () => env(`A=x${" ".repeat(long - 10)}y`)],
    ["blank lines in an environment file", () => env("\n \t".repeat(long / 3 - 1))],
    ["references in an environment file", () => env("A=$B\n".repeat(long / 5))],
    ["open references", () => env(`A=${"${A:-{".repeat(long / 6 - 1)}`)],
  ])("%s", (_, read) => {
    read();
  });

  const env = (text: string) => loaded({ "stack.yaml": web("env_file: a.env"), "a.env": text });
});
