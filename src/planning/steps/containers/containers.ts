import { containerParts, mountedBy, volumesOf } from "../../context/create-body.ts";
import type { Verdict } from "../../decisions/container.ts";
import { type Built, type Ground, refOf } from "../../graph/context.ts";
import { created, ingredients, make } from "./create.ts";
import { removalOnce, removeDebris, stopOf } from "./remove.ts";
import { forget, replace } from "./replace.ts";
import { launch } from "./start.ts";
import { inPlace } from "./update.ts";

/** Drafts the steps of one container. */
export function build(ground: Ground, verdict: Verdict): Built {
  if (verdict.left && verdict.found) {
    removeDebris(ground, verdict, () => true);
    return { verdict, ref: refOf(verdict.found) };
  }
  if (verdict.action === "create") return buildNew(ground, verdict);
  if (verdict.action === "replace" && verdict.found) {
    const used = [...volumesOf(verdict.resource.spec), ...mountedBy(verdict.found)];
    const loses = used.some((name) => ground.replacedVolumes.has(name));
    return loses ? recreate(ground, verdict) : replace(ground, verdict);
  }
  return inPlace(ground, verdict);
}

function buildNew(ground: Ground, verdict: Verdict): Built {
  const { resource, image } = verdict;
  const addresses = ground.chosen.get(resource.address);
  const parts = containerParts(ground.survey, resource, resource.name, { image, addresses });
  const complete = make(ground, verdict, parts, verdict.reason, ingredients(ground, resource));
  const ref = { name: resource.name };
  const { start, last } = launch(ground, verdict, ref, complete);
  if (last) forget(ground, resource.address, last);
  return { verdict, ref, ...(start ? { start } : {}), ...created(complete) };
}

/** A volume under it is replaced: the predecessor must be gone before, and there is no way back. */
function recreate(ground: Ground, verdict: Verdict): Built {
  const { resource, image, found } = verdict;
  if (!found) throw new Error(`nothing to replace at ${resource.address}`);
  const gone = removalOnce(ground, resource.address, found, "a volume that it uses is replaced");
  const addresses = ground.chosen.get(resource.address);
  const parts = containerParts(ground.survey, resource, resource.name, {
    predecessor: found.json,
    image,
    addresses,
  });
  const debris = removeDebris(ground, verdict, () => true);
  const complete = make(ground, verdict, parts, verdict.reason, [
    ...ingredients(ground, resource),
    ...debris,
    gone,
  ]);
  const ref = { name: resource.name };
  const { start, last, proof } = launch(ground, verdict, ref, complete);
  if (last) forget(ground, resource.address, last);
  const stop = stopOf(ground, found);
  const up = proof ?? start;
  if (stop && up) {
    stop.service = "down";
    up.service = "up";
  }
  return { verdict, ref, ...(start ? { start } : {}), ...created(complete) };
}
