import type { Catalogue } from "../../attributes/core/attribute.ts";
import { recordedSpec } from "../../attributes/core/ownership.ts";
import { record } from "../../attributes/values/json.ts";
import type { ObservedNetwork, ObservedVolume } from "../../model/observed-state.ts";
import type { Conflict } from "../../model/plan.ts";
import type { Resource } from "../../model/stack.ts";
import type { PlanContext } from "../context/context.ts";
import { type AttributeDiff, diffAttributes, type LiveObject } from "../diff/attributes.ts";

/** What becomes of one network or volume. */
export interface NetworkVolumeDecision<
  F extends ObservedNetwork | ObservedVolume = ObservedNetwork | ObservedVolume,
> {
  readonly resource: Resource;
  readonly action: "create" | "replace" | "none" | "conflict";
  readonly found?: F;
  readonly difference?: AttributeDiff;
  /** It is replaced since `--replace` names it, whatever differs. */
  readonly asked?: boolean;
  readonly conflict?: Conflict;
}

/** Decides for a network or volume; both are known by name and cannot be changed in place. */
export function decideNetworkOrVolume<F extends ObservedNetwork | ObservedVolume>(
  context: PlanContext,
  resource: Resource,
  all: readonly F[],
  catalogue: Catalogue,
): NetworkVolumeDecision<F> {
  // Made under another key of the same stack, which asks for it no more: it was moved.
  const owned = ({ owner, name }: F) =>
    owner?.stack === context.stack.name &&
    (owner.address === resource.address || context.resources.get(owner.address)?.name !== name);
  const named = all.filter(({ name }) => name === resource.name);
  const found = named.find(owned) ?? named[0];
  if (resource.external) return external(resource, found);
  if (!found) return { resource, action: "create" };
  if (!owned(found))
    return { resource, action: "conflict", found, conflict: foreign(resource, found) };
  const subject: LiveObject = {
    json: found.json,
    lastApplied: recordedSpec(record(found.json.Labels)),
    adopted: found.owner?.adopted,
    api: context.observed.engine.api,
    secrets: context.options.secrets,
    digest: context.options.digest,
    redact: context.redact,
    networkId: () => undefined,
    containerId: () => undefined,
    file: () => undefined,
  };
  const { spec, lifecycle, address } = resource;
  const difference = diffAttributes(catalogue, spec, subject, lifecycle);
  const asked = context.options.replacing?.includes(address) ?? false;
  if (difference.deltas.length === 0 && !asked)
    return { resource, found, difference, action: "none" };
  // Made anew, it is as the file says, what is ignored included.
  const whole = lifecycle?.ignore ? diffAttributes(catalogue, spec, subject) : difference;
  const reason = asked ? { asked } : {};
  return { resource, found, difference: whole, action: "replace", ...reason };
}

function external<F extends ObservedNetwork | ObservedVolume>(
  resource: Resource,
  found: F | undefined,
): NetworkVolumeDecision<F> {
  if (found) return { resource, action: "none", found };
  const { address, kind, name } = resource;
  return {
    resource,
    action: "conflict",
    conflict: {
      address,
      message: `the external ${kind} ${name} does not exist`,
      hint: `create it (docker ${kind} create ${name}), or drop \`external: true\``,
    },
  };
}

function foreign(
  { address, kind, name }: Resource,
  { owner }: ObservedNetwork | ObservedVolume,
): Conflict {
  const whose = owner
    ? `belongs to the stack ${owner.stack} (${owner.address})`
    : "is not this stack's";
  return {
    address,
    message: `a ${kind} named ${name} exists and ${whose}`,
    hint: owner
      ? "give yours another `name:`, or use this one with `external: true`"
      : "give yours another `name:`, take this one over with `adopt: true`, or only use it with `external: true`",
  };
}
