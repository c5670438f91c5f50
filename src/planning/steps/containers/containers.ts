import { containerParts, mountedVolumes, referencedVolumes } from "../../context/create-body.ts";
import type { ContainerDecision } from "../../decisions/container.ts";
import { type ContainerNodes, type GraphContext, refOf } from "../../graph/context.ts";
import { createdNodes, createWithFiles, prerequisites } from "./create.ts";
import { removeLeftovers, removeOnce, stopOf } from "./remove.ts";
import { removeFailed, replace } from "./replace.ts";
import { startSteps } from "./start.ts";
import { updateSteps } from "./update.ts";

/** Drafts the steps of one container. */
export function containerSteps(context: GraphContext, decision: ContainerDecision): ContainerNodes {
  if (decision.left && decision.found) {
    removeLeftovers(context, decision, () => true);
    return { decision, ref: refOf(decision.found) };
  }
  if (decision.action === "create") return createSteps(context, decision);
  if (decision.action === "replace" && decision.found) {
    const used = [...referencedVolumes(decision.resource.spec), ...mountedVolumes(decision.found)];
    const loses = used.some((name) => context.replacedVolumes.has(name));
    return loses ? recreate(context, decision) : replace(context, decision);
  }
  return updateSteps(context, decision);
}

function createSteps(context: GraphContext, decision: ContainerDecision): ContainerNodes {
  const { resource, image } = decision;
  const addresses = context.chosen.get(resource.address);
  const parts = containerParts(context.plan, resource, resource.name, { image, addresses });
  const complete = createWithFiles(
    context,
    decision,
    parts,
    decision.reason,
    prerequisites(context, resource),
  );
  const ref = { name: resource.name };
  const { start, last } = startSteps(context, decision, ref, complete);
  if (last) removeFailed(context, resource.address, last);
  return { decision, ref, ...(start ? { start } : {}), ...createdNodes(complete) };
}

/** A volume under it is replaced: the old container must be gone before, and there is no rollback. */
function recreate(context: GraphContext, decision: ContainerDecision): ContainerNodes {
  const { resource, image, found } = decision;
  if (!found) throw new Error(`nothing to replace at ${resource.address}`);
  const gone = removeOnce(context, resource.address, found, "a volume that it uses is replaced");
  const addresses = context.chosen.get(resource.address);
  const parts = containerParts(context.plan, resource, resource.name, {
    oldContainer: found.json,
    image,
    addresses,
  });
  const leftovers = removeLeftovers(context, decision, () => true);
  const complete = createWithFiles(context, decision, parts, decision.reason, [
    ...prerequisites(context, resource),
    ...leftovers,
    gone,
  ]);
  const ref = { name: resource.name };
  const { start, last, readyWait } = startSteps(context, decision, ref, complete);
  if (last) removeFailed(context, resource.address, last);
  const stop = stopOf(context, found);
  const up = readyWait ?? start;
  if (stop && up) {
    stop.availability = "down";
    up.availability = "up";
  }
  return { decision, ref, ...(start ? { start } : {}), ...createdNodes(complete) };
}
