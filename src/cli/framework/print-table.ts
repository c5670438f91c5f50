import { tableText } from "../../render/text/table.ts";
import type { CliHost } from "../host/host.ts";
import type { ParsedArguments } from "./command.ts";

/** Rows as a table for people, or in a document for programs, as `--format` says. */
export function show(
  args: ParsedArguments,
  host: CliHost,
  shown: {
    /** `stackwright.images/1`. */
    readonly format: string;
    readonly document: Readonly<Record<string, unknown>>;
    readonly titles: readonly string[];
    readonly cells: readonly (readonly string[])[];
    /** In place of an empty table. */
    readonly empty: string;
  },
): void {
  const { format, document, titles, cells, empty } = shown;
  if (args.text("format") === "json")
    host.out(`${JSON.stringify({ format, ...document }, null, 2)}\n`);
  else if (cells.length === 0) host.err(`${empty}\n`);
  else host.out(tableText(titles, cells, host.paintOut));
}

/** `sha256:` and the first twelve digits, as engines shorten ids. */
export const short = (id: string): string => id.replace(/^sha256:/, "").slice(0, 12);
