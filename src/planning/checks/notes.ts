import { labelledProtected } from "../../attributes/core/ownership.ts";
import { at, record } from "../../attributes/values/json.ts";
import type { ObservedState } from "../../model/observed-state.ts";
import type { Note } from "../../model/plan.ts";
import type { Stack } from "../../model/stack.ts";
import { unsupportedAttributes } from "../context/kernel-features.ts";
import type { ContainerDecision } from "../decisions/container.ts";
import type { NetworkVolumeDecision } from "../decisions/networks-volumes.ts";

/**
 * An object's labels are those that it was made with. Where the file says otherwise about
 * protection, the label follows with the next replacement; until then both count in turn.
 */
export function protectionNotes(
  named: readonly NetworkVolumeDecision[],
  containers: readonly ContainerDecision[],
): readonly Note[] {
  return [...named, ...containers].flatMap(({ resource, action, found }): Note[] => {
    if (!found || resource.external || action === "replace" || action === "create") return [];
    const { address, kind, lifecycle } = resource;
    const labels = kind === "container" ? at(found.json, "Config", "Labels") : found.json.Labels;
    const isLabelled = labelledProtected(record(labels));
    if (isLabelled === (lifecycle?.protect === true)) return [];
    const message = isLabelled
      ? "it is no longer protected, but its label still says so: once its block is gone, it is held until `--unprotect` names it"
      : "it is protected as long as its block is in the file; its label, which protects it afterwards, comes with its next replacement";
    return [{ address, message }];
  });
}

/** One note for each container of which something is left out, on whichever grounds that is known. */
export function lackingNotes(
  { resources }: Stack,
  { lacks = [] }: ObservedState,
  decisions: readonly ContainerDecision[],
): readonly Note[] {
  const whole = new Map(resources.map((resource) => [resource.address, resource]));
  return decisions.flatMap(({ resource: { address }, action, discarded = [] }): Note[] => {
    const asked = whole.get(address);
    const told = asked ? unsupportedAttributes(asked, lacks) : [];
    // Made anew, it is asked again, and the engine tells what becomes of it.
    const names = [...told, ...(action === "replace" ? [] : discarded)].map(
      (name) => `\`${name}\``,
    );
    if (names.length === 0) return [];
    const message = `the kernel of the engine's machine cannot do ${names.join(", ")}, so the container runs without`;
    return [{ address, message }];
  });
}
