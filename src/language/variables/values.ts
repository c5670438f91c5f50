import { exposed } from "../../attributes/secrets/redactor.ts";
import { looksSecret, token } from "../../attributes/secrets/sensitive.ts";
import type { Report } from "../source/diagnostics.ts";
import type { Files, Given, Sources } from "../source/source-files.ts";
import type { Span } from "../source/source-text.ts";
import { suggestion } from "../source/suggestions.ts";
import { checkValue, compiled, type Declaration } from "./declarations.ts";
import type { Value } from "./interpolate.ts";
import { projectEnvironment, type Reading, type Surroundings } from "./project-environment.ts";
import type { Inputs } from "./substitute.ts";
import { type Found, fromFiles } from "./variable-files.ts";

/** The values that files may refer to; what is sensitive stands as a token, its text in `secrets`. */
export interface Resolved extends Inputs {
  readonly secrets: Map<string, string>;
  /** The values of all variables that were asked for, but for those that are declared sensitive. */
  plain(): Readonly<Record<string, Given>>;
  /** Reports values that no declaration and no reference asks for; after all references are known. */
  complain(): void;
}

/**
 * A declared variable is, in this order: `--var`, `--var-file`, the environment, `.env`, its
 * default. A name that is not declared may be given too, as text.
 * @param reading how the project's environment is read
 */
export function inputs(
  declared: ReadonlyMap<string, Declaration>,
  sources: Sources,
  files: Files,
  report: Report,
  reading: Reading = {},
): Resolved {
  const isSecret = (name: string) => declared.get(name)?.sensitive ?? looksSecret(name);
  const offered = new Map([
    ...fromFiles(sources, files, isSecret, report),
    ...fromFlags(sources, report),
  ]);
  const given = new Map([...offered, ...fixed(sources, declared, offered, report)]);
  const surroundings = projectEnvironment(sources, files, report, reading);
  const secrets = new Map<string, string>();
  const values = new Map<string, Value>();
  const lists = new Map<string, readonly string[]>();
  const broken = new Set<string>();
  const used = new Set<string>(Object.keys(sources.fixed ?? {}));
  const keep = (name: string, value: Given, sensitive?: Span) => {
    const hide = (text: string, as: string) => {
      if (!sensitive) return text;
      const risk = exposed(text);
      if (risk) report.warn(`the value of \`${name}\` ${risk}`, sensitive);
      secrets.set(as, text);
      return token(as);
    };
    if (typeof value === "string")
      values.set(name, { text: hide(value, name), empty: value === "" });
    else
      lists.set(
        name,
        value.map((item, index) => hide(item, `${name}[${index}]`)),
      );
  };
  for (const declaration of declared.values()) {
    const value = chosen(declaration, given, surroundings, report);
    if (value === undefined) broken.add(declaration.name);
    else keep(declaration.name, value, declaration.sensitive ? declaration.at : undefined);
  }
  for (const [name, { value }] of given) if (!declared.has(name)) keep(name, value);
  const known = () => [...declared.keys(), ...given.keys(), ...surroundings.names()];
  return {
    secrets,
    used,
    lookup: (name) => values.get(name) ?? (declared.has(name) ? undefined : surroundings.get(name)),
    list: (name) => lists.get(name),
    names: known,
    missing: reading.missing,
    broken: (name) => broken.has(name),
    plain() {
      const all = [...new Set([...declared.keys(), ...used])].flatMap((name) => {
        if (declared.get(name)?.sensitive) return [];
        const outside = declared.has(name) ? undefined : surroundings.get(name);
        const value = lists.get(name) ?? (values.get(name) ?? outside)?.text;
        return value === undefined ? [] : [[name, value] as const];
      });
      return Object.fromEntries(all);
    },
    complain: () => complainUnused(given, declared, used, report),
  };
}

function chosen(
  declared: Declaration,
  given: ReadonlyMap<string, Found>,
  surroundings: Surroundings,
  report: Report,
): Given | undefined {
  const { name } = declared;
  if (declared.pattern !== undefined && !compiled(declared.pattern)) {
    report.error(`the pattern of \`${name}\` is no regular expression`, declared.at);
    return undefined;
  }
  const flag = given.get(name);
  if (flag) return checkValue(declared, flag.value, flag.origin, report);
  const outside = surroundings.get(name);
  if (outside)
    return checkValue(declared, outside.text, { said: `of ${name} in the environment` }, report);
  if (declared.default !== undefined) {
    const origin = { said: "of the default", at: declared.defaultAt };
    return checkValue(declared, declared.default, origin, report);
  }
  const hint = `give it with --var ${name}=… or --var-file, or set ${name} in the environment`;
  report.error(`the variable \`${name}\` has no value`, declared.at, hint);
  return undefined;
}

/** What a saved plan was made with; another value would be passed over in silence. */
function fixed(
  sources: Sources,
  declared: ReadonlyMap<string, Declaration>,
  offered: ReadonlyMap<string, Found>,
  report: Report,
): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const [name, value] of Object.entries(sources.fixed ?? {})) {
    const other = offered.get(name);
    const declaration = declared.get(name);
    const read =
      other && declaration
        ? checkValue(declaration, other.value, other.origin, report)
        : other?.value;
    if (read !== undefined && String(read) !== String(value)) {
      const at = other?.origin.at;
      report.error(`the plan was made with another value of \`${name}\``, at, "make a new plan");
    }
    found.set(name, { value, origin: { said: "of the saved plan" } });
  }
  return found;
}

function fromFlags({ variables }: Sources, report: Report): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const [index, flag] of variables.entries()) {
    const equals = flag.indexOf("=");
    // What was given may be a value.
    const which = variables.length > 1 ? `: number ${index + 1} has no name` : "";
    if (equals < 1) report.error(`--var takes name=value${which}`);
    else {
      const name = flag.slice(0, equals);
      found.set(name, { value: flag.slice(equals + 1), origin: { said: `of --var ${name}` } });
    }
  }
  return found;
}

function complainUnused(
  given: ReadonlyMap<string, Found>,
  declared: ReadonlyMap<string, Declaration>,
  used: ReadonlySet<string>,
  report: Report,
): void {
  for (const [name, { origin }] of given) {
    if (declared.has(name) || used.has(name)) continue;
    const hint = suggestion(name, [...declared.keys()]);
    // One variable file may serve several stacks; a flag is meant for this one.
    if (origin.at) report.warn(`the stack has no variable \`${name}\``, origin.at, hint);
    else {
      const message = `the stack has no variable \`${name}\`, given with --var`;
      report.error(message, undefined, hint ?? "variables are declared under `variables:`");
    }
  }
}
