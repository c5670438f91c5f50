import { suggestion } from "../language/source/suggestions.ts";
import { COMMANDS, GLOBALS } from "./command-list.ts";
import type { Command, Option, Run } from "./framework/command.ts";
import { CliError, EXIT } from "./host/exit-codes.ts";

const WIDTH = 96;

export const run: Run = async (args, host) => {
  const { positional: name } = args;
  const command = COMMANDS.find((known) => known.name === name);
  if (name !== undefined && !command) {
    const names = COMMANDS.map((known) => known.name);
    throw new CliError(
      EXIT.failed,
      `no command is named ${JSON.stringify(name)}`,
      suggestion(name, names),
    );
  }
  host.out(command ? commandHelp(command) : overview());
  return EXIT.done;
};

export function overview(): string {
  return sections([
    ["stack: declarative infrastructure as code for container engines."],
    ["Usage: stack COMMAND [OPTIONS]"],
    ["Commands:", ...columns(COMMANDS.map(({ name, about }) => [name, about]))],
    ["Options of every command:", ...columns(GLOBALS.map(optionRow))],
    [
      "Exit codes:",
      "  0 done or nothing to do   1 failed   2 changes pending (plan --detailed-exitcode), drift, outdated",
      "  3 invalid stack   4 engine unreachable   5 refused   6 failed and rolled back",
      "  130 interrupted",
    ],
    ["More about a command: stack COMMAND --help"],
  ]);
}

export function commandHelp(command: Command): string {
  const { name, about, positional, options, examples, notes = [] } = command;
  const shown = positional && positional.name + (positional.many ? "..." : "");
  const argument = shown ? (positional.required ? ` ${shown}` : ` [${shown}]`) : "";
  return sections([
    [about],
    [`Usage: stack ${name}${argument} [OPTIONS]`],
    positional ? ["Argument:", ...columns([[positional.name, positionalText(positional)]])] : [],
    options.length > 0 ? ["Options:", ...columns(options.map(optionRow))] : [],
    ["Options of every command:", ...columns(GLOBALS.map(optionRow))],
    ...notes.map((note) => fold(note, WIDTH)),
    ["Examples:", ...examples.flatMap(([line, what]) => [`  stack ${line}`, `      ${what}`])],
  ]);
}

function positionalText({ about, choices }: NonNullable<Command["positional"]>): string {
  return choices && !about.includes(choices[0] ?? "") ? `${about} (${choices.join(", ")})` : about;
}

function optionRow(option: Option): readonly [string, string] {
  const short = option.short ? `-${option.short}, ` : "    ";
  const value = option.value ? ` ${option.value}` : "";
  const choices = option.choices ? ` (${option.choices.join(", ")})` : "";
  const many = option.many ? " Repeatable." : "";
  return [`${short}--${option.name}${value}`, `${option.about}${choices}${many}`];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.flatMap(([left, right]) =>
    fold(right, WIDTH - width - 4).map((line, index) =>
      `  ${(index === 0 ? left : "").padEnd(width)}  ${line}`.trimEnd(),
    ),
  );
}

function fold(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function sections(blocks: readonly (readonly string[])[]): string {
  const shown = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${shown.join("\n\n")}\n`;
}
