import { describe, expect, test } from "vitest";
import { token } from "../../../../src/attributes/secrets/sensitive.ts";
import type { Sources } from "../../../../src/language/load.ts";
import { loaded, resource, told } from "../support.ts";

const stack = (variables: string, ...lines: string[]) =>
  `variables: ${variables}\nname: shop\ncontainers:\n  web:\n    image: busybox\n${lines.map((line) => `    ${line}\n`).join("")}`;
const spec = (text: string | Record<string, string>, options: Partial<Sources> = {}) =>
  resource(loaded(text, options), "container.web").spec;
const flag = (...variables: string[]) => ({ variables });

describe("where a value comes from", () => {
  const text = stack("{x: default}", "hostname: $x");

  test.each([
    ["--var first", { variables: ["x=flag"], variableFiles: ["v.env"], env: { x: "env" } }, "flag"],
    ["--var-file second", { variableFiles: ["v.env"], env: { x: "env" } }, "file"],
    ["the environment third", { env: { x: "env" } }, "env"],
    [".env fourth", {}, "dotenv"],
  ])("%s", (_, options, value) => {
    const files = { "stack.yaml": text, "v.env": "x=file", ".env": "x=dotenv" };
    expect(spec(files, options).hostname).toBe(value);
  });

  test("the default last", () => {
    expect(spec(text).hostname).toBe("default");
  });

  test("the later --var and the later --var-file win", () => {
    const files = { "stack.yaml": text, "a.yml": "x: a", "b.yml": "x: b" };
    expect(spec(files, { variableFiles: ["a.yml", "b.yml"] }).hostname).toBe("b");
    expect(spec(files, flag("x=1", "x=2")).hostname).toBe("2");
  });

  test("names that are not declared may be given too, or stand in the environment", () => {
    const free = stack("{}", "cgroup_parent: $tag", "user: ${WHO}");
    expect(spec(free, { variables: ["tag=a=b"], env: { WHO: "me" } })).toMatchObject({
      cgroup_parent: "a=b",
      user: "me",
    });
  });

  test(".env stands beside the first file", () => {
    const files = { "sub/stack.yaml": text, "sub/.env": "x=beside", ".env": "x=cwd" };
    expect(spec(files, { files: ["sub/stack.yaml"] }).hostname).toBe("beside");
  });

  test("a name that Object has is no variable", () => {
    expect(told(loaded(stack("{}", "hostname: $toString")))).toHaveLength(1);
  });
});

describe("types", () => {
  test("values are cast to what the place expects", () => {
    const text = stack(
      "{n: 5, b: true, s: '1.50'}",
      "cpu_shares: $n",
      "tty: $b",
      "cpus: $s",
      "user: $n",
      "environment: {S: $s, N: $n, B: $b}",
    );
    expect(spec(text)).toMatchObject({
      cpu_shares: 5,
      tty: true,
      cpus: 1.5,
      user: "5",
      environment: { S: "1.50", N: "5", B: "true" },
    });
  });

  test("text keeps its spelling", () => {
    expect(spec(stack("{v: {type: string, default: 1.10}}", "hostname: $v")).hostname).toBe("1.10");
    expect(spec(stack("{v: {default: 0755}}", "hostname: $v")).hostname).toBe("0755");
  });

  test("a list stands for a whole list, or for items of one", () => {
    const text = stack("{d: [1.1.1.1, 9.9.9.9]}", "dns_search: $d", 'command: [run, "${d}", end]');
    expect(spec(text)).toMatchObject({
      dns_search: ["1.1.1.1", "9.9.9.9"],
      command: ["run", "1.1.1.1", "9.9.9.9", "end"],
    });
    expect(spec(text, flag("d=a,b")).dns_search).toEqual(["a", "b"]);
    expect(spec(text, flag('d=["a", b]')).dns_search).toEqual(["a", "b"]);
    expect(spec(text, flag("d=")).dns_search).toBeUndefined();
  });

  test("a variable file in YAML keeps lists and spelling", () => {
    const files = {
      "stack.yaml": stack("{d: {type: list}, v: {}}", "dns_search: $d", "hostname: $v"),
      "v.yml": "d: [a, b]\nv: 1.10\n",
    };
    expect(spec(files, { variableFiles: ["v.yml"] })).toMatchObject({
      dns_search: ["a", "b"],
      hostname: "1.10",
    });
  });
});

describe("a variable file in YAML", () => {
  const within = (text: string) =>
    told(
      loaded(
        { "stack.yaml": stack("{v: {default: a}}", "hostname: $v"), "v.yml": text },
        { files: ["stack.yaml"], variableFiles: ["v.yml"] },
      ),
    );
  test("may be empty", () => {
    expect(within("# nothing yet\n")).toEqual([]);
  });
  test("that is no map is told so", () => {
    expect(within("- a\n")).toEqual([
      expect.stringContaining("a file of variables is a map: `name: value`"),
    ]);
  });
});

describe("mistakes", () => {
  const none = "hostname: a";
  test.each([
    [
      "{x: }",
      none,
      [],
      "stack.yaml:1:13 ⟨x⟩ the variable `x` has no value | give it with --var x=… or --var-file, or set x in the environment",
    ],
    [
      "{x: {type: number}}",
      none,
      ["x=abc"],
      "stack.yaml:1:13 ⟨x⟩ `abc` of --var x is no number, as `x` must be",
    ],
    [
      "{x: {type: boolean}}",
      none,
      ["x=yes"],
      "stack.yaml:1:13 ⟨x⟩ `yes` of --var x is not true or false, as `x` must be",
    ],
    [
      "{x: {enum: [a, b], default: c}}",
      none,
      [],
      "stack.yaml:1:40 ⟨c⟩ `c` of the default is none of a, b",
    ],
    [
      "{x: {pattern: '^v[0-9]+$'}}",
      none,
      ["x=1"],
      "stack.yaml:1:13 ⟨x⟩ `1` of --var x does not match the pattern of `x` | it is ^v[0-9]+$",
    ],
    [
      "{x: {pattern: '('}}",
      none,
      ["x=1"],
      "stack.yaml:1:13 ⟨x⟩ the pattern of `x` is no regular expression",
    ],
    [
      "{x: {sensitive: true, pattern: a}}",
      none,
      ["x=hunter2"],
      "stack.yaml:1:13 ⟨x⟩ the value of --var x does not match the pattern of `x` | it is a",
    ],
    [
      "{x: [a]}",
      "hostname: a$x",
      [],
      "stack.yaml:6:16 ⟨$x⟩ `x` is a list and cannot be part of a text | `${x}` must stand alone",
    ],
    [
      "{x: a}",
      "hostname: $y1",
      ["xx=1"],
      "- ⟨⟩ the stack has no variable `xx`, given with --var | did you mean `x`?",
    ],
    ["{x: a}", none, ["x"], "- ⟨⟩ --var takes name=value"],
    [
      "{image_tag: a}",
      "hostname: ${imge_tag}",
      [],
      "stack.yaml:6:15 ⟨${imge_tag}⟩ `imge_tag` is not set | did you mean `image_tag`?",
    ],
    [
      "{x: {typ: number}}",
      none,
      ["x=1"],
      "stack.yaml:1:17 ⟨typ⟩ `typ` is not known in `variables.x` | did you mean `type`?",
    ],
    [
      "{x: {type: int}}",
      none,
      ["x=1"],
      "stack.yaml:1:23 ⟨int⟩ `type` must be string, number, boolean or list, not `int`",
    ],
    [
      "{1x: a}",
      none,
      [],
      "stack.yaml:1:13 ⟨1x⟩ `1x` cannot be a name here | letters, digits and `_`, beginning with a letter or `_`",
    ],
  ])("%s", (variables, line, flags, expected) => {
    expect(told(loaded(stack(variables, line), flag(...flags)))).toContain(expected);
  });

  test("a variable without value is told once, not where it is used", () => {
    const text = stack("{x: }", "hostname: $x", "tty: $x", "cpus: $x", "environment: {A: $x}");
    expect(told(loaded(text))).toHaveLength(1);
  });

  test("a missing variable file", () => {
    expect(told(loaded(stack("{}"), { variableFiles: ["no.env"] }))).toEqual([
      "- ⟨⟩ there is no variable file no.env | --var-file names a YAML file, or one of `NAME=value` lines",
    ]);
  });

  test("a variable file may hold more than one stack needs", () => {
    const files = { "stack.yaml": stack("{}"), "v.env": "other=1\n" };
    expect(told(loaded(files, { variableFiles: ["v.env"] }))).toEqual([
      "v.env:1:1 ⟨other⟩ warning: the stack has no variable `other`",
    ]);
  });
});

describe("what is sensitive", () => {
  test("stands as a token, its text apart", () => {
    const text = stack(
      "{pw: {sensitive: true}}",
      "environment: {URL: 'db://u:${pw}@h', PASSWORD: $pw}",
      "command: [run, $pw]",
    );
    const found = loaded(text, flag("pw=hunter2"));
    expect(resource(found, "container.web").spec).toMatchObject({
      environment: { URL: `db://u:${token("pw")}@h`, PASSWORD: token("pw") },
      command: ["run", token("pw")],
    });
    expect([...found.secrets]).toEqual([["pw", "hunter2"]]);
    expect(JSON.stringify([found.document, found.stack, found.diagnostics])).not.toContain(
      "hunter2",
    );
  });

  test("emptiness is that of the clear text", () => {
    const text = stack("{pw: {sensitive: true, default: ''}}", "hostname: ${pw:-none}");
    expect(spec(text).hostname).toBe("none");
  });

  test("a value whose key looks like a secret's becomes a token too", () => {
    const found = loaded(stack("{}", "environment: {API_TOKEN: abc, EMPTY_SECRET: '', LANG: C}"));
    expect(resource(found, "container.web").spec.environment).toEqual({
      API_TOKEN: token("container.web.environment.API_TOKEN"),
      EMPTY_SECRET: "",
      LANG: "C",
    });
    expect([...found.secrets.values()]).toEqual(["abc"]);
    expect(JSON.stringify(found.document)).not.toContain("abc");
  });

  test.each([
    ["hostname: $pw", "⟨$pw⟩"],
    ["labels: {a: 'x$pw'}", "⟨'x$pw'⟩"],
    ["image: $pw", "⟨$pw⟩"],
  ])("%s is refused", (line, under) => {
    const text = stack("{pw: {sensitive: true, default: s3cret}}", line).replace(
      "image: busybox\n",
      line.startsWith("image") ? "tty: true\n" : "image: busybox\n",
    );
    const messages = told(loaded(text));
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(`${under} \`pw\` is sensitive and cannot be used here`);
  });

  test.each(["tty: $pw", "restart: $pw", "pull_policy: $pw"])("%s, where no text fits", (line) => {
    const messages = told(loaded(stack("{pw: {sensitive: true, default: s3cret}}", line)));
    expect(messages).toEqual([
      expect.stringMatching(/⟨\$pw⟩ `pw` is sensitive and cannot be used in `\w+`$/),
    ]);
  });

  test("not in the stack's name either", () => {
    const text = "name: a$pw\nvariables: {pw: {sensitive: true, default: s3cret}}\n";
    expect(told(loaded(text))).toEqual([
      "stack.yaml:1:7 ⟨a$pw⟩ a sensitive variable cannot be in the stack's name",
    ]);
  });

  test("the characters of a token cannot come from outside", () => {
    expect(spec(stack("{}", "hostname: $X"), { env: { X: token("a") } }).hostname).toBe("a");
  });
});

test("keys, variables and x- sections are not filled in", () => {
  const text = `x-a: {b: $NO}\n${stack("{p: {default: a, pattern: '^a$'}}", "labels: {$NO: a}")}`;
  expect(spec(text).labels).toEqual({ $NO: "a" });
});

test("what an alias takes from an x- section is filled in where it is used", () => {
  const text = `x-a: &a {A: $X}\n${stack("{}", "environment: *a")}`;
  expect(spec(text, { env: { X: "x" } }).environment).toEqual({ A: "x" });
});

test("COMPOSE_PROJECT_NAME is the stack's name", () => {
  expect(spec(stack("{}", "hostname: $COMPOSE_PROJECT_NAME")).hostname).toBe("shop");
});

describe("what a saved plan keeps of the variables", () => {
  const text = `variables:
  tag: { default: "1" }
  hosts: { type: list, default: [a, b] }
  pw: { sensitive: true }
name: shop
secrets: { token: { environment: TOKEN } }
containers:
  web: { image: "busybox:$tag", user: "$WHO", environment: { PW: $pw, H: "\${NONE:-x}" }, secrets: [token] }
`;
  const env = { WHO: "me", TOKEN: "t0ken", pw: "s3cret", HOME: "/root" };

  test("is every plain value that was asked for, and nothing that a secret is made of", () => {
    const { given, diagnostics } = loaded(text, { env, variables: ["tag=7"] });
    expect(diagnostics).toEqual([]);
    expect(given).toEqual({ tag: "7", hosts: ["a", "b"], WHO: "me" });
  });

  test("counts afterwards, whatever else is there now", () => {
    const fixed = { tag: "7", hosts: ["a", "b"], WHO: "me" };
    const now = { ...env, WHO: "you", tag: "9" };
    const found = loaded(text, { env: now, fixed });
    expect(resource(found, "container.web").spec).toMatchObject({ image: "busybox:7", user: "me" });
    const other = loaded(
      { "stack.yaml": text, "v.env": "hosts=a,c" },
      {
        ...{ env, fixed, variables: ["tag=8"], variableFiles: ["v.env"] },
      },
    );
    expect(told(other)).toEqual([
      "- ⟨⟩ the plan was made with another value of `tag` | make a new plan",
      "v.env:1:1 ⟨hosts⟩ the plan was made with another value of `hosts` | make a new plan",
    ]);
    const same = loaded(text, { env, fixed, variables: ["tag=7", "hosts=[a, b]"] });
    expect(told(same)).toEqual([]);
  });
});
