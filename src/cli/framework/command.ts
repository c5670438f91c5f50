import type { ExitCode } from "../host/exit-codes.ts";
import type { CliHost } from "../host/host.ts";

/** An option; help, parsing and completion derive from it. */
export interface Option {
  readonly name: string;
  readonly short?: string;
  /** What its value is called in help; absent: a flag. */
  readonly value?: string;
  /** May be given several times. */
  readonly many?: true;
  readonly choices?: readonly string[];
  /** The value is a path: completed as one. */
  readonly path?: true;
  readonly about: string;
}

interface Positional {
  readonly name: string;
  readonly required: boolean;
  /** May be given several times. */
  readonly many?: true;
  readonly choices?: readonly string[];
  readonly path?: true;
  readonly about: string;
}

/** A command as the table declares it; its code is loaded only when it runs. */
export interface Command {
  readonly name: string;
  readonly about: string;
  readonly positional?: Positional;
  readonly options: readonly Option[];
  /** Command line (without `stack`) and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** Paragraphs for the end of its help. */
  readonly notes?: readonly string[];
}

export type Run = (args: ParsedArguments, host: CliHost) => Promise<ExitCode>;

/** What was given on the command line. To ask for what the table does not declare is our bug. */
export interface ParsedArguments {
  readonly positional: string | undefined;
  readonly positionals: readonly string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
  list(name: string): readonly string[];
  /** A program is to read what the command prints: `--format json`, `--progress json`. */
  readonly json: boolean;
}
