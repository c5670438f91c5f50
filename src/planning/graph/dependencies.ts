import { at, record } from "../../attributes/values/json.ts";
import type { Address, Condition } from "../../model/stack.ts";
import type { Verdict } from "../decisions/container.ts";
import type { Built, Ground } from "./context.ts";
import { isBrief } from "./readiness.ts";
import type { Draft, Drafts } from "./step-graph.ts";

/** A start waits for the starts, the health or the completion of what the container needs. */
export function dependencies({ drafts, heirs }: Ground, built: ReadonlyMap<Address, Built>): void {
  for (const { start, stop, create, first, verdict } of built.values()) {
    // Nothing is stopped before its successor can start, unless others wait for what it leaves.
    const early = verdict.follows || heirs.has(verdict.found?.id ?? "");
    const waiting = first && !early ? [first, stop, start] : [stop, start];
    for (const { on, condition, required, bound, restart } of verdict.resource.needs) {
      const other = built.get(on);
      if (restart && stop && other) comeAfter(stop, other);
      const made = create ?? start;
      if (made && bound && other) follow(made, other);
      if (bound && other && verdict.follows) wakeBefore(drafts, verdict, other);
      if (bound && other) comeBackAfter(drafts, verdict, other);
      const draft = start && other && ready(drafts, other, condition);
      if (!draft) continue;
      for (const each of waiting) if (each) (required ? each.after : each.afterEnd).add(draft);
    }
  }
}

/** Processes end with those whose namespace they are in, and what is frozen cannot. */
function wakeBefore(drafts: Drafts, { resource }: Verdict, host: Built): void {
  const woken = drafts.of("unpause").filter(({ target }) => target === resource.address);
  for (const stop of drafts.of("stop"))
    if (stop.target === host.verdict.resource.address)
      for (const each of woken) stop.after.add(each);
}

/** Namespaces are there again once the one runs whose they are. */
function comeBackAfter(drafts: Drafts, { resource }: Verdict, host: Built): void {
  const starts = (target: Address) =>
    drafts
      .on(target)
      .flatMap(({ ifFails = [], ifSkipped = [] }) => [...ifFails, ...ifSkipped])
      .filter(({ work }) => work.do === "start");
  const before = [...new Set(starts(host.verdict.resource.address))];
  for (const start of new Set(starts(resource.address))) start.after = before;
}

/** One that is restarted is to find the successor alone. */
function comeAfter(stop: Draft, { passed, named, stopped }: Built): void {
  for (const each of [passed?.(), named, stopped]) if (each) stop.after.add(each);
}

/** It is made with the other's name, which the engine takes for the id that has it then. */
function follow(made: Draft, { create, start, named, passed }: Built): void {
  for (const each of [create, start, named, passed?.()]) if (each) made.after.add(each);
}

/**
 * Replicas are replaced in batches: the next one begins when the former has passed its gate, and
 * `delay` later.
 */
export function batches(ground: Ground, built: ReadonlyMap<Address, Built>): void {
  const byKey = Map.groupBy(
    [...built.values()].filter(({ passed }) => passed),
    ({ verdict }) => verdict.resource.key,
  );
  for (const replicas of byKey.values()) {
    const { update } = replicas[0]?.verdict.resource ?? {};
    const size = update?.parallelism ?? 1;
    if (size === 0) continue;
    for (let at = size; at < replicas.length; at += size) {
      const ends = replicas.slice(at - size, at).flatMap(({ passed }) => passed?.() ?? []);
      const former = replicas[at - 1];
      const last = ends.at(-1)?.work;
      const lasting = last?.do === "await" && last.condition !== "completed";
      if (former && update?.delay && lasting) ends.push(delay(ground, former, update.delay, ends));
      for (const { first: touching, start, verdict } of replicas.slice(at, at + size)) {
        const first = touching ?? start;
        if (!first || ground.heirs.has(verdict.found?.id ?? "")) continue;
        const goesOn = update?.failure_action === "continue";
        for (const end of ends) (goesOn ? first.afterEnd : first.after).add(end);
      }
    }
  }
}

/**
 * What was not ready before is only looked at when all else has been done, which may be what it was
 * waiting for; unless somebody waits for it.
 */
export function lookLast({ drafts }: Ground, built: ReadonlyMap<Address, Built>): void {
  for (const { verdict } of built.values()) {
    const { action, transition, resource } = verdict;
    if (action !== "wait" || !transition?.ails) continue;
    const all = drafts.all();
    const own = drafts.on(resource.address).filter(({ work }) => work.do === "await");
    if (
      all.some(({ after, afterEnd }) => own.some((each) => after.has(each) || afterEnd.has(each)))
    )
      continue;
    const others = all.filter(
      ({ work, target }) => !/^(await|remove)/.test(work.do) && target !== resource.address,
    );
    for (const each of own) for (const other of others) each.after.add(other);
  }
}

function delay(
  { drafts }: Ground,
  { verdict, ref, named }: Built,
  hold: number,
  ends: readonly Draft[],
): Draft {
  const { address, update } = verdict.resource;
  const draft = drafts.add(
    address,
    { do: "await", container: ref, condition: "ready", hold },
    "the next replicas come later",
    [...ends, named],
  );
  if (update?.failure_action === "continue") draft.halts = false;
  return draft;
}

/** The condition that a dependent waits for, as a draft; `undefined`: it holds already. */
function ready(drafts: Drafts, built: Built, condition: Condition): Draft | undefined {
  const { verdict, ref, start, passed } = built;
  if (condition === "started") return start;
  const state = record(verdict.found?.json.State);
  const holds =
    condition === "healthy"
      ? at(state, "Health", "Status") === "healthy"
      : state.Status === "exited" && state.ExitCode === 0;
  if (!start && holds) return undefined;
  const { address } = verdict.resource;
  const existing = [passed?.(), ...drafts.of("await")].find(
    (each) => each?.target === address && isOf(each, condition),
  );
  if (existing) return existing;
  const because = condition === "healthy" ? "others need it healthy" : "others need it completed";
  const ran = start ? {} : ({ ran: true } as const);
  const work = { do: "await", container: ref, condition, ...ran } as const;
  return drafts.add(address, work, because, [start], start);
}

/** Nobody waits for more than the condition itself. */
const isOf = (draft: Draft, condition: Condition): boolean =>
  draft.work.do === "await" && draft.work.condition === condition && isBrief(draft);
