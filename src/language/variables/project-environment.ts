import type { Report } from "../source/diagnostics.ts";
import { folder, isOpen } from "../source/paths.ts";
import type { Files, Sources } from "../source/source-files.ts";
import { span } from "../source/source-text.ts";
import { assignments, readEnvFile } from "./env-file.ts";
import type { Lookup } from "./interpolate.ts";
import { discreet } from "./masked-problem.ts";
import { type Inputs, unsetHint } from "./substitute.ts";
import { outer } from "./variable-files.ts";

/** How the environment of a project is read. */
export interface Reading {
  /** As Compose does: `.env` of the working folder too, and what `COMPOSE_DISABLE_ENV_FILE` says. */
  readonly compose?: boolean;
  readonly missing?: Inputs["missing"];
}

export interface Surroundings {
  get: Lookup;
  names(): readonly string[];
}

/**
 * The environment, then `--env-file`s, of which later ones override, or `.env` beside the first stack
 * file (Compose: "Environment variables"). Compose reads `.env` of the working folder before that one.
 */
export function projectEnvironment(
  sources: Sources,
  files: Files,
  report: Report,
  { compose = false, missing }: Reading,
): Surroundings {
  const own = new Map<string, string>();
  const get: Lookup = (key) => outer(sources.env, key) ?? outer(Object.fromEntries(own), key);
  const names = () => [...Object.keys(sources.env), ...own.keys()];
  for (const { path, name, needed } of envFiles(sources, files, compose)) {
    const absent = () => needed && report.error(`no environment file: ${name}`);
    const source = files.values(path, name, absent);
    if (!source) continue;
    const { lines, problems } = readEnvFile(source.text, get);
    files.show(source, assignments(lines));
    for (const problem of problems) {
      const one = discreet(problem, source);
      const at = span(source, one.offset, one.offset + one.length);
      if (problem.unset !== undefined && missing) missing(problem.unset, at);
      else report.error(one.message, at, unsetHint(one.unset, Object.keys(sources.env)));
    }
    for (const { key, value } of lines)
      if (value !== undefined && (needed || !own.has(key))) own.set(key, value);
  }
  return { get, names };
}

interface EnvFileAsked {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
  /** Named on the command line: it must be there, and overrides the files before it. */
  readonly needed: boolean;
}

function envFiles(sources: Sources, files: Files, compose: boolean): readonly EnvFileAsked[] {
  const { envFiles: asked = [], cwd } = sources;
  if (asked.length > 0)
    return asked.map((name) => ({ path: files.absolute(name), name, needed: true }));
  if (compose && isTrue(outer(sources.env, "COMPOSE_DISABLE_ENV_FILE")?.text)) return [];
  const first = sources.files[0] ?? "-";
  const parent = isOpen(first) ? "." : folder(first);
  const name = parent === "." ? ".env" : `${parent}/.env`;
  const beside = { path: `${files.base}/.env`, name, needed: false };
  if (!compose || cwd === files.base) return [beside];
  return [{ path: `${cwd}/.env`, name: ".env", needed: false }, beside];
}

const isTrue = (text = ""): boolean => /^(1|t|true|y|yes|on)$/i.test(text);
