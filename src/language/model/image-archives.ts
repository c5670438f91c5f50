import { text } from "../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Authored } from "../attributes/canonicalize.ts";
import { keyPlace, type Path } from "../yaml/tree.ts";

const NAMES = ["archive", "rootfs", "changes"] as const;

/** `archive`, or `rootfs` with its `changes`; nothing: the image comes from a registry. */
export function suppliedBy(
  path: Path,
  values: Readonly<Record<string, Json>>,
  { root, report }: Authored,
): JsonObject {
  const given = NAMES.filter((name) => values[name] !== undefined);
  const complain = (name: string, message: string, hint?: string) =>
    report.error(message, keyPlace(root, [...path, name]), hint);
  const from = given.find((name) => name !== "changes");
  if (values.changes !== undefined && from !== "rootfs")
    complain("changes", "`changes` belong to a `rootfs`", "an archive has its own config");
  if (from === undefined) return {};
  if (values.archive !== undefined && values.rootfs !== undefined)
    complain("rootfs", "an image has an `archive` or a `rootfs`, not both");
  for (const other of ["pull", "mirrors"] as const) {
    if (values[other] !== undefined)
      complain(other, `\`${other}\` has no meaning beside \`${from}\`: nothing is pulled`);
  }
  if (text(values.source).includes("@"))
    complain("source", "what a file holds cannot get a digest as its name", "name a tag");
  return Object.fromEntries(given.map((name) => [name, values[name] as Json]));
}

/** Whether a file of ours holds the image. */
export function isSupplied(spec: JsonObject): boolean {
  return spec.archive !== undefined || spec.rootfs !== undefined;
}
