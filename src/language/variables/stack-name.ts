import { tokensIn } from "../../attributes/secrets/sensitive.ts";
import { Report } from "../source/diagnostics.ts";
import type { Files, Sources } from "../source/source-files.ts";
import type { Source } from "../source/source-text.ts";
import { child, type Mapping, placeOf } from "../yaml/tree.ts";
import { type Inputs, substitute } from "./substitute.ts";

const NAME = /^[a-z0-9][a-z0-9_-]*$/;
const HINT = "lower-case letters, digits, `_` and `-`, beginning with a letter or digit";

/**
 * `--name`, the last `name:`, or the folder, made fit (Compose Specification, "name"). Of Compose files
 * `COMPOSE_PROJECT_NAME` comes before `name:`, which is made fit too.
 */
export function stackName(
  roots: readonly Mapping[],
  inputs: Inputs,
  sources: Sources,
  files: Files,
  report: Report,
  compose = false,
): string {
  const asked = sources.stackName ?? (compose ? projectName(inputs) : undefined);
  if (asked !== undefined) {
    const fits = NAME.test(asked);
    if (!fits) report.error(`\`${asked}\` cannot be a stack's name`, undefined, HINT);
    return asked;
  }
  const root = roots.findLast((one) => one.entries.has("name"));
  const written = root && writtenName(root, inputs, report, compose);
  if (written !== undefined) return written;
  const name = madeFit(files.baseName);
  const hint = "write `name:` into the stack file, or give --name";
  if (name === "") report.error("the stack has no name", undefined, hint);
  return name;
}

const madeFit = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");

function projectName({ lookup, used }: Inputs): string | undefined {
  used.add("COMPOSE_PROJECT_NAME");
  return lookup("COMPOSE_PROJECT_NAME")?.text || undefined;
}

function writtenName(
  root: Mapping,
  inputs: Inputs,
  report: Report,
  compose: boolean,
): string | undefined {
  const entry = root.entries.get("name");
  if (entry?.value.kind !== "scalar" || entry.value.value === null) return undefined;
  // Problems of a reference are told when the whole file is filled in.
  const own: Mapping = { ...root, entries: new Map([["name", entry]]) };
  const from: Source = { file: root.at.file, text: "", lines: [0] };
  // What is not set is told with the whole file, too.
  const quiet = inputs.missing ? { ...inputs, missing: () => {} } : inputs;
  const node = child(substitute(own, from, quiet, new Report()), "name");
  if (node?.kind !== "scalar" || node.origin === "unresolved") return "unnamed";
  const at = placeOf(root, ["name"]);
  const name = compose ? madeFit(node.text) : node.text;
  if (compose && name === "") return undefined;
  if (tokensIn(node.text).length > 0) {
    report.error("a sensitive variable cannot be in the stack's name", at);
  } else if (!NAME.test(name)) {
    report.error(`\`${node.text}\` cannot be a stack's name`, at, HINT);
  }
  return name;
}
