import { at, record } from "../../attributes/values/json.ts";
import type { Address, Condition } from "../../model/stack.ts";
import type { ContainerDecision } from "../decisions/container.ts";
import type { ContainerNodes, GraphContext } from "./context.ts";
import { isBrief } from "./readiness.ts";
import type { StepGraph, StepNode } from "./step-graph.ts";

/** A start waits for the starts, the health or the completion of what the container needs. */
export function dependencies(
  { graph, takeovers }: GraphContext,
  built: ReadonlyMap<Address, ContainerNodes>,
): void {
  for (const { start, stop, create, first, decision } of built.values()) {
    // Nothing is stopped before its successor can start, unless others wait for what it leaves.
    const early = decision.follows || takeovers.has(decision.found?.id ?? "");
    const waiting = first && !early ? [first, stop, start] : [stop, start];
    for (const { on, condition, required, bound, restart } of decision.resource.needs) {
      const other = built.get(on);
      if (restart && stop && other) restartAfter(stop, other);
      const made = create ?? start;
      if (made && bound && other) follow(made, other);
      if (bound && other && decision.follows) unpauseBeforeProvider(graph, decision, other);
      if (bound && other) rollbackAfterProvider(graph, decision, other);
      const node = start && other && ready(graph, other, condition);
      if (!node) continue;
      for (const each of waiting) if (each) (required ? each.after : each.afterEnd).add(node);
    }
  }
}

/** Processes end with those whose namespace they are in, and what is frozen cannot. */
function unpauseBeforeProvider(
  graph: StepGraph,
  { resource }: ContainerDecision,
  host: ContainerNodes,
): void {
  const woken = graph.of("unpause").filter(({ target }) => target === resource.address);
  for (const stop of graph.of("stop"))
    if (stop.target === host.decision.resource.address)
      for (const each of woken) stop.after.add(each);
}

/** Namespaces are there again once the one runs whose they are. */
function rollbackAfterProvider(
  graph: StepGraph,
  { resource }: ContainerDecision,
  host: ContainerNodes,
): void {
  const starts = (target: Address) =>
    graph
      .on(target)
      .flatMap(({ ifFails = [], ifSkipped = [] }) => [...ifFails, ...ifSkipped])
      .filter(({ work }) => work.do === "start");
  const before = [...new Set(starts(host.decision.resource.address))];
  for (const start of new Set(starts(resource.address))) start.after = before;
}

/** One that is restarted is to find the successor alone. */
function restartAfter(stop: StepNode, { passed, named, stopped }: ContainerNodes): void {
  for (const each of [passed?.(), named, stopped]) if (each) stop.after.add(each);
}

/** It is made with the other's name, which the engine takes for the id that has it then. */
function follow(made: StepNode, { create, start, named, passed }: ContainerNodes): void {
  for (const each of [create, start, named, passed?.()]) if (each) made.after.add(each);
}

/**
 * Replicas are replaced in batches: the next one begins when the former is healthy or up, and
 * `delay` later.
 */
export function batches(context: GraphContext, built: ReadonlyMap<Address, ContainerNodes>): void {
  const byKey = Map.groupBy(
    [...built.values()].filter(({ passed }) => passed),
    ({ decision }) => decision.resource.key,
  );
  for (const replicas of byKey.values()) {
    const { update } = replicas[0]?.decision.resource ?? {};
    const size = update?.parallelism ?? 1;
    if (size === 0) continue;
    for (let at = size; at < replicas.length; at += size) {
      const ends = replicas.slice(at - size, at).flatMap(({ passed }) => passed?.() ?? []);
      const former = replicas[at - 1];
      const last = ends.at(-1)?.work;
      const lasting = last?.do === "await" && last.condition !== "completed";
      if (former && update?.delay && lasting) ends.push(delay(context, former, update.delay, ends));
      for (const { first: touching, start, decision: verdict } of replicas.slice(at, at + size)) {
        const first = touching ?? start;
        if (!first || context.takeovers.has(verdict.found?.id ?? "")) continue;
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
export function watchUntilAllReady(
  { graph }: GraphContext,
  built: ReadonlyMap<Address, ContainerNodes>,
): void {
  for (const { decision } of built.values()) {
    const { action, transition, resource } = decision;
    if (action !== "wait" || !transition?.ails) continue;
    const all = graph.all();
    const own = graph.on(resource.address).filter(({ work }) => work.do === "await");
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
  { graph }: GraphContext,
  { decision, ref, named }: ContainerNodes,
  hold: number,
  ends: readonly StepNode[],
): StepNode {
  const { address, update } = decision.resource;
  const node = graph.add(
    address,
    { do: "await", container: ref, condition: "ready", hold },
    "the next replicas come later",
    [...ends, named],
  );
  if (update?.failure_action === "continue") node.halts = false;
  return node;
}

/** The condition that a dependent waits for, as a node; `undefined`: it holds already. */
function ready(
  graph: StepGraph,
  built: ContainerNodes,
  condition: Condition,
): StepNode | undefined {
  const { decision, ref, start, passed } = built;
  if (condition === "started") return start;
  const state = record(decision.found?.json.State);
  const holds =
    condition === "healthy"
      ? at(state, "Health", "Status") === "healthy"
      : state.Status === "exited" && state.ExitCode === 0;
  if (!start && holds) return undefined;
  const { address } = decision.resource;
  const existing = [passed?.(), ...graph.of("await")].find(
    (each) => each?.target === address && isOf(each, condition),
  );
  if (existing) return existing;
  const because =
    condition === "healthy"
      ? "others wait until it is healthy"
      : "others wait until it has completed";
  const ran = start ? {} : ({ ran: true } as const);
  const work = { do: "await", container: ref, condition, ...ran } as const;
  return graph.add(address, work, because, [start], start);
}

/** Nobody waits for more than the condition itself. */
const isOf = (node: StepNode, condition: Condition): boolean =>
  node.work.do === "await" && node.work.condition === condition && isBrief(node);
