import type { Catalogue } from "../../attributes/core/attribute.ts";
import { recordedSpec } from "../../attributes/core/ownership.ts";
import { record } from "../../attributes/values/json.ts";
import type { FoundNetwork, FoundVolume } from "../../model/observed-state.ts";
import type { Conflict } from "../../model/plan.ts";
import type { Resource } from "../../model/stack.ts";
import type { Survey } from "../context/context.ts";
import { type Difference, differences, type Subject } from "../diff/attributes.ts";

/** What becomes of one network or volume. */
export interface NamedVerdict<F extends FoundNetwork | FoundVolume = FoundNetwork | FoundVolume> {
  readonly resource: Resource;
  readonly action: "create" | "replace" | "none" | "conflict";
  readonly found?: F;
  readonly difference?: Difference;
  /** It is replaced since `--replace` names it, whatever differs. */
  readonly asked?: boolean;
  readonly conflict?: Conflict;
}

/** Decides for a network or volume; both are known by name and cannot be changed in place. */
export function decideNamed<F extends FoundNetwork | FoundVolume>(
  survey: Survey,
  resource: Resource,
  all: readonly F[],
  catalogue: Catalogue,
): NamedVerdict<F> {
  // Made under another key of the same stack, which asks for it no more: it was moved.
  const owned = ({ owner, name }: F) =>
    owner?.stack === survey.stack.name &&
    (owner.address === resource.address || survey.resources.get(owner.address)?.name !== name);
  const named = all.filter(({ name }) => name === resource.name);
  const found = named.find(owned) ?? named[0];
  if (resource.external) return external(resource, found);
  if (!found) return { resource, action: "create" };
  if (!owned(found))
    return { resource, action: "conflict", found, conflict: foreign(resource, found) };
  const subject: Subject = {
    json: found.json,
    recorded: recordedSpec(record(found.json.Labels)),
    adopted: found.owner?.adopted,
    api: survey.observed.engine.api,
    secrets: survey.policy.secrets,
    digest: survey.policy.digest,
    redact: survey.redact,
    networkId: () => undefined,
    containerId: () => undefined,
    file: () => undefined,
  };
  const { spec, lifecycle, address } = resource;
  const difference = differences(catalogue, spec, subject, lifecycle);
  const asked = survey.policy.replacing?.includes(address) ?? false;
  if (difference.deltas.length === 0 && !asked)
    return { resource, found, difference, action: "none" };
  // Made anew, it is as the file says, what is ignored included.
  const whole = lifecycle?.ignore ? differences(catalogue, spec, subject) : difference;
  const why = asked ? { asked } : {};
  return { resource, found, difference: whole, action: "replace", ...why };
}

function external<F extends FoundNetwork | FoundVolume>(
  resource: Resource,
  found: F | undefined,
): NamedVerdict<F> {
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
  { owner }: FoundNetwork | FoundVolume,
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
