import { at, number } from "../../../attributes/values/json.ts";
import type { FoundContainer } from "../../../model/observed-state.ts";
import type { Ref } from "../../../model/plan.ts";
import type { Address } from "../../../model/stack.ts";
import { containerParts } from "../../context/create-body.ts";
import { sharedFiles } from "../../context/shared-files.ts";
import { newName, nextName, oldName } from "../../context/temporary-names.ts";
import type { Verdict } from "../../decisions/container.ts";
import { isJob, stateOf } from "../../diff/run-state.ts";
import { type Built, type Ground, leavesOf, refOf } from "../../graph/context.ts";
import { gate, isBrief, isProvedBriefly, isWaitedFor, prove } from "../../graph/readiness.ts";
import type { Draft, Remedy } from "../../graph/step-graph.ts";
import { created, ingredients, make } from "./create.ts";
import { removeDebris, stop } from "./remove.ts";
import { type WayBack, wayBack } from "./rollback.ts";
import { launch } from "./start.ts";

/** A replacement on its way: the successor is complete. */
interface Turn {
  readonly ground: Ground;
  readonly verdict: Verdict & { readonly found: FoundContainer };
  /** The successor's name until it takes the predecessor's. */
  readonly beside: string;
  readonly complete: readonly Draft[];
  readonly back: WayBack;
  /** Whoever follows another one's change has gone before its successor was made. */
  readonly early: Gone | undefined;
}

/** The predecessor is stopped, and its name is free. */
interface Gone {
  readonly stopped: Draft | undefined;
  readonly aside: Draft | undefined;
}

/**
 * The successor is made complete beside its predecessor, which is removed only when the successor
 * has proved itself. Every step between carries what brings the predecessor back.
 */
export function replace(ground: Ground, verdict: Verdict): Built {
  const { resource, image, found } = verdict;
  if (!found) throw new Error(`nothing to replace at ${resource.address}`);
  const { name } = resource;
  const beside = found.name === nextName(name) ? newName(name) : nextName(name);
  const addresses = ground.chosen.get(resource.address);
  const parts = containerParts(ground.survey, resource, beside, {
    predecessor: found.json,
    image,
    addresses,
  });
  const first = removeDebris(ground, verdict, (each) => each.name !== oldName(name));
  const timeout = at(parts.create.body, "StopTimeout");
  const grace = timeout === undefined ? 10 : number(timeout);
  const shared = sharedFiles(resource.spec, parts);
  const back = wayBack(ground, resource, found, grace, { beside, files: shared });
  const live = { ...verdict, found };
  const because = "what it shares with another changes";
  const leaves = leavesOf(ground, found);
  const cleared = [...first, ...leaves];
  const early = verdict.follows ? standAside(ground, live, back, because, cleared) : undefined;
  const before = [...ingredients(ground, resource), ...cleared, ...[early?.stopped, early?.aside]];
  const complete = make(ground, verdict, parts, verdict.reason, before, shared);
  const undone = early ? back.restored : back.untouched;
  for (const left of leaves) left.ifFails = back.untouched;
  const [create, ...others] = complete;
  if (create) create.ifFails = undone;
  for (const each of others) each.ifFails = [...undone, ...back.keep(beside)];
  if (early) for (const each of complete) each.ifSkipped = undone;
  undo(ground, verdict, complete, [...undone, ...back.discard(beside)]);
  const turn: Turn = { ground, verdict: live, beside, complete, back, early };
  const { order } = ground.rollouts.get(resource.address) ?? {};
  const built = order === "start-first" ? startFirst(turn) : stopFirst(turn);
  const { failure_action = "rollback" } = resource.update ?? {};
  settle(ground, resource.address, failure_action);
  return failure_action === "rollback" ? { ...built, back: back.replaced } : built;
}

/**
 * Both run until the successor has proved itself; only then the predecessor is stopped. Where others
 * wait for that, it is stopped as soon as the successor has passed its gate, and stays until the end:
 * neither do the waits add up then, nor do many run twice.
 */
function startFirst(turn: Turn): Built {
  const { ground, verdict, beside, complete, back } = turn;
  const { drafts } = ground;
  const { resource, found } = verdict;
  const { address, name } = resource;
  const next: Ref = { name: beside };
  const start = drafts.add(
    address,
    { do: "start", container: next },
    "it runs before its predecessor goes",
    complete,
  );
  const away = back.stopped(beside);
  start.ifFails = [...away, ...back.untouched, ...back.keep(beside)];
  const alone =
    isProvedBriefly(ground, verdict) || !isWaitedFor(ground.survey, address, resource.key);
  const verified =
    (alone ? prove(ground, verdict, next, [start]) : undefined) ??
    gate(ground, verdict, next, [start]);
  verified.ifFails = start.ifFails;
  verified.ifSkipped = [...away, ...back.untouched, ...back.discard(beside)];
  const aside = stepAside(ground, verdict, [...complete, verified]);
  const named = takeOver(turn, [verified, aside]);
  for (const draft of [aside, named]) {
    if (!draft) continue;
    draft.ifFails = [...away, ...back.named, ...back.untouched, ...back.discard(beside)];
    draft.ifSkipped = draft.ifFails;
  }
  undo(ground, verdict, [start, verified, aside], verified.ifSkipped);
  undo(ground, verdict, [named], named.ifFails ?? []);
  const leaving = { ...found, name: oldName(name) };
  const stopped = stop(ground, address, leaving, "its successor runs", [named]);
  const ref: Ref = { name };
  const proof = alone ? undefined : prove(ground, verdict, ref, [named]);
  if (proof) proof.ifFails = back.replaced;
  const remove = removeOld(turn, [named, proof, stopped], "its successor runs");
  undo(ground, verdict, [stopped, proof, remove], back.undone(beside));
  const proved = proof ?? named;
  forget(ground, address, proved);
  const drafted = { start, first: start, named, passed: () => verified, stopped, proved, remove };
  return { verdict, ref, ...drafted, ...created(complete) };
}

function removeOld(
  { ground, verdict: { resource, found } }: Turn,
  after: readonly (Draft | undefined)[],
  because: string,
): Draft {
  const container: Ref = { id: found.id, name: oldName(resource.name) };
  return ground.drafts.add(resource.address, { do: "remove container", container }, because, after);
}

/** The predecessor is stopped, and stays until the successor has proved itself. */
function stopFirst(turn: Turn): Built {
  const { ground, verdict, beside, complete, back, early } = turn;
  const { resource } = verdict;
  const { address, name } = resource;
  const ready = "its successor is ready to take over";
  const { stopped, aside } = early ?? standAside(ground, verdict, back, ready, complete);
  const named = takeOver(turn, [stopped, aside]);
  Object.assign(named, { ifFails: back.restored, ifSkipped: back.restored });
  const standing = [...back.restored, ...back.discard(beside)];
  undo(ground, verdict, [stopped], [...back.untouched, ...back.discard(beside)]);
  undo(ground, verdict, [aside], [...back.running, ...back.discard(beside)]);
  undo(ground, verdict, [named], standing);
  const ref: Ref = { name };
  const { start, last, proof } = launch(ground, verdict, ref, [named]);
  const runs = start && stateOf(resource) === "running" && !isJob(ground.survey, resource);
  const checked = proof ?? (runs ? gate(ground, verdict, ref, [start]) : undefined);
  const verified = checked ?? last ?? named;
  for (const each of new Set(start ? [start, verified] : [])) each.ifFails = back.replaced;
  if (start) start.ifSkipped = [back.beside(beside), ...back.restored];
  const up = checked ?? start;
  if (up && stopped) up.service = "up";
  const because = start ? "its successor runs" : "its successor is in its place";
  const remove = removeOld(turn, [verified, stopped], because);
  undo(ground, verdict, [start], [back.beside(beside), ...standing]);
  undo(ground, verdict, [verified === named ? undefined : verified, remove], back.undone(beside));
  forget(ground, address, verified);
  let passed = verified;
  const passing = (): Draft => {
    if (passed !== proof || isBrief(proof) || !runs) return passed;
    passed = gate(ground, verdict, ref, [start], start);
    passed.ifFails = back.replaced;
    undo(ground, verdict, [passed], back.undone(beside));
    return passed;
  };
  const touched = { first: stopped, named, passed: passing, stopped, proved: verified, remove };
  const drafted = { ...(start ? { start } : {}), ...touched };
  return { verdict, ref, ...drafted, ...created(complete) };
}

function standAside(
  ground: Ground,
  verdict: Turn["verdict"],
  back: WayBack,
  because: string,
  after: readonly Draft[],
): Gone {
  const stopped = stop(ground, verdict.resource.address, verdict.found, because, after);
  if (stopped) Object.assign(stopped, { ifFails: back.running, service: "down" });
  const aside = stepAside(ground, verdict, [...after, stopped]);
  if (aside) Object.assign(aside, { ifFails: back.restored, ifSkipped: back.running });
  return { stopped, aside };
}

/** The predecessor gives its name up; `undefined`: it has done so already. */
function stepAside(
  ground: Ground,
  verdict: Turn["verdict"],
  after: readonly (Draft | undefined)[],
): Draft | undefined {
  const { resource, found } = verdict;
  const { address, name } = resource;
  const old = oldName(name);
  const out = removeDebris(ground, verdict, (each) => each.name === old);
  if (found.name === old) return undefined;
  const work = { do: "rename", container: refOf(found), to: old } as const;
  return ground.drafts.add(address, work, "its successor takes its place", [...after, ...out]);
}

function takeOver(
  { ground, verdict, beside, complete }: Turn,
  after: readonly (Draft | undefined)[],
): Draft {
  const { address, name } = verdict.resource;
  const work = { do: "rename", container: { name: beside }, to: name } as const;
  const because = "it takes the predecessor's place";
  return ground.drafts.add(address, work, because, [...complete, ...after]);
}

/** What failed before is kept until a successor has proved itself. */
export function forget(ground: Ground, address: Address, proved: Draft): void {
  const { drafts, survey } = ground;
  const removed = drafts.of("remove container").map(({ work }) => work);
  for (const found of survey.failed.get(address) ?? []) {
    if (removed.some((work) => "container" in work && work.container.id === found.id)) continue;
    const work = { do: "remove container", container: refOf(found) } as const;
    drafts.add(address, work, "it failed before, and its successor runs", [proved]);
  }
}

/** What brings its predecessor back, should it have to go back with another container. */
function undo(
  { exchanged }: Ground,
  { resource }: Verdict,
  drafts: readonly (Draft | undefined)[],
  remedies: readonly Remedy[],
): void {
  if (!exchanged.has(resource.address)) return;
  for (const draft of drafts) if (draft && !draft.ifUndone) draft.ifUndone = remedies;
}

/** `pause` and `continue` leave everything as the failure left it. */
export function settle(
  { drafts }: Ground,
  address: Address,
  action: "rollback" | "pause" | "continue" = "rollback",
): void {
  if (action === "rollback") return;
  for (const draft of drafts.on(address)) {
    delete draft.ifFails;
    delete draft.ifSkipped;
    if (action === "continue") draft.halts = false;
  }
}
