import { folder } from "../source/paths.ts";
import { type Span, span } from "../source/source-text.ts";
import { readEnvFile } from "../variables/env-file.ts";
import type { Inputs } from "../variables/substitute.ts";
import { isNull, list, textOf } from "../yaml/forms.ts";
import { merge } from "../yaml/merge.ts";
import { child, type Entry, type Mapping, type Node } from "../yaml/tree.ts";
import { rebased } from "./paths.ts";
import type { Reader } from "./reader.ts";

/*
 * `include` (Compose Specification, "include"): further files, each with a folder and variables of its
 * own, are merged under the file that includes them. Their `name` and `x-` sections are not.
 */

const SHARED = ["containers", "networks", "volumes", "configs", "secrets"];

/** The file with what it includes merged under it. `trail`: absolute paths of the files around it. */
export function included(
  root: Mapping,
  base: string,
  trail: readonly string[],
  reader: Reader,
): Mapping {
  const asked = root.entries.get("include");
  if (!asked) return root;
  const left = new Map(root.entries);
  left.delete("include");
  const own: Mapping = { ...root, entries: left };
  if (isNull(asked.value)) return own;
  return list(asked.value).items.reduce<Mapping>((over, item) => {
    const model = modelOf(item, base, trail, reader);
    return model ? merge([model, over], reader.report) : over;
  }, own);
}

/** The merged files of one entry, with their paths absolute; `undefined` with a report. */
function modelOf(
  item: Node,
  base: string,
  trail: readonly string[],
  reader: Reader,
): Mapping | undefined {
  const written = item.kind === "map" ? child(item, "path") : item;
  const files = written ? list(written).items : [];
  const [main] = files;
  if (!main || files.some((file) => file.kind !== "scalar" || file.text === "")) {
    reader.report.error("`include` takes paths, or maps with a `path`", item.at);
    return undefined;
  }
  const paths = files.map((file) => reader.files.below(base, textOf(file)));
  const project = child(item, "project_directory");
  const home = project
    ? reader.files.below(base, textOf(project))
    : folder(reader.files.below(base, textOf(main)));
  const inputs = inputsOf(child(item, "env_file"), home, base, reader);
  const within: Reader = { ...reader, inputs };
  const roots = files.flatMap((file, index) => {
    const path = paths[index] ?? "";
    const loop = trail.indexOf(path);
    if (loop >= 0) {
      const names = [...trail.slice(loop), path].map((each) => reader.files.shown(each));
      reader.report.error(`\`include\` forms a cycle: ${names.join(" → ")}`, file.at);
      return [];
    }
    const read = within.read(path, reader.files.shown(path), file.at, "no file to include");
    return read ? [within.complete(read, path, home, [...trail, path])] : [];
  });
  const [first, ...later] = roots;
  if (!first || roots.length < files.length) return undefined;
  const model = merge([first, ...later], reader.report);
  const entries = new Map<string, Entry>();
  for (const [key, entry] of model.entries) if (SHARED.includes(key)) entries.set(key, entry);
  return rebased({ ...model, entries }, home);
}

/** The variables of what is included: those around it, then its own `.env` or `env_file`s. */
function inputsOf(
  asked: Node | undefined,
  home: string,
  base: string,
  { inputs, files, report, missing }: Reader,
): Inputs {
  const own = new Map<string, string>();
  const read = (path: string, at?: Span) => {
    const name = files.shown(path);
    const absent = () => at && report.error(`no environment file: ${name}`, at);
    const source = files.values(path, name, absent, at);
    if (!source) return;
    const { lines, problems } = readEnvFile(source.text, inputs.lookup);
    for (const { message, offset, length, unset } of problems) {
      const place = span(source, offset, offset + length);
      if (unset === undefined || !missing) report.error(message, place);
      else missing(unset, place);
    }
    for (const { key, value } of lines) if (value !== undefined) own.set(key, value);
  };
  if (asked && !isNull(asked)) {
    for (const item of list(asked).items)
      if (textOf(item) !== "/dev/null") read(files.below(base, textOf(item)), item.at);
  } else if (home !== files.base) read(`${home}/.env`);
  return {
    ...inputs,
    names: () => [...inputs.names(), ...own.keys()],
    lookup: (name) => {
      const text = own.get(name);
      const found = text === undefined ? undefined : { text, empty: text === "" };
      return inputs.lookup(name) ?? found;
    },
  };
}
