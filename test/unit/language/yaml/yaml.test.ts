import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loaded, resource, told, web } from "../support.ts";

const first = (text: string | Uint8Array) => told(loaded({ "stack.yaml": text }))[0];
const bytes = (...values: number[]) => new Uint8Array(values);

describe("encodings", () => {
  test("a byte order mark is fine", () => {
    const text = new TextEncoder().encode(`\uFEFF${web()}`);
    expect(loaded({ "stack.yaml": text }).stack?.name).toBe("shop");
  });

  test.each([
    ["UTF-16 with a mark", bytes(0xff, 0xfe, 0x61, 0), "the file is UTF-16, not UTF-8"],
    ["UTF-16 without one", bytes(0x61, 0, 0x3a, 0), "the file is UTF-16, not UTF-8"],
    ["big-endian", bytes(0xfe, 0xff, 0, 0x61), "the file is UTF-16, not UTF-8"],
  ])("%s", (_, text, message) => {
    expect(first(text)).toBe(`stack.yaml:1:1 ⟨⟩ ${message} | save it as UTF-8`);
  });

  test("a wrong byte has a place", () => {
    const text = bytes(0x61, 0x3a, 0x20, 0x31, 0x0a, 0x62, 0x3a, 0x20, 0xe9, 0x0a);
    expect(first(text)).toBe("stack.yaml:2:4 ⟨\uFFFD⟩ the file is not UTF-8 | save it as UTF-8");
  });

  test("more than 1 MiB is refused", () => {
    expect(first("# ".repeat(600_000))).toContain("1.1 MiB; at most 1 MiB");
  });

  test.each([
    ["a: \u001b[31m", "stack.yaml:1:4 ⟨\u001b⟩ the character U+001B may not stand in a file"],
    [
      "a: 1\nb: \uE000x\uE001",
      "stack.yaml:2:4 ⟨\uE000⟩ the character U+E000 may not stand in a file",
    ],
    ['name: "a\\e[1m"', 'stack.yaml:1:7 ⟨"a\\e[1m"⟩ the text contains the character U+001B'],
    ['name: "\\uE000x"', 'stack.yaml:1:7 ⟨"\\uE000x"⟩ the text contains the character U+E000'],
    ['name: "\\uD800"', 'stack.yaml:1:7 ⟨"\\uD800"⟩ the text contains the character U+D800'],
  ])("%j", (text, expected) => {
    expect(first(text)).toBe(expected);
  });

  test("a config's content may hold control characters", () => {
    const text = `${web("configs: [c]")}configs: {c: {content: "\\e[1m"}}\n`;
    expect(told(loaded(text))).toEqual([]);
  });
});

describe("what is no stack file", () => {
  test.each([
    ["", "stack.yaml:1:1 ⟨⟩ the file is empty | `stack init` writes a first stack file"],
    [
      "# only a note\n",
      "stack.yaml:1:1 ⟨#⟩ the file is empty | `stack init` writes a first stack file",
    ],
    ["- a", "stack.yaml:1:1 ⟨-⟩ a stack file is a map: `containers:` and so on"],
    ["just text", "stack.yaml:1:1 ⟨just text⟩ a stack file is a map: `containers:` and so on"],
    [
      "a: 1\n---\nb: 2",
      "stack.yaml:2:1 ⟨---⟩ the file holds several documents | use one file for each: -f a.yaml -f b.yaml",
    ],
    [
      "%YAML 1.1\n---\nname: a",
      "stack.yaml:1:1 ⟨%YAML 1.1⟩ the file asks for YAML 1.1; stack files are YAML 1.2 | remove the %YAML line",
    ],
    [
      "%FOO x\n---\nname: a",
      "stack.yaml:1:1 ⟨%FOO x⟩ this directive is not known | remove the line that begins with `%`",
    ],
    [
      "containers:\n\tweb: 1",
      "stack.yaml:2:1 ⟨\t⟩ a tab is used for indentation | YAML allows spaces only",
    ],
    ["? [a]\n: b", "stack.yaml:1:3 ⟨[⟩ a key must be text | write it in quotes"],
    [
      "a: @x",
      "stack.yaml:1:4 ⟨@⟩ text without quotes cannot begin with this | put the text in quotes",
    ],
    ["a: 'x", "stack.yaml:1:4 ⟨'⟩ a quote is not closed | close it on the same line"],
    ['a:\n  b: "x\nc: d', /^stack.yaml:2:6 ⟨"⟩ a quote is not closed/],
    ["a:\n  b: [x, {y: z\n", /^stack.yaml:2:10 ⟨\{⟩ a bracket is not closed/],
    ["a: [b, c\nd: e", /^stack.yaml:1:4 ⟨\[⟩ a bracket is not closed/],
    ["a: {b: c\nd: e", /a bracket is not closed/],
    ["a: [b]]", /this bracket was never opened/],
    ["a: - b", /a list cannot begin on the line of its key \| begin it on the next line/],
    ['a: "b" c', /the value has ended before this/],
    ["a: | x\n  y", /no text may follow here/],
    ["a:\n  - b\n c: d", /the indentation is wrong/],
    ["a: *", /this is no alias/],
    ["a: &x &y b", /a value can have one anchor only/],
    ["key\nb: c", /a key must end with `:`/],
    [
      "a: {b: c: d}",
      "stack.yaml:1:8 ⟨c: d⟩ text without quotes cannot contain `: ` | put the whole text in quotes",
    ],
    [
      "a: b: c",
      "stack.yaml:1:4 ⟨b⟩ text without quotes cannot contain `: ` | put the whole text in quotes",
    ],
    ["a:\n  - b\n  c: d", /^stack.yaml:3:3 ⟨c.* the indentation is wrong/],
    [
      "a:\n  b: c\n  - d",
      /^stack.yaml:3:3 ⟨-.* an item of a list cannot stand among the keys of a map/,
    ],
    ["a:\n-b\nc: d", /a blank is missing after the `-` \| an item of a list is written `- item`/],
    ["a:\n  b:c\n  d: e", /^stack.yaml:2:3 .*a blank is missing after the `:`/],
    ["containers: *a", "stack.yaml:1:13 ⟨*a⟩ `*a` refers to nothing | write `&a` before it"],
    ["x-a: {<<: *b}", "stack.yaml:1:11 ⟨*b⟩ `*b` refers to nothing | write `&b` before it"],
    ["x-a:\n- b\n - c", /^stack.yaml:3:2 ⟨-⟩ warning: this continues the text above it/],
  ])("%j", (text, expected) => {
    if (typeof expected === "string") expect(first(text)).toBe(expected);
    else expect(first(text)).toMatch(expected);
  });

  test("nothing is told in the parser's own words", () => {
    const raw = /implicit|flow (map|seq)|block[ -]|scalar|node|token|collection|yaml\.parse/i;
    const pieces = [
      "a",
      ":",
      " ",
      "\n",
      "  ",
      "- ",
      "[",
      "]",
      "{",
      "}",
      "'",
      '"',
      "&x",
      "*x",
      "|",
      ">",
    ];
    const some = fc.array(fc.constantFrom(...pieces, "!", "#", "%", "?", ",", "\t", "---\n"), {
      maxLength: 14,
    });
    fc.assert(
      fc.property(some, (parts) => {
        const lines = told(loaded(parts.join("")));
        expect(lines.map((line) => line.replace(/⟨.*?⟩/s, "")).join("\n")).not.toMatch(raw);
      }),
      { numRuns: 1500 },
    );
  });

  test("a file that is not there", () => {
    expect(told(loaded({}, { files: ["stack.yaml"] }))).toEqual([
      "- ⟨⟩ there is no stack file stack.yaml | write one with `stack init`, or name another with -f",
    ]);
  });

  test("standard input that cannot be read", () => {
    const read = () => {
      throw Object.assign(new Error("no"), { reason: "it is a folder" });
    };
    expect(told(loaded({}, { files: ["-"], read }))).toEqual([
      "- ⟨⟩ cannot read standard input: it is a folder",
    ]);
  });

  test("a file that cannot be read", () => {
    const read = () => {
      throw Object.assign(new Error("no"), { reason: "permission denied" });
    };
    expect(told(loaded({}, { files: ["stack.yaml"], read }))).toEqual([
      "- ⟨⟩ cannot read `stack.yaml`: permission denied",
    ]);
  });
});

describe("keys, aliases, tags", () => {
  test.each([
    ["name: a\nname: b", "stack.yaml:2:1 ⟨name⟩ `name` stands here twice | it is also in line 1"],
    ['x-a: {1: a, "1": b}', 'stack.yaml:1:13 ⟨"1"⟩ `1` stands here twice | it is also in line 1'],
    ["__proto__: {}", "stack.yaml:1:1 ⟨__proto__⟩ `__proto__` may not be a key"],

    ["x-a: &a [*a]", "stack.yaml:1:10 ⟨*a⟩ `*a` contains itself"],
    ["x-a: *a", "stack.yaml:1:6 ⟨*a⟩ `*a` refers to nothing | write `&a` before it"],
    ["x-a: {<<: 1}", "stack.yaml:1:7 ⟨<<⟩ `<<` takes a map or a list of maps"],
    [
      "x-a: !foo 1",
      "stack.yaml:1:11 ⟨1⟩ the tag `!foo` is not known | known: `!reset` and `!override`",
    ],
    [
      "x-a: !!js/function f",
      "stack.yaml:1:20 ⟨f⟩ the tag `!!js/function` is not known | known: `!reset` and `!override`",
    ],
    [
      "x-a: !!binary aGk=",
      "stack.yaml:1:15 ⟨aGk=⟩ the tag `!!binary` is not known | known: `!reset` and `!override`",
    ],
    [
      "x-a: !!set {a}",
      "stack.yaml:1:12 ⟨{a}⟩ the tag `!!set` is not known | known: `!reset` and `!override`",
    ],
    ["x-a: !!int foo", "stack.yaml:1:12 ⟨foo⟩ this is not `!!int`"],
  ])("%j", (text, expected) => {
    expect(first(text)).toBe(expected);
  });

  test("an alias bomb is refused in a moment", () => {
    const levels = Array.from(
      { length: 30 },
      (_, n) => `x-${n + 1}: &a${n + 1} [*a${n}, *a${n}]\n`,
    );
    expect(first(`x-0: &a0 [x, x]\n${levels.join("")}`)).toContain(
      "aliases expand to more than 100000 nodes",
    );
  });

  test("many honest aliases are fine", () => {
    const labels = Array.from({ length: 500 }, (_, n) => `      l${n}: *v\n`).join("");
    const text = `x-v: &v same\n${web("labels:")}${labels}`;
    expect(resource(loaded(text), "container.web").spec.labels).toHaveProperty("l499", "same");
  });

  test("deep nesting is refused", () => {
    expect(first(`x-a: ${"[".repeat(70)}${"]".repeat(70)}`)).toContain(
      "nested deeper than 64 levels",
    );
    expect(first(`x-a: ${"[".repeat(9000)}`)).toBeDefined();
  });

  test("merge keys: what is written wins, then the earlier map", () => {
    const text = `x-a: &a {A: a, B: a}\nx-b: &b {B: b, C: b, D: b}\n${web("environment:", "  D: own", "  <<: [*a, *b]")}`;
    expect(resource(loaded(text), "container.web").spec.environment).toEqual({
      A: "a",
      B: "a",
      C: "b",
      D: "own",
    });
  });

  test("a quoted << is a key like others", () => {
    const text = web("labels: {'<<': x}");
    expect(resource(loaded(text), "container.web").spec.labels).toEqual({ "<<": "x" });
  });

  test("20,000 keys", () => {
    const labels = Array.from({ length: 20_000 }, (_, n) => `      label-${n}: "${n}"\n`).join("");
    const { labels: found } = resource(loaded(web("labels:") + labels), "container.web").spec;
    expect(Object.keys(found ?? {})).toHaveLength(20_000);
  });
});

describe("scalars where text is expected keep their spelling", () => {
  test.each([
    ["1.10", "1.10"],
    ["0755", "0755"],
    ["0x1F", "0x1F"],
    ["1e3", "1e3"],
    ["+5", "+5"],
    ["99999999999999999999", "99999999999999999999"],
    ["22:22", "22:22"],
    ["1_000", "1_000"],
    ["yes", "yes"],
    ["off", "off"],
    ["true", "true"],
    ["True", "true"],
    ["42", "42"],
    ["2024-01-01", "2024-01-01"],
    [".inf", ".inf"],
    ["!!str 5", "5"],
    ['"0755"', "0755"],
  ])("environment: %s", (written, value) => {
    const text = web("environment:", `  A: ${written}`);
    expect(resource(loaded(text), "container.web").spec.environment).toEqual({ A: value });
  });

  test("hostname: 1.10", () => {
    expect(resource(loaded(web("hostname: 1.10")), "container.web").spec.hostname).toBe("1.10");
  });
});

describe("YAML 1.1 habits", () => {
  test.each([
    [
      "tty: yes",
      "stack.yaml:5:10 ⟨yes⟩ `yes` is text in YAML 1.2, and `tty` must be true or false | write true",
    ],
    [
      "tty: off",
      "stack.yaml:5:10 ⟨off⟩ `off` is text in YAML 1.2, and `tty` must be true or false | write false",
    ],
    [
      "cpu_shares: 1_000",
      "stack.yaml:5:17 ⟨1_000⟩ `cpu_shares` must be a whole number; this is text | YAML 1.2 has no `_` in numbers",
    ],
    [
      "cpu_shares: 0100",
      "stack.yaml:5:17 ⟨0100⟩ warning: `0100` is 100 in YAML 1.2 | for an octal number write 0o100",
    ],
    [
      "cpu_shares: 99999999999999999999",
      "stack.yaml:5:17 ⟨99999999999999999999⟩ `99999999999999999999` is too large a number",
    ],
  ])("%s", (line, expected) => {
    expect(first(web(line))).toBe(expected);
  });
});
