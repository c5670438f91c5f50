import type { JsonObject } from "../model/json.ts";
import type { FoundContainer } from "../model/observed.ts";
import type { Ref } from "../model/plan.ts";
import { move } from "./attach.ts";
import { containerParts, networksOf } from "./body.ts";
import { PASSING, type Verdict } from "./decide.ts";
import type { Draft } from "./draft.ts";
import { type Built, type Ground, leavesOf, refOf } from "./ground.ts";
import { graceOf, removeDebris, stop } from "./removal.ts";
import { forget, settle, verification } from "./replacement.ts";
import { isUp, statusOf } from "./status.ts";
import { wayBack } from "./way-back.ts";

/** Changes, wakes or starts a container that stays; or leaves it alone. */
export function inPlace(ground: Ground, verdict: Verdict): Built {
  const { drafts } = ground;
  const { resource, found, reason } = verdict;
  if (!found) throw new Error(`nothing to change at ${resource.address}`);
  const { address, name } = resource;
  const container = refOf(found);
  const awake =
    statusOf(found) === "paused" && !verdict.again
      ? drafts.add(address, { do: "unpause", container }, "it is to run")
      : undefined;
  const done: (Draft | undefined)[] = [];
  const updates = verdict.inPlace.flatMap((work) => ("update" in work ? [work.update] : []));
  if (updates.length > 0) {
    const resources: JsonObject = Object.assign({}, ...updates);
    done.push(drafts.add(address, { do: "update", container, resources }, reason, [awake]));
  }
  for (const work of verdict.inPlace) {
    if ("connect" in work) done.push(...move(ground, { ...verdict, found }, work, awake));
  }
  const named = found.name === name ? undefined : rename(ground, { ...verdict, found });
  done.push(named);
  if (verdict.again) done.push(stop(ground, address, found, reason, []));
  const ref: Ref = { name, id: found.id };
  const stays = isUp(found) && !verdict.again;
  const start = stays ? awake : startFound(ground, { ...verdict, found }, ref, done);
  const old = verdict.debris.find((each) => each.name === `${name}.old`);
  const proved = old && resume(ground, { ...verdict, found }, old, [...done, start]);
  for (const each of removeDebris(ground, verdict, () => true))
    supersede(ground, each, start, proved);
  return { verdict, ref, ...(start ? { start } : {}), ...(named ? { named } : {}) };
}

/** Another container is to have its name, if only for a while, and must not wait for this one's start. */
function isHandedOn({ survey }: Ground, { target, work }: Draft): boolean {
  const name = "container" in work ? work.container.name.replace(PASSING, "") : "";
  return survey.stack.resources.some(
    (other) => other.kind === "container" && other.name === name && other.address !== target,
  );
}

/** What it supersedes frees its ports before the start, and stays until it has proved itself. */
function supersede(
  ground: Ground,
  removal: Draft,
  start: Draft | undefined,
  proved: Draft | undefined,
): void {
  for (const stop of [...removal.after]) {
    if (start) start.after.add(stop);
    else if (proved) stop.after.add(proved);
  }
  if (isHandedOn(ground, removal)) return;
  for (const each of [start, proved]) if (each) removal.after.add(each);
}

/** A replacement was cut short: its predecessor is still there, and the way back with it. */
function resume(
  ground: Ground,
  verdict: Verdict & { readonly found: FoundContainer },
  old: FoundContainer,
  after: readonly (Draft | undefined)[],
): Draft {
  const { resource, found } = verdict;
  const { address, name, update } = resource;
  const back = wayBack(ground, resource, old, graceOf(found));
  const proved = verification(ground, verdict, { name, id: found.id }, after);
  const start = after.at(-1);
  for (const each of [start, proved]) if (each) each.ifFails = back.replaced;
  forget(ground, address, proved);
  settle(ground, address, update?.failure_action);
  return proved;
}

function rename(
  { drafts, swapping }: Ground,
  { resource, found }: Verdict & { readonly found: FoundContainer },
): Draft {
  const { address, name } = resource;
  const container = refOf(found);
  const swap = `${name}.swap`;
  const aside = swapping.has(found.id)
    ? drafts.add(address, { do: "rename", container, to: swap }, "it swaps names with another")
    : undefined;
  const from = aside ? { ...container, name: swap } : container;
  return drafts.add(address, { do: "rename", container: from, to: name }, "it has another name", [
    aside,
  ]);
}

function startFound(
  ground: Ground,
  { action, resource, found, reason, stopped, image }: Verdict & { readonly found: FoundContainer },
  container: Ref,
  after: readonly (Draft | undefined)[],
): Draft | undefined {
  if (action === "none") return undefined;
  const { drafts, networks, comebacks, survey } = ground;
  const { address, name, spec } = resource;
  const { injects } = containerParts(survey, resource, name, undefined, image);
  // A container that was never started may have been cut off before its files were written.
  const written = (statusOf(found) === "created" ? injects : []).map((inject) =>
    drafts.add(address, { ...inject, container }, "its files come before its start"),
  );
  return drafts.add(address, { do: "start", container }, stopped ?? reason, [
    ...after,
    ...leavesOf(ground, found),
    ...written,
    ...networksOf(spec).map((each) => networks.get(each)),
    ...[...comebacks].filter(({ target }) => target === address),
  ]);
}
