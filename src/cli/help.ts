import { suggestion } from "../language/source/suggestions.ts";
import { flowed, gridLines, hang } from "../render/words/layout.ts";
import { COMMANDS, GLOBALS } from "./command-list.ts";
import type { Command, Option, Run } from "./framework/command.ts";
import { CliError, EXIT } from "./host/exit-codes.ts";

/** As `src/cli/host/exit-codes.ts` has them. */
const EXIT_CODES: readonly (readonly [string, string])[] = [
  ["0", "done, or nothing to do"],
  ["1", "failed"],
  ["2", "changes are pending (plan --detailed-exitcode, drift, outdated)"],
  ["3", "the stack is invalid"],
  ["4", "the engine cannot be reached"],
  ["5", "refused"],
  ["6", "failed and rolled back"],
  ["130", "interrupted"],
];

export const run: Run = async (args, host) => {
  const { positional: name } = args;
  const { columns } = host.paintOut;
  const command = COMMANDS.find((known) => known.name === name);
  if (name !== undefined && !command) {
    const names = COMMANDS.map((known) => known.name);
    throw new CliError(
      "usage",
      `no command is named ${JSON.stringify(name)}`,
      suggestion(name, names),
    );
  }
  host.out(command ? commandHelp(command, columns) : overview(columns));
  return EXIT.done;
};

/** @param columns of the terminal; `Infinity`: nothing is wrapped */
export function overview(columns = Number.POSITIVE_INFINITY): string {
  const text = sections([
    ["stack: declarative infrastructure as code for container engines."],
    ["Usage: stack COMMAND [OPTIONS]"],
    [
      "Commands:",
      ...grid(
        COMMANDS.map(({ name, about }) => [name, about]),
        columns,
      ),
    ],
    ["Options of every command:", ...grid(GLOBALS.map(optionRow), columns)],
    ["Exit codes:", ...grid(EXIT_CODES, columns)],
    ["More about a command: stack COMMAND --help"],
  ]);
  return flowed(text, columns);
}

/** @param columns of the terminal; `Infinity`: nothing is wrapped */
export function commandHelp(command: Command, columns = Number.POSITIVE_INFINITY): string {
  const { name, about, positional, options, examples, notes = [] } = command;
  const shown = positional && positional.name + (positional.many ? "..." : "");
  const argument = shown ? (positional.required ? ` ${shown}` : ` [${shown}]`) : "";
  const text = sections([
    [about],
    [`Usage: stack ${name}${argument} [OPTIONS]`],
    positional
      ? ["Argument:", ...grid([[positional.name, positionalText(positional)]], columns)]
      : [],
    options.length > 0 ? ["Options:", ...grid(options.map(optionRow), columns)] : [],
    ["Options of every command:", ...grid(GLOBALS.map(optionRow), columns)],
    ...notes.map((note) => hang("", note, columns)),
    ["Examples:", ...examples.flatMap(([line, what]) => [`  stack ${line}`, `      ${what}`])],
  ]);
  return flowed(text, columns);
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

function grid(rows: readonly (readonly [string, string])[], columns: number): string[] {
  return gridLines(rows, { columns, indent: 2 }).flat();
}

function sections(blocks: readonly (readonly string[])[]): string {
  const shown = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${shown.join("\n\n")}\n`;
}
