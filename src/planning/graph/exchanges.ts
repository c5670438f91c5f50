import type { Operation } from "../../model/operations/operations.ts";
import type { Note } from "../../model/plan.ts";
import type { Address } from "../../model/stack.ts";
import { isActive, statusOf, stopTimeout } from "../context/container-status.ts";
import type { ContainerDecision } from "../decisions/container.ts";
import { type ContainerNodes, type GraphContext, refOf } from "./context.ts";
import { startedAgain } from "./hooks.ts";
import { ancestors } from "./network-order.ts";
import { orderExchange, passNamesBack, rollbackStepsOf } from "./rollback-order.ts";
import type { Exchanged, RollbackStep, StepNode } from "./step-graph.ts";
import { takersOf } from "./takeovers.ts";

/** By container: what restores all of it but its name, though nothing of it has failed. */
export type Undone = ReadonlyMap<Address, readonly RollbackStep[]>;

/*
 * A container whose name, port or address another one takes over cannot come back before that one is
 * gone from it. So the two are rolled back together, and so is whoever takes over from the other in turn:
 * what is exchanged together comes back together. Until each is ready, all old containers stay.
 */

/** By a container that is replaced, or moved in place: those that have to be rolled back with it. */
export type Exchanges = ReadonlyMap<Address, readonly Address[]>;

export function exchangesOf(decisions: readonly ContainerDecision[]): Exchanges {
  const takers = takersOf(decisions);
  const direct = new Map(
    decisions.flatMap(({ resource: { address }, found }): [Address, readonly Address[]][] => {
      const by = [
        ...(takers.get(found?.id ?? "") ?? []),
        ...sharersOf(decisions, address),
        ...restartedWith(decisions, address),
      ];
      return by.length > 0 ? [[address, by]] : [];
    }),
  );
  return new Map(
    decisions.flatMap((decision): [Address, readonly Address[]][] => {
      const { action, found, resource } = decision;
      const { address } = resource;
      const isReplaced = action === "replace";
      if (!isReplaced && !movesBack(decision)) return [];
      const along = new Set(isReplaced ? direct.get(address) : takers.get(found?.id ?? ""));
      // A set that grows while it is walked: what is added is visited too.
      for (const each of along) for (const next of direct.get(each) ?? []) along.add(next);
      along.delete(address);
      return along.size > 0 ? [[address, [...along].sort()]] : [];
    }),
  );
}

/** It gives up an address or its name while it runs on, and is to have it back if that fails. */
function movesBack({ action, found, inPlace, resource }: ContainerDecision): boolean {
  const goesBack = (resource.update?.failure_action ?? "rollback") === "rollback";
  const leaves = inPlace.some((work) => "connect" in work && work.disconnect.length > 0);
  if (!found || action === "replace" || !goesBack) return false;
  return leaves || found.name !== resource.name;
}

/** Who is replaced to share namespaces or mounts of the new container, and has nothing without it. */
function sharersOf(decisions: readonly ContainerDecision[], host: Address): readonly Address[] {
  return decisions.flatMap(({ resource: { address, needs }, action, follows }) =>
    action === "replace" && follows && needs.some(({ on, bound }) => bound && on === host)
      ? [address]
      : [],
  );
}

/** Who is restarted to follow it, and would otherwise be left with what is gone. */
function restartedWith(decisions: readonly ContainerDecision[], host: Address): readonly Address[] {
  return decisions.flatMap(({ resource: { address, needs }, restart: own }) =>
    own && needs.some(({ on, restart }) => restart && on === host) ? [address] : [],
  );
}

/** Links the containers of an exchange once all nodes are there; returns what cannot be rolled back. */
export function linkExchanges(
  context: GraphContext,
  exchanges: Exchanges,
  built: ReadonlyMap<Address, ContainerNodes>,
  undone: Undone,
): readonly Note[] {
  const { graph, plan: planContext } = context;
  const notes: Note[] = [];
  const undoings = new Map<ContainerNodes, readonly RollbackStep[]>();
  const known = new Map<Address, readonly RollbackStep[]>();
  for (const [of, along] of exchanges) {
    const ends = endsOf(graph, of, built.get(of));
    const by: Exchanged["members"][number][] = [];
    for (const target of along) {
      const other = built.get(target);
      if (!other) continue;
      const again = known.get(target) ?? restarting(context, other);
      known.set(target, again);
      const starts = startsOf(graph.on(of));
      for (const each of again)
        if (isStart(each)) each.dependsOn = [...(each.dependsOn ?? []), ...starts];
      const { restart } = other.decision;
      if (restart && again.length > 0)
        for (const each of graph.on(target)) each.onExchangeRollback ??= again;
      const back = undoings.get(other) ?? undoing(planContext.observed.listed, other, undone);
      undoings.set(other, back);
      const onDone = restart ? [...back, ...again] : back;
      const held = ends.map((end) => staysUntil(other, end)).every((stays) => stays);
      const can =
        held &&
        (onDone.length > 0 ||
          graph.on(target).some(({ onExchangeRollback }) => onExchangeRollback));
      const notStarted = again.length > 0 ? { onNotStarted: again } : {};
      if (can) by.push({ address: target, onDone, ...notStarted });
      else notes.push({ address: of, message: `if it fails, ${target} keeps what it takes over` });
    }
    for (const { address, onNotStarted = [] } of by) {
      const needed = built.get(address)?.decision.resource.needs.map(({ on }) => on) ?? [];
      const first = needed.flatMap((on) => known.get(on) ?? []).filter(isStart);
      for (const each of onNotStarted.filter(isStart))
        each.dependsOn = [...new Set([...(each.dependsOn ?? []), ...first])];
    }
    if (by.length > 0) graph.exchanges.push({ address: of, members: by });
  }
  for (const exchange of graph.exchanges) {
    const isReplaced = built.get(exchange.address)?.decision.action === "replace";
    orderExchange(graph.on(exchange.address), exchange, graph, isReplaced);
  }
  if (graph.exchanges.length > 0) passNamesBack(graph);
  return notes;
}

/** The last node of it that may fail: its wait until ready, or where it stays whatever is done to it. */
function endsOf(graph: GraphContext["graph"], of: Address, built: ContainerNodes | undefined) {
  if (built?.readyWait) return [built.readyWait];
  if (built?.decision.action === "replace") return [];
  return graph.on(of).filter(({ onFailure }) => onFailure !== undefined);
}

/**
 * Starts again who runs on with what is stopped and started under it: connections to it, or its
 * namespaces, do not outlive that.
 */
function restarting(
  { plan: context }: GraphContext,
  { decision }: ContainerNodes,
): readonly RollbackStep[] {
  const { found, follows, restart, resource } = decision;
  const { address } = resource;
  if (!found || !isActive(found) || !(restart || (decision.action === "replace" && follows)))
    return [];
  const container = restart ? { name: resource.name, id: found.id } : refOf(found);
  const why = "what it follows was started again";
  const rollbackStep = (work: Operation, reason: string): RollbackStep => ({
    work,
    address,
    reason,
  });
  return [
    rollbackStep({ operation: "container.stop", container, timeout: stopTimeout(found) }, why),
    rollbackStep({ operation: "container.start", container }, why),
    ...startedAgain(context, found, container, rollbackStep),
    ...(statusOf(found) === "paused"
      ? [rollbackStep({ operation: "container.pause", container }, why)]
      : []),
  ];
}

const startsOf = (graph: readonly StepNode[]): readonly RollbackStep[] => [
  ...new Set(rollbackStepsOf(graph).filter(isStart)),
];

const isStart = ({ work }: RollbackStep): boolean => work.operation === "container.start";

/** The old container is not removed before then; `false`: others wait for the removal before that. */
function staysUntil({ remove, readyWait: own }: ContainerNodes, ready: StepNode): boolean {
  if (!remove || own === ready) return true;
  if (ancestors(ready).has(remove)) return false;
  remove.dependsOn.add(ready);
  return true;
}

/** What frees the things that a container has taken over and that is not replaced itself. */
function undoing(
  listed: readonly { readonly name: string }[],
  { decision, ref, start }: ContainerNodes,
  undone: Undone,
): readonly RollbackStep[] {
  const { resource, action, found } = decision;
  const { address, name, hooks } = resource;
  const reason = "another one has back what it took over";
  const stop = (of: ContainerNodes["ref"]): Operation => ({
    operation: "container.stop",
    container: of,
    timeout: 10,
  });
  if (action === "create") {
    const container = { name: hooks?.post_start?.length ? `${name}.next` : name };
    const names = listed.some((each) => each.name === name) ? [container] : [container, ref];
    return [...new Map(names.map((each) => [each.name, each])).values()].flatMap((each) => [
      { work: stop(each), address, reason },
      { work: { operation: "container.remove", container: each }, address, reason },
    ]);
  }
  if (!found || action === "replace") return [];
  return [
    ...(start && !isActive(found) ? [{ work: stop(ref), address, reason }] : []),
    ...(undone.get(address) ?? []),
  ];
}
