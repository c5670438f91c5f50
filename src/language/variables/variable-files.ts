import type { Report } from "../source/diagnostics.ts";
import type { Files, Given, Sources } from "../source/source-files.ts";
import { type Source, type Span, span } from "../source/source-text.ts";
import { parse, VARIABLES } from "../yaml/parse.ts";
import type { Entry } from "../yaml/tree.ts";
import { givenOf, type Origin } from "./declarations.ts";
import { assignments, readEnvFile } from "./env-file.ts";
import type { Value } from "./interpolate.ts";
import { discreet } from "./masked-problem.ts";

/** A value that somebody gave, and where. */
export interface Found {
  readonly value: Given;
  readonly origin: Origin;
}

/** The values of `--var-file`: YAML, or `k=v` lines. Nothing but their keys is ever shown. */
export function fromFiles(
  sources: Sources,
  files: Files,
  isSecret: (name: string) => boolean,
  report: Report,
): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const path of sources.variableFiles) {
    const source = files.values(files.absolute(path), path, () =>
      report.error(
        `there is no variable file ${path}`,
        undefined,
        "--var-file names a YAML file, or one of `NAME=value` lines",
      ),
    );
    if (!source) continue;
    const said = `in ${path}`;
    if (/\.(ya?ml|json)$/i.test(path)) {
      const entries = parse(source, report, VARIABLES)?.entries ?? new Map<string, Entry>();
      files.show(source, keysOf(entries, source));
      for (const [name, { key, value }] of entries) {
        const given = givenOf(value);
        if (given !== undefined) found.set(name, { value: given, origin: { said, at: value.at } });
        else report.error(`\`${name}\` must be text, a number, true or false, or a list`, key);
      }
      continue;
    }
    const { lines, problems } = readEnvFile(source.text, (name) => outer(sources.env, name));
    files.show(source, assignments(lines));
    for (const problem of problems) {
      const one = discreet(problem, source, isSecret);
      report.error(one.message, span(source, one.offset, one.offset + one.length));
    }
    for (const { key, value, offset } of lines) {
      const at: Span = span(source, offset, offset + key.length);
      if (value !== undefined) found.set(key, { value, origin: { said, at } });
    }
  }
  return found;
}

/** Where the keys of a mapping stand. */
function keysOf(entries: ReadonlyMap<string, Entry>, { lines }: Source) {
  return [...entries.values()].map(({ key: { line, column, length } }) => ({
    offset: (lines[line - 1] ?? 0) + column - 1,
    length,
  }));
}

/** A variable of the environment. */
export function outer(env: Sources["env"], name: string): Value | undefined {
  const text = Object.hasOwn(env, name) ? env[name] : undefined;
  // Characters that mark sensitive values can come from nowhere but ourselves.
  const clean = text?.replace(/[\uE000\uE001]/g, "");
  return clean === undefined ? undefined : { text: clean, empty: clean === "" };
}
