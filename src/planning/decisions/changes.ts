import { catalogue } from "../../attributes/catalogue.ts";
import type { Change, Rollout } from "../../model/change.ts";
import type { Step } from "../../model/plan.ts";
import type { Address, Resource } from "../../model/stack.ts";
import { type ImageState, imageState, pullReason, type Survey } from "../context/context.ts";
import { creation } from "../diff/attributes.ts";
import { originOf, type Verdict } from "./container.ts";
import type { NamedVerdict } from "./networks-volumes.ts";

/** The lines of a plan, an object each. */
export function imageChange(world: Survey, { address, name }: Resource): Change {
  const resource = world.resources.get(address) as Resource;
  const state = imageState(world, resource);
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

function imageAction({ build, content }: Resource, { pull }: ImageState): Change["action"] {
  if (pull === "moved") return "update";
  if (build) return "build";
  return content ? "load" : "pull";
}

export function changeOf({ resource, difference, asked }: NamedVerdict): Change {
  const deltas =
    difference?.deltas ?? creation(catalogue[resource.kind as "network" | "volume"], resource.spec);
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
  verdict: NamedVerdict,
  replacedVolumes: ReadonlySet<string>,
): readonly Change[] {
  const { action, resource } = verdict;
  if (action === "create") return [changeOf(verdict)];
  const permitted = resource.kind === "network" || replacedVolumes.has(resource.name);
  return action === "replace" && permitted ? [changeOf(verdict)] : [];
}

export function containerChange(
  { resource, action, deltas, reason, origin, unchanged, found, debris }: Verdict,
  rollouts: ReadonlyMap<Address, Rollout>,
): readonly Change[] {
  const { address, kind, name } = resource;
  const leftover = debris.map(
    (each): Change => ({
      address,
      kind,
      name: each.name,
      action: "remove",
      reason: "an interrupted run left it over",
      origin: "unknown",
      deltas: [],
      unchanged: 0,
    }),
  );
  if (action === "none") return leftover;
  const lines = found ? deltas : creation(catalogue.container, resource.spec);
  const rollout = rollouts.get(address);
  const change = { address, kind, name, action, reason, origin, deltas: lines, unchanged };
  return [{ ...change, ...(rollout ? { rollout } : {}) }, ...leftover];
}

/** Containers that are as asked, yet leave a network that is replaced, and come back. */
export function movedChanges(
  verdicts: readonly Verdict[],
  steps: readonly Step[],
): readonly Change[] {
  return verdicts.flatMap(({ resource, action, unchanged }) => {
    const { address, kind, name } = resource;
    const moved = steps.find(({ target, do: work }) => target === address && work === "disconnect");
    if (action !== "none" || !moved) return [];
    const reason = `it is disconnected for a moment: ${moved.because}`;
    return [
      { address, kind, name, action: "update", reason, origin: "file", deltas: [], unchanged },
    ];
  });
}
