import { splitOnce } from "../../attributes/core/shapes.ts";
import { looksSecret, token, tokensIn } from "../../attributes/secrets/sensitive.ts";
import { isMap, list, text } from "../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Place } from "../../model/stack.ts";
import type { Report } from "../source/diagnostics.ts";
import type { Files } from "../source/source-files.ts";
import { type Source, span } from "../source/source-text.ts";
import { assignments, type EnvFile, readEnvFile, readRawEnvFile } from "../variables/env-file.ts";
import type { Lookup } from "../variables/interpolate.ts";
import { discreet } from "../variables/masked-problem.ts";
import { type Inputs, unsetHint } from "../variables/substitute.ts";
import { type Mapping, placeOf } from "../yaml/tree.ts";

/** A program whose output is a secret's value; whoever needs the value runs it. */
export interface SecretCommand {
  readonly key: string;
  /** The name in the value's token. */
  readonly token: string;
  readonly argv: readonly string[];
  /** Absolute. */
  readonly folder: string;
  readonly place: Place;
}

export interface Environment {
  readonly inputs: Inputs;
  readonly files: Files;
  readonly secrets: Map<string, string>;
  /** Programs whose output is a secret's value. */
  readonly commands: SecretCommand[];
  readonly root: Mapping;
  readonly report: Report;
  /** The files are Compose's. */
  readonly compose: boolean;
}

type Variables = Readonly<Record<string, string | null>>;

/**
 * A container's environment: its `env_file`s in order, then `environment`, whose bare keys take
 * the value from outside or, without one, are `null`: they take the variable away (Compose: "environment").
 * Values whose key looks like a secret's become tokens. `undefined`: it asks for none.
 */
export function environmentFor(
  key: string,
  authored: JsonObject,
  given: Environment,
): Variables | undefined {
  if (authored.environment === undefined && authored.env_file === undefined) return undefined;
  const own = entries(authored.environment);
  const result = new Map<string, string>();
  for (const [index, item] of files(authored.env_file).entries()) {
    const single = typeof authored.env_file === "string";
    const path = ["containers", key, "env_file", ...(single ? [] : [index])];
    readInto(result, item, path, own, given);
  }
  const values = completed(result, own, `container.${key}.environment`, given);
  const away = [...own.keys()].filter((name) => !Object.hasOwn(values, name));
  return { ...values, ...Object.fromEntries(away.map((name) => [name, null])) };
}

/** The same for the environments of a container's hooks, which know no files. */
export function hooksFor(key: string, authored: JsonObject, given: Environment): JsonObject {
  const completedHook = (name: string) => (hook: Json, index: number) => {
    if (!isMap(hook) || hook.environment === undefined) return hook;
    const prefix = `container.${key}.${name}.${index}.environment`;
    const own = entries(hook.environment);
    return { ...hook, environment: completed(new Map(), own, prefix, given) };
  };
  return Object.fromEntries(
    ["post_start", "pre_stop"].flatMap((name) => {
      const hooks = authored[name];
      return Array.isArray(hooks) ? [[name, hooks.map(completedHook(name))]] : [];
    }),
  );
}

function completed(
  values: Map<string, string>,
  own: ReadonlyMap<string, string | undefined>,
  prefix: string,
  given: Environment,
): Readonly<Record<string, string>> {
  for (const [name, value] of own) {
    const outside = value === undefined ? fromOutside(name, given) : value;
    if (outside === undefined) values.delete(name);
    else values.set(name, outside);
  }
  for (const [name, value] of values) {
    if (value === "" || !looksSecret(name) || tokensIn(value).length > 0) continue;
    const hidden = `${prefix}.${name}`;
    given.secrets.set(hidden, value);
    values.set(name, token(hidden));
  }
  return Object.fromEntries(values);
}

/** Keys with their values; `undefined` for a bare key. */
function entries(authored: Json | undefined): ReadonlyMap<string, string | undefined> {
  if (isMap(authored)) {
    return new Map(
      Object.entries(authored).map(([name, value]) => [
        name,
        value === null ? undefined : text(value),
      ]),
    );
  }
  return new Map(list(authored).map((item) => splitOnce(text(item), "=")));
}

function files(authored: Json | undefined): readonly Json[] {
  return typeof authored === "string" ? [authored] : list(authored);
}

function fromOutside(name: string, { inputs }: Environment): string | undefined {
  inputs.used.add(name);
  return inputs.lookup(name)?.text;
}

function readInto(
  result: Map<string, string>,
  item: Json,
  path: readonly (string | number)[],
  own: ReadonlyMap<string, string | undefined>,
  given: Environment,
): void {
  const asked = isMap(item) ? item : { path: item };
  const name = text(asked.path);
  const at = placeOf(given.root, path);
  const missing = () => {
    const hint = "correct the path, or write `required: false` beside it if the file is optional";
    if (asked.required !== false)
      given.report.error(`there is no environment file ${name}`, at, hint, "file");
  };
  const source = given.files.values(given.files.fromBase(name), name, missing, at);
  if (!source) return;
  const raw = asked.format === "raw";
  const read = raw ? readRawEnvFile(source.text) : readEnvFile(source.text, within(own, given));
  given.files.show(source, assignments(read.lines));
  reportUnused(read, source, given);
  for (const { key, value } of read.lines) {
    const found = value ?? fromOutside(key, given);
    if (found !== undefined) result.set(key, found);
  }
}

/** Inside an env file: what the stack may use, then the container's own environment. */
function within(own: ReadonlyMap<string, string | undefined>, given: Environment): Lookup {
  return (name) => {
    given.inputs.used.add(name);
    const value = own.get(name);
    return (
      given.inputs.lookup(name) ??
      (value === undefined ? undefined : { text: value, empty: value === "" })
    );
  };
}

/** Reports the mistakes of a file at their places in it. */
export function reportUnused(read: EnvFile, source: Source, { report, inputs }: Environment): void {
  for (const problem of read.problems) {
    const { offset, length, message, unset } = discreet(problem, source);
    if (problem.unset !== undefined && inputs.missing) {
      inputs.missing(problem.unset, span(source, offset, offset + length));
      continue;
    }
    const near = unsetHint(unset, inputs.names());
    const literal = unset === undefined ? undefined : "single quotes take a dollar as it is";
    const hint = near?.startsWith("did") ? near : literal;
    report.error(message, span(source, offset, offset + length), hint);
  }
}
