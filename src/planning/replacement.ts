import { at, number } from "../attributes/compare.ts";
import type { FoundContainer } from "../model/observed.ts";
import type { Ref } from "../model/plan.ts";
import type { Address } from "../model/stack.ts";
import { containerParts } from "./body.ts";
import type { Verdict } from "./decide.ts";
import type { Draft } from "./draft.ts";
import { type Built, type Ground, leavesOf, refOf } from "./ground.ts";
import { ingredients, make } from "./make.ts";
import { removeDebris, stop } from "./removal.ts";
import { type WayBack, wayBack } from "./way-back.ts";

/** A replacement on its way: the successor is complete, and nothing has been stopped. */
interface Turn {
  readonly ground: Ground;
  readonly verdict: Verdict & { readonly found: FoundContainer };
  /** The successor's name until it takes the predecessor's. */
  readonly beside: string;
  readonly complete: readonly Draft[];
  readonly back: WayBack;
}

/**
 * The successor is made complete beside its predecessor, which is removed only when the successor
 * has proved itself. Every step between carries what brings the predecessor back.
 */
export function replace(ground: Ground, verdict: Verdict): Built {
  const { resource, image, found } = verdict;
  if (!found) throw new Error(`nothing to replace at ${resource.address}`);
  const { name } = resource;
  const beside = found.name === `${name}.next` ? `${name}.new` : `${name}.next`;
  const parts = containerParts(ground.survey, resource, beside, found.json, image);
  const first = removeDebris(ground, verdict, (each) => each.name !== `${name}.old`);
  const complete = make(ground, verdict, parts, verdict.reason, [
    ...ingredients(ground, resource),
    ...leavesOf(ground, found),
    ...first,
  ]);
  const timeout = at(parts.create.body, "StopTimeout");
  const grace = timeout === undefined ? 10 : number(timeout);
  const back = wayBack(ground, resource, found, grace);
  const [create, ...others] = complete;
  if (create) create.ifFails = back.untouched;
  for (const each of others) each.ifFails = [...back.untouched, ...back.keep(beside)];
  const turn: Turn = { ground, verdict: { ...verdict, found }, beside, complete, back };
  const { order } = ground.rollouts.get(resource.address) ?? {};
  const built = order === "start-first" ? startFirst(turn) : stopFirst(turn);
  settle(ground, resource.address, resource.update?.failure_action);
  return built;
}

/** Both run until the successor has proved itself; only then the predecessor is stopped. */
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
  start.ifFails = [...back.untouched, ...back.stopped(beside), ...back.keep(beside)];
  const verified = verification(ground, verdict, next, [start]);
  verified.ifFails = start.ifFails;
  verified.ifSkipped = [...back.untouched, ...back.discard(beside)];
  const { aside, named } = exchange(turn, [verified]);
  for (const draft of [aside, named]) {
    if (!draft) continue;
    draft.ifFails = [...back.named, ...back.untouched, ...back.discard(beside)];
    draft.ifSkipped = draft.ifFails;
  }
  const leaving = { ...found, name: `${name}.old` };
  const stopped = stop(ground, address, leaving, "its successor runs", [named]);
  const remove = drafts.add(
    address,
    { do: "remove container", container: { id: found.id, name: `${name}.old` } },
    "its successor runs",
    [named, stopped],
  );
  forget(ground, resource.address, named);
  return { verdict, ref: { name }, start, gate: start, named, verified, remove };
}

/** The predecessor is stopped, and stays until the successor has proved itself. */
function stopFirst(turn: Turn): Built {
  const { ground, verdict, beside, complete, back } = turn;
  const { drafts } = ground;
  const { resource, found } = verdict;
  const { address, name } = resource;
  const stopped = stop(ground, address, found, "its successor is ready to take over", complete);
  if (stopped) Object.assign(stopped, { ifFails: back.running, service: "down" });
  const { aside, named } = exchange(turn, [stopped]);
  if (aside) Object.assign(aside, { ifFails: back.restored, ifSkipped: back.running });
  Object.assign(named, { ifFails: back.restored, ifSkipped: back.restored });
  const ref: Ref = { name };
  const start = drafts.add(address, { do: "start", container: ref }, "it is to run", [named]);
  if (stopped) start.service = "up";
  start.ifFails = back.replaced;
  start.ifSkipped = [back.beside(beside), ...back.restored];
  const verified = verification(ground, verdict, ref, [start]);
  verified.ifFails = back.replaced;
  const remove = drafts.add(
    address,
    { do: "remove container", container: { id: found.id, name: `${name}.old` } },
    "its successor runs",
    [verified, stopped],
  );
  forget(ground, address, verified);
  return { verdict, ref, start, gate: stopped, named, verified, remove };
}

/** The predecessor gives its name up, and the successor takes it. */
function exchange(
  { ground, verdict, beside, complete }: Turn,
  after: readonly (Draft | undefined)[],
) {
  const { drafts } = ground;
  const { resource, found } = verdict;
  const { address, name } = resource;
  const old = `${name}.old`;
  const out = removeDebris(ground, verdict, (each) => each.name === old);
  const aside =
    found.name === old
      ? undefined
      : drafts.add(
          address,
          { do: "rename", container: refOf(found), to: old },
          "its successor takes its place",
          [...complete, ...after, ...out],
        );
  const named = drafts.add(
    address,
    { do: "rename", container: { name: beside }, to: name },
    "it takes the predecessor's place",
    [...complete, ...after, aside],
  );
  return { aside, named };
}

/** Waits until the container has proved itself: as others need it, or healthy, or just up. */
export function verification(
  { drafts, survey }: Ground,
  { resource }: Verdict,
  container: Ref,
  after: readonly (Draft | undefined)[],
): Draft {
  const { address, update } = resource;
  const needed = (["completed", "healthy"] as const).find((each) =>
    survey.waiting.has(`${address} ${each}`),
  );
  const condition = needed ?? "ready";
  const hold = condition === "completed" ? undefined : update?.monitor;
  return drafts.add(
    address,
    { do: "await", container, condition, ...(hold === undefined ? {} : { hold }) },
    needed ? `others need it ${needed}` : "its predecessor stays until then",
    after,
  );
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
