import { describe, expect, test } from "vitest";
import { readEnvFile, readRawEnvFile } from "../../../../src/language/variables/env-file.ts";
import { loaded, resource, told, web } from "../support.ts";

const OUTER: Record<string, string> = { HOST: "h" };
const read = (text: string) => {
  const { lines, problems } = readEnvFile(text, (name) => {
    const value = OUTER[name];
    return value === undefined ? undefined : { text: value, empty: value === "" };
  });
  return { values: lines.map(({ key, value }) => [key, value]), problems };
};

describe("one line", () => {
  test.each([
    ["A=1", "1"],
    ["A=", ""],
    ["A: 1", "1"],
    ["export A=1", "1"],
    ["A = 1 ", "1"],
    ["A=1 # note", "1"],
    ["A=1#2", "1#2"],
    ["A=# note", "# note"],
    ["A=a b c", "a b c"],
    ["A=$HOST/x", "h/x"],
    ["A=${HOST}", "h"],
    ["A=${NO:-d}", "d"],
    ["A=$$HOST", "$HOST"],
    ['A="x y" # note', "x y"],
    ['A="a # b"', "a # b"],
    ['A="1\\n2\\t3"', "1\n2\t3"],
    ['A="\\"q\\" \\\\"', '"q" \\'],
    ['A="$HOST"', "h"],
    ['A="\\$HOST"', "$HOST"],
    ['A="two\nlines"', "two\nlines"],
    ["A='$HOST \\n'", "$HOST \\n"],
    ["A='it\\'s'", "it's"],
    ["A='two\nlines'", "two\nlines"],
    ["A", undefined],
    ["# note\n\n  A=1\r\n", "1"],
  ])("%j is %j", (text, value) => {
    expect(read(text)).toEqual({ values: [["A", value]], problems: [] });
  });
});

test("keys may hold dots, dashes and brackets; earlier keys are seen", () => {
  expect(read("a.b-c[0]=1\nX=${HOST}\nY=$X$X").values).toEqual([
    ["a.b-c[0]", "1"],
    ["X", "h"],
    ["Y", "hh"],
  ]);
});

test.each([
  ["two words=1", "a line must be KEY=value", 0],
  ["A=1\n=2", "a line must be KEY=value", 4],
  ['A="open\nB=2', "the quote is not closed", 2],
  ["A=$NO", "`NO` is not set", 2],
])("%j is refused", (text, message, offset) => {
  expect(read(text).problems).toEqual([expect.objectContaining({ message, offset })]);
});

test("raw files know no quotes and no variables", () => {
  const { lines } = readRawEnvFile('# c\nA="$X" # y\nB\n\nC=\n');
  expect(lines.map(({ key, value }) => [key, value])).toEqual([
    ["A", '"$X" # y'],
    ["B", undefined],
    ["C", ""],
  ]);
});

describe("env_file of a container", () => {
  const env = (files: Record<string, string>, ...lines: string[]) =>
    resource(
      loaded({ "stack.yaml": web(...lines), ...files }, { env: { HOST: "h" } }),
      "container.web",
    ).spec.environment;

  test("later files win, and environment wins over all", () => {
    const files = { "a.env": "A=a\nB=a\nC=a\n", "b.env": "B=b\nC=b\n" };
    expect(env(files, "env_file: [a.env, ./b.env]", "environment: {C: c}")).toEqual({
      A: "a",
      B: "b",
      C: "c",
    });
  });

  test("a file sees the stack's variables, the container's environment and its own lines", () => {
    const files = { "a.env": "A=$HOST\nB=$OWN\nC=$A$B\nHOST" };
    expect(env(files, "env_file: a.env", "environment: {OWN: o}")).toEqual({
      A: "h",
      B: "o",
      C: "ho",
      HOST: "h",
      OWN: "o",
    });
  });

  test("a bare key takes the value from outside, or takes the variable away", () => {
    const files = { "a.env": "GONE=1\n" };
    expect(env(files, "env_file: a.env", "environment: [HOST, GONE, A=1]")).toEqual({
      HOST: "h",
      A: "1",
      GONE: null,
    });
    expect(env({}, "environment: {HOST: , GONE: , A: ''}")).toEqual({
      HOST: "h",
      A: "",
      GONE: null,
    });
  });

  test("a raw file is taken literally", () => {
    const lines = ["env_file:", "  - {path: a.env, format: raw}"];
    expect(env({ "a.env": "A='$x'" }, ...lines)).toEqual({ A: "'$x'" });
  });

  test("a missing file is an error unless it is not required", () => {
    const lines = ["env_file:", "  - none.env", "  - {path: other.env, required: false}"];
    expect(told(loaded(web(...lines)))).toEqual([
      "stack.yaml:6:9 ⟨none.env⟩ there is no environment file none.env | correct the path, or write `required: false` beside it if the file is optional",
    ]);
  });

  test("its mistakes have places of their own", () => {
    const files = { "stack.yaml": web("env_file: a.env"), "a.env": "OK=1\nP=a$b\nno way\n" };
    expect(told(loaded(files))).toEqual([
      "a.env:2:4 ⟨se⟩ `b` is not set | single quotes take a dollar as it is",
      "a.env:3:1 ⟨(sensi⟩ a line must be KEY=value",
    ]);
  });
});
