import { folder } from "../source/paths.ts";
import type { Span } from "../source/source-text.ts";
import { suggestion } from "../source/suggestions.ts";
import { textOf } from "../yaml/forms.ts";
import { merge } from "../yaml/merge.ts";
import { child, type Entry, type Mapping } from "../yaml/tree.ts";
import { rebased } from "./paths.ts";
import type { Reader } from "./reader.ts";

/*
 * `extends` (Compose Specification, "extends"): a service is merged over another one of the same file,
 * or of the file that it names, whose relative paths start from that file's folder.
 */

/** One file in own words, and what names it in chains: a service's base is found in it. */
interface Within {
  readonly root: Mapping;
  /** Absolute. */
  readonly path: string;
  readonly folder: string;
}

/** The file with what its services extend merged into them. */
export function extended(root: Mapping, path: string, base: string, reader: Reader): Mapping {
  const containers = root.entries.get("containers");
  if (containers?.value.kind !== "map") return root;
  const within: Within = { root, path, folder: base };
  const entries = new Map<string, Entry>();
  for (const [key, entry] of containers.value.entries) {
    const value = serviceOf(key, entry, within, [], reader) ?? entry.value;
    entries.set(key, { key: entry.key, value });
  }
  const value = { ...containers.value, entries };
  return { ...root, entries: new Map([...root.entries, ["containers", { ...containers, value }]]) };
}

/** The service without `extends`; `undefined`: it is no map, or what it extends cannot be had. */
function serviceOf(
  key: string,
  { value: own }: Entry,
  within: Within,
  trail: readonly string[],
  reader: Reader,
): Mapping | undefined {
  if (own.kind !== "map") return undefined;
  const asked = own.entries.get("extends");
  if (!asked) return own;
  const left = new Map(own.entries);
  left.delete("extends");
  const service: Mapping = { ...own, entries: left };
  const base = baseOf(key, asked, within, trail, reader);
  if (!base) return service;
  const whole = (value: Mapping): Mapping => ({
    kind: "map",
    at: value.at,
    entries: new Map([["containers", { key: value.at, value: single(key, value) }]]),
  });
  const merged = merge([whole(base), whole(service)], reader.report);
  const found = child(child(merged, "containers"), key);
  return found?.kind === "map" ? found : service;
}

const single = (key: string, value: Mapping): Mapping => ({
  kind: "map",
  at: value.at,
  entries: new Map([[key, { key: value.at, value }]]),
});

function baseOf(
  key: string,
  { key: at, value }: Entry,
  within: Within,
  trail: readonly string[],
  reader: Reader,
): Mapping | undefined {
  const name = value.kind === "map" ? child(value, "service") : value;
  const file = child(value, "file");
  if (name?.kind !== "scalar" || name.text === "" || (file && file.kind !== "scalar")) {
    reader.report.error("`extends` needs a `service`, and may name its `file`", at);
    return undefined;
  }
  const from = file ? otherFile(textOf(file), file.at, within, reader) : within;
  if (!from) return undefined;
  const here = `${key}\n${within.path}`;
  const target = `${name.text}\n${from.path}`;
  if ([...trail, here].includes(target)) {
    const names = [...trail, here, target].map((each) => each.split("\n", 1)[0]);
    reader.report.error(`\`extends\` forms a cycle: ${names.join(" → ")}`, at);
    return undefined;
  }
  const services = child(from.root, "containers");
  const found = services?.kind === "map" ? services.entries.get(name.text) : undefined;
  if (!found) {
    const known = services?.kind === "map" ? [...services.entries.keys()] : [];
    const where = file ? textOf(file) : "this file";
    const message = `there is no service \`${name.text}\` in ${where}`;
    reader.report.error(message, name.at, suggestion(name.text, known));
    return undefined;
  }
  return serviceOf(name.text, found, from, [...trail, here], reader);
}

/** A file that is extended: its own `include` is not read. */
function otherFile(name: string, at: Span, within: Within, reader: Reader): Within | undefined {
  const path = reader.files.below(within.folder, name);
  if (path === within.path) return within;
  const read = reader.read(path, name, at, "no file to extend from");
  if (!read) return undefined;
  const parent = folder(path);
  const root = parent === reader.files.base ? read : rebased(read, parent);
  return { root, path, folder: parent };
}
