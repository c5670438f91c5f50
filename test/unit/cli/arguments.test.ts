import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { COMMANDS, GLOBALS } from "../../../src/cli/command-list.ts";
import { ELSEWHERE } from "../../../src/cli/framework/other-tools.ts";
import {
  asksForJson,
  commandWord,
  milliseconds,
  parseGiven,
  waitLimit,
} from "../../../src/cli/framework/parse-arguments.ts";
import { commandHelp, overview } from "../../../src/cli/help.ts";
import { CliError, endingOf } from "../../../src/cli/host/exit-codes.ts";
import { load } from "../../../src/cli/load-command.ts";
import { stack, world } from "./cli-host.ts";

function parse(line: string) {
  const [name, ...args] = line.split(" ");
  const command = COMMANDS.find((one) => one.name === name);
  if (!command) throw new Error(`no command ${name}`);
  return parseGiven(args, command, GLOBALS);
}

describe("the command line", () => {
  test("values, flags, lists, shorts", () => {
    const given = parse("apply -y -f a -fb --var x=1 --var y=--2 --concurrency=4 my.plan");
    expect(given.flag("yes")).toBe(true);
    expect(given.list("file")).toEqual(["a", "b"]);
    expect(given.list("var")).toEqual(["x=1", "y=--2"]);
    expect(given.text("concurrency")).toBe("4");
    expect(given.positional).toBe("my.plan");
    expect(given.flag("no-color")).toBe(false);
    expect(() => given.flag("nonsense")).toThrow("declares no option");
  });

  test.each([
    ["plan --ouut x", "unknown option --ouut", "did you mean `--out`?"],
    ["plan -z", "unknown option -z", expect.any(String)],
    ["plan --out", "--out needs a value: FILE", "See: stack plan --help"],
    [
      "plan --out --destroy",
      "--out needs a value: FILE",
      "--destroy is read as an option; a value that begins with - follows =",
    ],
    ["plan --destroy=yes", "--destroy takes no value", expect.any(String)],
    ["plan --format jsn", '--format cannot be "jsn"', "did you mean `json`?"],
    ["plan --out a --out b", "--out is given twice", expect.any(String)],
    ["plan extra", 'unexpected argument "extra"', expect.any(String)],
    ["apply a b", 'unexpected argument "b"', expect.any(String)],
    ["completion", "SHELL is missing", expect.any(String)],
    ["completion bsh", 'SHELL cannot be "bsh"', "did you mean `bash`?"],
  ])("%s", (line, message, hint) => {
    expect(() => parse(line)).toThrow(expect.objectContaining({ message, hint, code: "usage" }));
  });

  test("the command is found behind options", () => {
    expect(commandWord(["-f", "plan", "apply"], GLOBALS)).toBe(2);
    expect(commandWord(["--no-color", "plan"], GLOBALS)).toBe(1);
    expect(commandWord(["--file=x", "plan"], GLOBALS)).toBe(1);
    expect(commandWord(["--help"], GLOBALS)).toBe(-1);
  });

  test("durations", () => {
    expect(
      ["90", "1.5", "5m", "1m30s", "500ms", "2h"].map((text) => milliseconds(text, "--x")),
    ).toEqual([90_000, 1500, 300_000, 90_000, 500, 7_200_000]);
    expect(
      ["0", "0.0000001s", "1us", "600h", "30d"].map((text) => milliseconds(text, "--x")),
    ).toEqual([0, 1, 1, 2_160_000_000, 2_592_000_000]);
    const given = parse("apply --wait-timeout -1s").text("wait-timeout") ?? "";
    expect(() => milliseconds(given, "--wait-timeout")).toThrow("is not a duration: -1s");
    for (const text of ["", "m", "5 m", "5x", "-5", "5m!"])
      expect(() => milliseconds(text, "--x")).toThrow("--x");
    const limits = ["0", "0s", "1ms", "5m"].map((text) => waitLimit(text, "--x"));
    expect(limits).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1, 300_000]);
  });
});

describe("the table", () => {
  test("no option has a name of another", () => {
    for (const command of COMMANDS) {
      const options = [...GLOBALS, ...command.options];
      const names = options.flatMap(({ name, short }) => (short ? [name, short] : [name]));
      expect(new Set(names).size, command.name).toBe(names.length);
    }
  });

  test("every example is a command line that is understood", () => {
    for (const command of COMMANDS) {
      expect(command.examples.length, command.name).toBeGreaterThan(0);
      for (const [line] of command.examples) {
        expect(line.startsWith(command.name)).toBe(true);
        parse(line.replace(/ > .*/, ""));
      }
    }
  });

  test("help shows every command and option", () => {
    for (const command of COMMANDS) {
      expect(overview()).toContain(`  ${command.name} `);
      const help = commandHelp(command, 80);
      for (const { name } of [...command.options, ...GLOBALS]) expect(help).toContain(`--${name}`);
      for (const line of help.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });

  test.each(COMMANDS)("has the code of $name", async (command) => {
    expect(await load(command)).toBeTypeOf("function");
  });

  test("what other tools call a command leads to one of ours, and is none itself", () => {
    const names = COMMANDS.map(({ name }) => name);
    for (const [word, hint] of Object.entries(ELSEWHERE)) {
      expect(names).not.toContain(word);
      for (const [, name] of hint.matchAll(/`stack ([\w-]+)/g)) expect(names).toContain(name);
    }
  });

  test("help of a command that does not exist", async () => {
    expect(await stack("help aply", world())).toMatchObject({
      code: 1,
      hint: "did you mean `apply`?",
    });
  });

  test.each(["bash", "zsh", "fish"])(
    "completion for %s names every command and option",
    async (shell) => {
      const within = world();
      await stack(`completion ${shell}`, within);
      for (const { name, options } of COMMANDS) {
        expect(within.out).toContain(name);
        for (const option of options) expect(within.out).toContain(option.name);
      }
    },
  );

  test("bash completes commands, options, choices", async () => {
    const within = world();
    await stack("completion bash", within);
    const complete = (...words: string[]) => {
      const script = `${within.out}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
compopt() { :; }
_stack; echo "\${COMPREPLY[@]}"`;
      const { stdout, stderr, status } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      return stdout.trim().split(" ");
    };
    expect(complete("stack", "pl")).toEqual(["plan"]);
    expect(complete("stack", "plan", "--de")).toEqual([
      "--detailed-exitcode",
      "--detach",
      "--destroy",
    ]);
    expect(complete("stack", "apply", "--progress", "q")).toEqual(["quiet"]);
    expect(complete("stack", "-f", "x", "completion", "z")).toEqual(["zsh"]);
    expect(spawnSync("bash", ["-n"], { input: within.out }).status).toBe(0);
  });
});

test("what an error ends the process with", () => {
  const engine = (more: object) => Object.assign(new Error("m"), { name: "EngineError", ...more });
  const end = { message: "m" };
  expect(endingOf(new CliError("conflict", "m", "h"))).toEqual({
    ...{ ...end, status: 5, code: "conflict", hint: "h" },
  });
  expect(endingOf(engine({ phase: "connect", code: "tls", hint: "h" }))).toEqual({
    ...{ ...end, status: 4, code: "tls", hint: "h" },
  });
  expect(endingOf(engine({ phase: "body", code: "cut" }))).toEqual({
    ...{ ...end, status: 1, code: "cut" },
  });
  expect(endingOf(engine({ phase: "sent", code: "interrupted" }))).toEqual({
    ...{ ...end, status: 130, code: "interrupted" },
  });
  expect(endingOf(engine({ phase: "sent", code: "locked" }))).toEqual({
    ...{ ...end, status: 5, code: "locked" },
  });
  expect(endingOf(new Error("m"))).toBeUndefined();
  expect(endingOf("m")).toBeUndefined();
});

test.each<[string, boolean]>([
  ["plan --format json", true],
  ["apply --progress=json", true],
  ["plan --format=text", false],
  ["plan json --format", false],
  ["apply --progress plain", false],
])("%s: a program is to read it, %s", (line, json) => {
  expect(asksForJson(line.split(" "))).toBe(json);
});
