import { catalogue } from "../../attributes/catalogue.ts";
import type { Scope } from "../../attributes/core/attribute.ts";
import { unfit } from "../../attributes/objects/config.ts";
import { exposed } from "../../attributes/secrets/redactor.ts";
import { reveal, token, tokensIn } from "../../attributes/secrets/sensitive.ts";
import { bytesOf, textOf } from "../../attributes/values/binary-text.ts";
import { isMap, text, texts } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import { type Authored, canonicals, hasUnresolved } from "../attributes/canonicalize.ts";
import type { Environment } from "../attributes/environment.ts";
import { isWrong } from "../schema/validate.ts";
import { either, suggestion } from "../source/suggestions.ts";
import { keyPlace, placeOf } from "../yaml/tree.ts";
import { entriesOf } from "./named-objects.ts";

type Section = "configs" | "secrets";

const SOURCES: Readonly<Record<Section, readonly string[]>> = {
  configs: ["content", "file", "environment"],
  secrets: ["file", "environment", "command"],
};

/** The texts of `configs:`; what cannot be had is reported, and stands as empty text. */
export function configs(
  scope: (key: string) => Scope,
  authored: Authored,
  outside: Environment,
): ReadonlyMap<string, string> {
  return eachOf("configs", scope, authored, (key, given) => {
    if (given.file !== undefined) return fileText("configs", key, given, authored, outside) ?? "";
    if (given.environment === undefined) return text(given.content);
    const value = variable("configs", key, given, authored, outside) ?? "";
    return value === "" || tokensIn(value).length > 0
      ? value
      : hidden(`config.${key}`, value, outside);
  });
}

/** The tokens of `secrets:`, whose values are kept beside; those of commands are not known yet. */
export function secrets(
  scope: (key: string) => Scope,
  authored: Authored,
  outside: Environment,
): ReadonlyMap<string, string> {
  return eachOf("secrets", scope, authored, (key, given) => {
    const name = `secret.${key}`;
    const source = SOURCES.secrets.find((one) => given[one] !== undefined) ?? "file";
    const path = ["secrets", key, source];
    if (isWrong(authored.wrong, path)) return token(name);
    if (source === "command") {
      const { file, line, column } = placeOf(authored.root, path);
      const place = { file, line, column };
      const argv = texts(given.command);
      outside.commands.push({ key, token: name, argv, folder: outside.files.base, place });
      return token(name);
    }
    const found =
      source === "file"
        ? fileText("secrets", key, given, authored, outside)
        : variable("secrets", key, given, authored, outside);
    if (found === undefined) return token(name);
    const value = reveal(found, outside.secrets);
    const fault = unfit(bytesOf(value).length);
    if (fault)
      authored.report.error(`the secret \`${key}\` ${fault}`, placeOf(authored.root, path));
    const risk = exposed(value);
    if (risk) authored.report.warn(`the secret \`${key}\` ${risk}`, placeOf(authored.root, path));
    return hidden(name, value, outside);
  });
}

function hidden(name: string, value: string, outside: Environment): string {
  outside.secrets.set(name, value);
  return token(name);
}

function eachOf(
  section: Section,
  scope: (key: string) => Scope,
  authored: Authored,
  content: (key: string, given: JsonObject) => string,
): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  const kind = section === "configs" ? "config" : "secret";
  for (const [key, given] of entriesOf(authored.document, section)) {
    const path = [section, key] as const;
    const before = authored.report.count;
    canonicals(catalogue[kind], path, given, scope(key), authored);
    const asked = SOURCES[section].filter((name) => given[name] !== undefined);
    const refused = authored.report.count > before || isWrong(authored.wrong, path);
    if (asked.length !== 1 && isMap(given) && !refused) {
      const needed = either(SOURCES[section].map((name) => `\`${name}\``)).replace(" or ", " and ");
      const message = `the ${kind} \`${key}\` needs one of ${needed}`;
      authored.report.error(message, keyPlace(authored.root, path));
    }
    const known = asked.length === 1 && !hasUnresolved(authored.root, path);
    result.set(key, known ? content(key, given) : kind === "config" ? "" : token(`secret.${key}`));
  }
  return result;
}

/** The text of the file that an entry names; `undefined` with a report: there is none to be had. */
function fileText(
  section: Section,
  key: string,
  given: JsonObject,
  { root, report }: Authored,
  { files }: Environment,
): string | undefined {
  if (hasUnresolved(root, [section, key, "file"])) return undefined;
  const name = text(given.file);
  const at = placeOf(root, [section, key, "file"]);
  const before = report.count;
  const bytes = files.bytes(files.fromBase(name), name, at);
  if (bytes) return textOf(bytes);
  const kind = section === "configs" ? "config" : "secret";
  if (report.count === before)
    report.error(`there is no ${kind} file ${name}`, at, undefined, "file");
  return undefined;
}

function variable(
  section: Section,
  key: string,
  given: JsonObject,
  { root, report }: Authored,
  { inputs }: Environment,
): string | undefined {
  const name = text(given.environment);
  inputs.used.add(name);
  const value = inputs.lookup(name)?.text;
  if (value !== undefined) return value;
  const at = placeOf(root, [section, key, "environment"]);
  report.error(`\`${name}\` is not set`, at, suggestion(name, inputs.names()), "variable");
  return undefined;
}
