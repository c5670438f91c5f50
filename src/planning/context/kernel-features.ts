import { catalogue } from "../../attributes/catalogue.ts";
import type { Catalogue } from "../../attributes/core/attribute.ts";
import type { ObservedState } from "../../model/observed-state.ts";
import type { Resource, Stack } from "../../model/stack.ts";

const attributes: Catalogue = catalogue.container;

/** What the engine's kernel cannot do, by what it tells, is not asked of it: it would be left out. */
export function withoutUnsupported(stack: Stack, { lacks = [] }: ObservedState): Stack {
  if (lacks.length === 0) return stack;
  const resources = stack.resources.map((resource): Resource => {
    const without = new Set(unsupportedAttributes(resource, lacks));
    if (without.size === 0) return resource;
    const kept = Object.entries(resource.spec).filter(([name]) => !without.has(name));
    return { ...resource, spec: Object.fromEntries(kept) };
  });
  return { ...stack, resources };
}

export function unsupportedAttributes(
  { kind, spec }: Resource,
  lacks: readonly string[],
): readonly string[] {
  if (kind !== "container") return [];
  return Object.keys(spec).filter((name) => {
    const fact = attributes[name]?.docker?.optional;
    return typeof fact === "string" && lacks.includes(fact);
  });
}
