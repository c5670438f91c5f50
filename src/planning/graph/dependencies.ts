import { at, record } from "../../attributes/values/json.ts";
import type { OperationName } from "../../model/operations/operations.ts";
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
    // Nothing is stopped before its replacement can start, unless others wait for what it leaves.
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
      for (const each of waiting)
        if (each) (required ? each.dependsOn : each.dependsOnCompletion).add(node);
    }
  }
}

/** Processes end with those whose namespace they are in, and what is frozen cannot. */
function unpauseBeforeProvider(
  graph: StepGraph,
  { resource }: ContainerDecision,
  host: ContainerNodes,
): void {
  const woken = graph.of("container.unpause").filter(({ address }) => address === resource.address);
  for (const stop of graph.of("container.stop"))
    if (stop.address === host.decision.resource.address)
      for (const each of woken) stop.dependsOn.add(each);
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
      .flatMap(({ onFailure = [], onSkip = [] }) => [...onFailure, ...onSkip])
      .filter(({ work }) => work.operation === "container.start");
  const before = [...new Set(starts(host.decision.resource.address))];
  for (const start of new Set(starts(resource.address))) start.dependsOn = before;
}

/** One that is restarted is to find the new container alone. */
function restartAfter(stop: StepNode, { passed, named, stopped }: ContainerNodes): void {
  for (const each of [passed?.(), named, stopped]) if (each) stop.dependsOn.add(each);
}

/** It is made with the other's name, which the engine takes for the id that has it then. */
function follow(made: StepNode, { create, start, named, passed }: ContainerNodes): void {
  for (const each of [create, start, named, passed?.()]) if (each) made.dependsOn.add(each);
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
      const lasting = last?.operation === "container.wait" && last.condition !== "completed";
      if (former && update?.delay && lasting) ends.push(delay(context, former, update.delay, ends));
      for (const { first: touching, start, decision } of replicas.slice(at, at + size)) {
        const first = touching ?? start;
        if (!first || context.takeovers.has(decision.found?.id ?? "")) continue;
        const goesOn = update?.failure_action === "continue";
        for (const end of ends) (goesOn ? first.dependsOnCompletion : first.dependsOn).add(end);
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
    if (action !== "wait" || !transition?.isFailing) continue;
    const all = graph.all();
    const own = graph
      .on(resource.address)
      .filter(({ work }) => work.operation === "container.wait");
    if (
      all.some(({ dependsOn, dependsOnCompletion }) =>
        own.some((each) => dependsOn.has(each) || dependsOnCompletion.has(each)),
      )
    )
      continue;
    const others = all.filter(
      ({ work, address }) => !LAST.has(work.operation) && address !== resource.address,
    );
    for (const each of own) for (const other of others) each.dependsOn.add(other);
  }
}

/** Operations that nothing else waits for. */
const LAST: ReadonlySet<OperationName> = new Set([
  "container.wait",
  "container.remove",
  "network.remove",
  "volume.remove",
  "plugin.remove",
]);

function delay(
  { graph }: GraphContext,
  { decision, ref, named }: ContainerNodes,
  interval: number,
  ends: readonly StepNode[],
): StepNode {
  const { address, update } = decision.resource;
  const node = graph.add(
    address,
    { operation: "container.wait", container: ref, condition: "ready", monitor: interval },
    "the next replicas come later",
    [...ends, named],
  );
  if (update?.failure_action === "continue") node.continueOnError = true;
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
  const existing = [passed?.(), ...graph.of("container.wait")].find(
    (each) => each?.address === address && isOf(each, condition),
  );
  if (existing) return existing;
  const reason =
    condition === "healthy"
      ? "others wait until it is healthy"
      : "others wait until it has completed";
  const former = start ? {} : ({ wasRunning: true } as const);
  const work = { operation: "container.wait", container: ref, condition, ...former } as const;
  return graph.add(address, work, reason, [start], start);
}

/** Nobody waits for more than the condition itself. */
const isOf = (node: StepNode, condition: Condition): boolean =>
  node.work.operation === "container.wait" && node.work.condition === condition && isBrief(node);
