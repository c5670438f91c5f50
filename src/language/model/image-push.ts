import type { Json, JsonObject } from "../../model/json.ts";
import type { Authored } from "../attributes/canonicalize.ts";
import { keyPlace, type Path } from "../yaml/tree.ts";

/** `tags` and `push` of an image; what is only pulled cannot be pushed to where it came from. */
export function publishedAs(
  path: Path,
  values: Readonly<Record<string, Json>>,
  { root, report }: Authored,
): JsonObject {
  const { tags, push, archive, rootfs, build } = values;
  const made = [archive, rootfs, build].some((each) => each !== undefined);
  if (push === true && tags === undefined && !made)
    report.error(
      "an image that is pulled needs `tags` to be pushed under",
      keyPlace(root, [...path, "push"]),
      "for example registry.example.com/app:1.4",
    );
  return { ...(tags !== undefined && { tags }), ...(push === true && { push }) };
}
