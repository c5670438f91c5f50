import type { JsonObject } from "../../../model/json.ts";
import type { FoundContainer } from "../../../model/observed-state.ts";
import type { Ref } from "../../../model/plan.ts";
import { graceOf, statusOf } from "../../context/container-status.ts";
import { containerParts, networksOf } from "../../context/create-body.ts";
import { oldName, PASSING, swapName } from "../../context/temporary-names.ts";
import type { Verdict } from "../../decisions/container.ts";
import { afterStart, stateOf } from "../../diff/run-state.ts";
import { type Built, type Ground, leavesOf, refOf } from "../../graph/context.ts";
import { gate, prove } from "../../graph/readiness.ts";
import type { Draft } from "../../graph/step-graph.ts";
import { move } from "./attachments.ts";
import { removeDebris, stop } from "./remove.ts";
import { forget, settle } from "./replace.ts";
import { wayBack } from "./rollback.ts";

/** Changes a container that stays, and brings it into the asked state; or leaves it alone. */
export function inPlace(ground: Ground, verdict: Verdict): Built {
  const { drafts } = ground;
  const { resource, found, reason } = verdict;
  if (!found) throw new Error(`nothing to change at ${resource.address}`);
  const { address, name } = resource;
  const container = refOf(found);
  const standing: Standing = { ...verdict, found };
  const opening = open(ground, standing);
  const done: (Draft | undefined)[] = [];
  for (const work of verdict.inPlace) {
    if ("connect" in work) done.push(...move(ground, standing, work, opening));
  }
  const updates = verdict.inPlace.flatMap((work) => ("update" in work ? [work.update] : []));
  if (updates.length > 0) {
    const resources: JsonObject = Object.assign({}, ...updates);
    const work = { do: "update", container, resources } as const;
    // An engine cannot take every limit back, so that what may be refused comes before.
    const moved = [...ground.comebacks].filter(({ target }) => target === address);
    done.push(drafts.add(address, work, reason, [opening, ...done, ...moved]));
  }
  const named = found.name === name ? undefined : rename(ground, standing, done);
  done.push(named);
  done.push(...[...ground.comebacks].filter(({ target }) => target === address));
  const { built, settled } = close(ground, standing, opening, done);
  const old = verdict.debris.find((each) => each.name === oldName(name));
  const proved =
    old && stateOf(resource) === "running"
      ? resume(ground, standing, old, settled)
      : proof(ground, standing, built, settled);
  for (const each of removeDebris(ground, verdict, () => true))
    supersede(ground, each, built.start, proved);
  return { ...built, ...(named ? { named } : {}) };
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
) {
  const { resource, found, transition, restart } = verdict;
  const { address, name } = resource;
  const ref: Ref = { name, id: found.id };
  const stopped = restart ? stop(ground, address, found, restart.why, done) : undefined;
  const moves = restart ? (["start", ...afterStart(resource)] as const) : (transition?.moves ?? []);
  const awake = moves.includes("unpause") && !moves.includes("stop") ? opening : undefined;
  const start = moves.includes("start")
    ? startFound(ground, verdict, ref, [...done, stopped])
    : awake;
  const settled = [opening, ...done, start];
  if (moves.includes("pause"))
    settled.push(
      ground.drafts.add(address, { do: "pause", container: ref }, "it is to be paused", settled),
    );
  const built: Built = {
    verdict,
    ref,
    ...(start ? { start } : {}),
    ...(stopped ? { stop: stopped } : {}),
  };
  return { built, settled };
}

/** What was started or changed, and runs, proves itself; what was started is judged from its start. */
function proof(
  ground: Ground,
  verdict: Standing,
  { ref, start }: Built,
  settled: readonly (Draft | undefined)[],
): Draft | undefined {
  const { found, resource, transition } = verdict;
  const { moves = [] } = transition ?? {};
  // Another name changes nothing for the processes.
  const touched =
    settled.some((each) => each && each.work.do !== "rename") || moves.includes("await");
  const runs = start
    ? !moves.includes("pause")
    : ["running", "restarting"].includes(statusOf(found));
  const last = settled.at(-1);
  if (!touched || !runs || moves.includes("stop")) return last;
  const proved = prove(ground, verdict, ref, settled, start ? undefined : true);
  if (proved) forget(ground, resource.address, proved);
  return proved ?? last;
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
  verdict: Standing,
  old: FoundContainer,
  after: readonly (Draft | undefined)[],
): Draft {
  const { resource, found } = verdict;
  const { address, name, update } = resource;
  const back = wayBack(ground, resource, old, graceOf(found));
  const ref = { name, id: found.id };
  const proved = prove(ground, verdict, ref, after) ?? gate(ground, verdict, ref, after);
  const start = after.at(-1);
  for (const each of [start, proved]) if (each) each.ifFails = back.replaced;
  forget(ground, address, proved);
  settle(ground, address, update?.failure_action);
  return proved;
}

/** Last of its changes: another one may be waiting for the name, and it could not be had back. */
function rename(
  { drafts, swapping }: Ground,
  { resource, found }: Standing,
  changes: readonly (Draft | undefined)[],
): Draft {
  const { address, name } = resource;
  const container = refOf(found);
  const swap = swapName(name);
  const aside = swapping.has(found.id)
    ? drafts.add(
        address,
        { do: "rename", container, to: swap },
        "it swaps names with another",
        changes,
      )
    : undefined;
  const from = aside ? { ...container, name: swap } : container;
  return drafts.add(address, { do: "rename", container: from, to: name }, "it has another name", [
    ...changes,
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
  const { injects } = containerParts(survey, resource, name, { image });
  // A container that was never started may have been cut off before its files were written.
  const written = (statusOf(found) === "created" ? injects : []).map((inject) =>
    drafts.add(address, { ...inject, container }, "its files come before its start"),
  );
  const because = restart?.why ?? transition?.reason ?? reason;
  return drafts.add(address, { do: "start", container }, because, [
    ...after,
    ...leavesOf(ground, found),
    ...written,
    ...networksOf(spec).map((each) => networks.get(each)),
    ...[...comebacks].filter(({ target }) => target === address),
  ]);
}
