import type { Attribute } from "../../attributes/core/attribute.ts";
import { isMap, member, record, texts } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import { alternatives, property, types } from "../schema/coerce.ts";
import { mapEntries } from "../yaml/forms.ts";
import { SECTIONS } from "../yaml/merge.ts";
import type { Mapping, Node } from "../yaml/tree.ts";

/*
 * What is empty says nothing. Compose leaves empty texts, lists and maps out of what it sends, so
 * that the engine's default holds: `hostname: "${NAME:-}"` is as if the line were not there. Here it
 * holds for every attribute that may be text, a list or a map, and for each known key below it, but
 * for what the catalogue says (`emptyCounts`). A number or a boolean cannot be empty: that is refused.
 */

/** The merged document without what says nothing. */
export function spoken(root: Mapping): Mapping {
  return mapEntries(root, (section, { value }) => {
    const attributes = member(SECTIONS, section);
    if (!attributes || value.kind !== "map") return value;
    return mapEntries(value, (_, { value: block }) =>
      block.kind === "map"
        ? mapEntries(block, (name, { value }) => ofAttribute(member(attributes, name), value))
        : block,
    );
  });
}

function ofAttribute(attribute: Attribute | undefined, node: Node): Node | undefined {
  if (!attribute) return node;
  const options = alternatives(attribute.schema);
  // Nothing says nothing wherever it may stand, even where what is empty counts.
  if (node.kind === "scalar" && node.value === null && types(options).has("null")) return undefined;
  if (attribute.emptyCounts === true) return node;
  const left = within(node, options, attribute.emptyCounts ?? []);
  return isSilent(left, options) ? undefined : left;
}

/** The node without its silent parts. */
function within(node: Node, options: readonly JsonObject[], counting: readonly string[]): Node {
  if (node.kind === "scalar") return node;
  if (node.kind === "list") {
    const each = options.map(({ items }) => items).filter(isMap);
    const inner = each.flatMap(alternatives);
    const items = node.items
      .filter((item) => item.kind !== "scalar" || !isSilent(item, inner))
      .map((item) => within(item, inner, counting));
    return { ...node, items };
  }
  return mapEntries(node, (key, { value }) => {
    const inner = options.flatMap((schema) => property(schema, key)).flatMap(alternatives);
    const isKnown = options.some(({ properties }) => isMap(member(record(properties), key)));
    const isNeeded = options.some(({ required }) => texts(required).includes(key));
    const left = counting.includes(key) ? value : within(value, inner, counting);
    return isKnown && !isNeeded && isSilent(left, inner) ? undefined : left;
  });
}

/** Only what may stand there says nothing when it is empty; anything else is a mistake to be told. */
function isSilent(node: Node, options: readonly JsonObject[]): boolean {
  const allowed = types(options);
  if (node.kind === "map") return node.entries.size === 0 && allowed.has("object");
  if (node.kind === "list") return node.items.length === 0 && allowed.has("array");
  return node.value === "" && node.origin !== "unresolved" && allowed.has("string");
}
