import { labelledProtected } from "../../attributes/core/ownership.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Address, Resource, Stack } from "../../model/stack.ts";
import type { PlanOptions } from "./options.ts";

/** Which objects a plan may touch: by what was targeted, and by what is protected. */
export interface Targeting {
  /** It was targeted, is needed by what was, or shares what that has; everything, where nothing was. */
  includes(address: Address): boolean;
  /** It was targeted itself, so that its removal is meant; everything, where nothing was. */
  isTarget(address: Address): boolean;
  /**
   * Whether a live object is protected and no permission lifts it. Its block decides; where that
   * is gone, the label.
   */
  isProtected(address: Address, labels: JsonObject): boolean;
}

export function targetingOf({ resources }: Stack, options: PlanOptions): Targeting {
  const targets = new Set(options.targets);
  const wanted = withNeeds(resources, targets);
  const lifted = new Set(options.unprotect);
  const blocks = new Map(resources.map((resource) => [baseAddress(resource.address), resource]));
  const all = targets.size === 0;
  return {
    includes: (address) => all || wanted.has(address),
    isTarget: (address) => all || targets.has(address),
    isProtected: (address, labels) => {
      if (lifted.has(address)) return false;
      const block = blocks.get(baseAddress(address));
      return block ? block.lifecycle?.protect === true : labelledProtected(labels);
    },
  };
}

/** Replicas have one block, also those that it no longer asks for. */
export function baseAddress(address: string): string {
  return address.replace(/\[\d+\]$/, "");
}

function withNeeds(resources: readonly Resource[], targets: ReadonlySet<Address>) {
  const byAddress = new Map(resources.map((resource) => [resource.address, resource]));
  const wanted = new Set(targets);
  // A set that grows while it is walked: what is added is visited too.
  for (const address of wanted) {
    for (const { on } of byAddress.get(address)?.needs ?? []) wanted.add(on);
    // Whoever shares what it has follows it.
    for (const { address: sharer, needs } of resources)
      if (needs.some(({ on, bound }) => bound && on === address)) wanted.add(sharer);
  }
  return wanted;
}
