import { parsePairs } from "../../attributes/core/shapes.ts";
import { tokensIn } from "../../attributes/secrets/sensitive.ts";
import { list, text } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import { readEnvFile } from "../variables/env-file.ts";
import { placeOf } from "../yaml/tree.ts";
import { type Environment, reportUnused } from "./environment.ts";

/**
 * A container's labels: its `label_file`s in order, which have the format of environment files,
 * then `labels` (Compose Specification, "label_file"). `undefined`: it asks for no file.
 */
export function labelsFor(
  key: string,
  authored: JsonObject,
  given: Environment,
): Readonly<Record<string, string>> | undefined {
  if (authored.label_file === undefined) return undefined;
  const single = typeof authored.label_file === "string";
  const names = single ? [text(authored.label_file)] : list(authored.label_file).map(text);
  const result = new Map<string, string>();
  for (const [index, name] of names.entries()) {
    const path = ["containers", key, "label_file", ...(single ? [] : [index])];
    const at = placeOf(given.root, path);
    const missing = () => given.report.error(`no label file: ${name}`, at);
    const source = given.files.source(given.files.fromBase(name), name, missing, at);
    if (!source) continue;
    const read = readEnvFile(source.text, given.inputs.lookup);
    reportUnused(read, source, given);
    for (const { key: label, value } of read.lines) {
      const [secret] = tokensIn(value ?? "");
      if (secret !== undefined)
        given.report.error(`\`${secret}\` is sensitive and cannot be used in ${name}`, at);
      // A bare key says nothing, whatever is outside (Compose 2.40).
      if (value !== undefined) result.set(label, value);
    }
  }
  return { ...Object.fromEntries(result), ...parsePairs(authored.labels ?? {}) };
}
