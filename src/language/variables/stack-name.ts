import { tokensIn } from "../../attributes/secrets/sensitive.ts";
import { Report } from "../source/diagnostics.ts";
import type { Files, Sources } from "../source/source-files.ts";
import type { Source } from "../source/source-text.ts";
import { child, type Mapping, placeOf } from "../yaml/tree.ts";
import { type Inputs, substitute } from "./substitute.ts";

const NAME = /^[a-z0-9][a-z0-9_-]*$/;
const HINT = "lower-case letters, digits, `_` and `-`, beginning with a letter or digit";

/** `--name`, the last `name:`, or the folder, made fit (Compose Specification, "name"). */
export function stackName(
  roots: readonly Mapping[],
  inputs: Inputs,
  sources: Sources,
  files: Files,
  report: Report,
): string {
  if (sources.stackName !== undefined) {
    const fits = NAME.test(sources.stackName);
    if (!fits) report.error(`\`${sources.stackName}\` cannot be a stack's name`, undefined, HINT);
    return sources.stackName;
  }
  const root = roots.findLast((one) => one.entries.has("name"));
  const written = root && writtenName(root, inputs, report);
  if (written !== undefined) return written;
  const name = files.baseName
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");
  const hint = "write `name:` into the stack file, or give --name";
  if (name === "") report.error("the stack has no name", undefined, hint);
  return name;
}

function writtenName(root: Mapping, inputs: Inputs, report: Report): string | undefined {
  const entry = root.entries.get("name");
  if (entry?.value.kind !== "scalar" || entry.value.value === null) return undefined;
  // Problems of a reference are told when the whole file is filled in.
  const own: Mapping = { ...root, entries: new Map([["name", entry]]) };
  const from: Source = { file: root.at.file, text: "", lines: [0] };
  const node = child(substitute(own, from, inputs, new Report()), "name");
  if (node?.kind !== "scalar" || node.origin === "unresolved") return "unnamed";
  const at = placeOf(root, ["name"]);
  if (tokensIn(node.text).length > 0) {
    report.error("a sensitive variable cannot be in the stack's name", at);
  } else if (!NAME.test(node.text)) {
    report.error(`\`${node.text}\` cannot be a stack's name`, at, HINT);
  }
  return node.text;
}
