import type { JsonObject } from "../model/json.ts";
import type { FoundContainer } from "../model/observed.ts";
import type { Ref } from "../model/plan.ts";
import { move } from "./attach.ts";
import { containerParts, networksOf } from "./body.ts";
import type { Verdict } from "./decide.ts";
import type { Draft } from "./draft.ts";
import { type Built, type Ground, leavesOf, refOf, statusOf } from "./ground.ts";
import { awaitEnd } from "./launch.ts";
import { removeDebris, stop } from "./removal.ts";

/** Changes a container that stays, and brings it into the asked state; or leaves it alone. */
export function inPlace(ground: Ground, verdict: Verdict): Built {
  const { drafts } = ground;
  const { resource, found, reason } = verdict;
  if (!found) throw new Error(`nothing to change at ${resource.address}`);
  const { address, name } = resource;
  const container = refOf(found);
  const opening = open(ground, { ...verdict, found });
  const done: (Draft | undefined)[] = [];
  const updates = verdict.inPlace.flatMap((work) => ("update" in work ? [work.update] : []));
  if (updates.length > 0) {
    const resources: JsonObject = Object.assign({}, ...updates);
    done.push(drafts.add(address, { do: "update", container, resources }, reason, [opening]));
  }
  for (const work of verdict.inPlace) {
    if ("connect" in work) done.push(...move(ground, { ...verdict, found }, work, opening));
  }
  if (found.name !== name) done.push(rename(ground, { ...verdict, found }));
  const built = close(ground, { ...verdict, found }, opening, done);
  for (const each of removeDebris(ground, verdict, () => true))
    if (built.start) supersede(each, built.start);
  return built;
}

type Standing = Verdict & { readonly found: FoundContainer };

/** What comes before its changes: it wakes, or stops. */
function open(ground: Ground, { resource, found, transition }: Standing): Draft | undefined {
  const { address } = resource;
  const { moves = [], reason = "" } = transition ?? {};
  if (moves.includes("stop")) return stop(ground, address, found, reason, []);
  if (!moves.includes("unpause")) return undefined;
  return ground.drafts.add(address, { do: "unpause", container: refOf(found) }, "it is to run");
}

/** What comes after them: it starts, is frozen, or is awaited. */
function close(
  ground: Ground,
  verdict: Standing,
  opening: Draft | undefined,
  done: readonly (Draft | undefined)[],
): Built {
  const { resource, found, transition, restart } = verdict;
  const { address, name } = resource;
  const { moves = [] } = transition ?? {};
  const ref: Ref = { name, id: found.id };
  const stopped = restart ? stop(ground, address, found, restart, done) : undefined;
  const starts = restart !== undefined || moves.includes("start");
  const start = starts
    ? startFound(ground, verdict, ref, [...done, stopped])
    : moves.includes("unpause")
      ? opening
      : undefined;
  if (moves.includes("pause"))
    ground.drafts.add(address, { do: "pause", container: ref }, "it is to be paused", [
      start,
      ...done,
    ]);
  if (moves.includes("await")) awaitEnd(ground, address, ref, [start, ...done]);
  return {
    verdict,
    ref,
    ...(start && !moves.includes("stop") ? { start } : {}),
    ...(stopped ? { stop: stopped } : {}),
  };
}

/** What it supersedes frees its ports before the start, and stays until after it. */
function supersede(removal: Draft, start: Draft): void {
  for (const stop of removal.after) start.after.add(stop);
  removal.after.add(start);
}

function rename({ drafts, swapping }: Ground, { resource, found }: Standing): Draft {
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
  { resource, found, reason, restart, transition, image }: Standing,
  container: Ref,
  after: readonly (Draft | undefined)[],
): Draft {
  const { drafts, networks, comebacks, survey } = ground;
  const { address, name, spec } = resource;
  const { files } = containerParts(survey, resource, name, undefined, image);
  // A container that was never started may have been cut off before its files were written.
  const inject =
    files.length > 0 && statusOf(found) === "created"
      ? drafts.add(address, { do: "inject", container, files }, "its files come before its start")
      : undefined;
  return drafts.add(address, { do: "start", container }, restart ?? transition?.reason ?? reason, [
    ...after,
    ...leavesOf(ground, found),
    inject,
    ...networksOf(spec).map((each) => networks.get(each)),
    ...[...comebacks].filter(({ target }) => target === address),
  ]);
}
