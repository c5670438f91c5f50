import { ROOTFS_LABEL } from "../../attributes/image/archive.ts";
import { hasSameContent } from "../../attributes/image/content-identity.ts";
import { at, text, texts } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Operation } from "../../model/operations/operations.ts";
import type { Resource } from "../../model/stack.ts";

/** Whether an image on the engine is what the resource's file holds. */
export function matchesArchive(json: JsonObject, { content }: Resource): boolean {
  if (!content) return true;
  if (content.from === "archive") return hasSameContent(json, content.ids, content.essences);
  return at(json, "Config", "Labels", ROOTFS_LABEL) === content.digest;
}

/** What brings an image from its file; `undefined`: it comes from a registry. */
export function loadOperation({ name, spec, content }: Resource): Operation | undefined {
  if (!content) return undefined;
  const platform = text(spec.platform);
  const shared = { image: name, ...(platform ? { platform } : {}) };
  if (content.from === "archive")
    return { operation: "image.load", ...shared, file: text(spec.archive), ids: content.ids };
  const { digest } = content;
  return {
    operation: "image.import",
    ...shared,
    file: text(spec.rootfs),
    changes: texts(spec.changes),
    digest,
  };
}
