import { parseArgs } from "node:util";
import { suggestion } from "../../language/source/suggestions.ts";
import { CliError } from "../host/exit-codes.ts";
import type { Command, Option, ParsedArguments } from "./command.ts";

/** The command line's first word that is neither an option nor an option's value. */
export function commandWord(args: readonly string[], globals: readonly Option[]): number {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "--") return -1;
    if (!arg.startsWith("-") || arg === "-") return index;
    const option = globals.find(({ name, short }) => arg === `--${name}` || arg === `-${short}`);
    if (option?.value) index++;
  }
  return -1;
}

/** Everything that the table allows; what it does not is the user's mistake. */
export function parseGiven(
  args: readonly string[],
  command: Command,
  globals: readonly Option[],
): ParsedArguments {
  const options = [...globals, ...command.options];
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(options.map((option) => [option.name, declare(option)])),
    allowPositionals: true,
    // Strictness is ours, for the sake of its messages.
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const option = options.find(({ name }) => name === token.name);
    if (!option) throw unknown(token.rawName, command, options);
    const value = checked(option, token);
    const former = values.get(option.name);
    if (former && option.value && !option.many)
      throw usage(`--${option.name} is given twice`, command);
    values.set(option.name, [...(former ?? []), value]);
  }
  return given(command, options, values, positionalsOf(positionals, command));

  function checked(
    option: Option,
    token: { value: string | undefined; inlineValue: boolean | undefined; rawName: string },
  ) {
    if (!option.value) {
      if (token.inlineValue) throw usage(`${token.rawName} takes no value`, command);
      return "";
    }
    const { value } = token;
    // `--out --detailed-exitcode` is a forgotten value, `--out=--x` is not; `-` is standard input.
    // Nor is a negative number, which is judged as a value.
    const forgotten = !token.inlineValue && value !== undefined && /^-[^\d.]/.test(value);
    if (value === undefined || value === "" || forgotten)
      throw usage(`${token.rawName} needs a value: ${option.value}`, command, wanted(value));
    if (option.choices && !option.choices.includes(value)) {
      const hint = suggestion(value, option.choices) ?? `One of: ${option.choices.join(", ")}.`;
      throw usage(`${token.rawName} cannot be ${JSON.stringify(value)}`, command, hint);
    }
    return value;
  }
}

/** What stands where the value should, and looks like an option. */
const wanted = (next: string | undefined): string | undefined =>
  next ? `${next} is read as an option; a value that begins with - follows =` : undefined;

function declare(option: Option) {
  return {
    type: option.value ? ("string" as const) : ("boolean" as const),
    ...(option.short ? { short: option.short } : {}),
  };
}

function given(
  command: Command,
  options: readonly Option[],
  values: ReadonlyMap<string, readonly string[]>,
  positionals: readonly string[],
): ParsedArguments {
  const list = (name: string) => {
    if (!options.some((option) => option.name === name))
      throw new Error(`the command ${command.name} declares no option ${name}`);
    return values.get(name) ?? [];
  };
  return {
    positional: positionals[0],
    positionals,
    list,
    flag: (name) => list(name).length > 0,
    text: (name) => list(name).at(-1),
    json: ["format", "progress"].some((name) => values.get(name)?.at(-1) === "json"),
  };
}

/** Whether a program is to read what a command prints; the arguments may be wrong otherwise. */
export function asksForJson(args: readonly string[]): boolean {
  return args.some(
    (arg, index) =>
      /^--(format|progress)=json$/.test(arg) ||
      (/^--(format|progress)$/.test(arg) && args[index + 1] === "json"),
  );
}

function positionalsOf(positionals: readonly string[], command: Command): readonly string[] {
  const [first, second] = positionals;
  const { positional } = command;
  const surplus = positional?.many ? undefined : positional ? second : first;
  if (surplus !== undefined) throw usage(`unexpected argument ${JSON.stringify(surplus)}`, command);
  if (positional?.required && first === undefined)
    throw usage(`${positional.name} is missing`, command, positional.about);
  if (first !== undefined && positional?.choices && !positional.choices.includes(first)) {
    const { choices, name } = positional;
    const hint = suggestion(first, choices) ?? `One of: ${choices.join(", ")}.`;
    throw usage(`${name} cannot be ${JSON.stringify(first)}`, command, hint);
  }
  return positionals;
}

function unknown(name: string, command: Command, options: readonly Option[]): CliError {
  const names = options.flatMap((option) => [
    `--${option.name}`,
    ...(option.short ? [`-${option.short}`] : []),
  ]);
  return usage(`unknown option ${name}`, command, suggestion(name, names));
}

function usage(message: string, command: Command, hint?: string): CliError {
  return new CliError("usage", message, hint ?? `See: stack ${command.name} --help`);
}

const UNITS: Readonly<Record<string, number>> = {
  ...{ ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1 },
  ...{ s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 },
};

/** `300`, `300s`, `5m`, `1m30s`, `500ms` as milliseconds; what is shorter than one is one. */
export function milliseconds(text: string, option: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/gy)];
  const length = parts.reduce((sum, [whole]) => sum + whole.length, 0);
  if (parts.length === 0 || length < text.length)
    throw new CliError("usage", `${option} is not a duration: ${text}`, "Write 90, 90s or 1m30s.");
  return Math.ceil(
    parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit ?? ""] ?? 0), 0),
  );
}

/** As `milliseconds`, where 0 is no limit, as it is for `--wait-timeout` of `docker compose up`. */
export function waitLimit(text: string, option: string): number {
  return milliseconds(text, option) || Number.POSITIVE_INFINITY;
}

export function wholeNumber(text: string, option: string, from: number, to: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new CliError("usage", `${option} is not a number from ${from} to ${to}: ${text}`);
}
