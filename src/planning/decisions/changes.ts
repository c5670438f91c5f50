import { catalogue } from "../../attributes/catalogue.ts";
import type { Change, Rollout } from "../../model/change.ts";
import type { Step } from "../../model/plan.ts";
import type { Address, Resource } from "../../model/stack.ts";
import { type ImageStatus, imageStatus, type PlanContext, pullReason } from "../context/context.ts";
import { creationDeltas } from "../diff/attributes.ts";
import { type ContainerDecision, originOf } from "./container.ts";
import type { NetworkVolumeDecision } from "./networks-volumes.ts";

/** The lines of a plan, an object each. */
export function imageChange(context: PlanContext, { address, name }: Resource): Change {
  const resource = context.resources.get(address) as Resource;
  const state = imageStatus(context, resource);
  return {
    address,
    kind: "image",
    name,
    action: imageAction(resource, state),
    reason: pullReason(state),
    origin: ["outdated", "moved"].includes(state.pull) ? "unknown" : "file",
    deltas: state.rebuild?.deltas ?? [],
    unchanged: 0,
  };
}

function imageAction({ build, content }: Resource, { pull }: ImageStatus): Change["action"] {
  if (pull === "moved") return "update";
  if (build) return "build";
  return content ? "load" : "pull";
}

export function changeOf({ resource, difference, asked }: NetworkVolumeDecision): Change {
  const deltas =
    difference?.deltas ??
    creationDeltas(catalogue[resource.kind as "network" | "volume"], resource.spec);
  return {
    address: resource.address,
    kind: resource.kind,
    name: resource.name,
    action: difference ? "replace" : "create",
    reason: difference ? namedReason(resource, asked) : "it does not exist",
    origin: originOf(deltas),
    deltas,
    unchanged: difference?.unchanged ?? 0,
  };
}

/** Why a network or volume is replaced. */
export function namedReason({ kind }: Resource, asked: boolean | undefined): string {
  return asked ? "asked by --replace" : `a ${kind} cannot be changed in place`;
}

export function namedChange(
  decision: NetworkVolumeDecision,
  replacedVolumes: ReadonlySet<string>,
): readonly Change[] {
  const { action, resource } = decision;
  if (action === "create") return [changeOf(decision)];
  const permitted = resource.kind === "network" || replacedVolumes.has(resource.name);
  return action === "replace" && permitted ? [changeOf(decision)] : [];
}

export function containerChange(
  { resource, action, deltas, reason, origin, unchanged, found, leftovers }: ContainerDecision,
  updateOrders: ReadonlyMap<Address, Rollout>,
): readonly Change[] {
  const { address, kind, name } = resource;
  const leftover = leftovers.map(
    (each): Change => ({
      address,
      kind,
      name: each.name,
      action: "remove",
      reason: "left over from an interrupted run",
      origin: "unknown",
      deltas: [],
      unchanged: 0,
    }),
  );
  if (action === "none") return leftover;
  const lines = found ? deltas : creationDeltas(catalogue.container, resource.spec);
  const rollout = updateOrders.get(address);
  const change = { address, kind, name, action, reason, origin, deltas: lines, unchanged };
  return [{ ...change, ...(rollout ? { rollout } : {}) }, ...leftover];
}

/** Containers that are as asked, yet leave a network that is replaced, and come back. */
export function reconnectChanges(
  decisions: readonly ContainerDecision[],
  steps: readonly Step[],
): readonly Change[] {
  return decisions.flatMap(({ resource, action, unchanged }) => {
    const { address, kind, name } = resource;
    const moved = steps.find(
      (step) => step.address === address && step.operation === "network.disconnect",
    );
    if (action !== "none" || !moved) return [];
    const reason = `it is disconnected for a moment: ${moved.reason}`;
    return [
      { address, kind, name, action: "update", reason, origin: "file", deltas: [], unchanged },
    ];
  });
}
