import type { OperationName } from "../../model/operations/operations.ts";
import type { GraphContext } from "./context.ts";
import type { Exchanged, RollbackStep, StepNode } from "./step-graph.ts";

/*
 * The order of rollback steps of different objects: what one has taken over is free before the other
 * has it back.
 */

/** Operations with which a container gives up what another one had. */
const GIVES_BACK: ReadonlySet<OperationName> = new Set(["container.stop", "network.disconnect"]);

/** Who comes back starts, or joins its networks, after the others have stopped or left theirs. */
export function orderExchange(
  own: readonly StepNode[],
  { address, members }: Exchanged,
  graph: GraphContext["graph"],
  isReplaced: boolean,
): void {
  const theirs = members.flatMap(({ address, onDone }) => [
    ...onDone,
    ...rollbackStepsOf(graph.on(address)),
  ]);
  // Who only follows takes nothing from it that it would have to wait for.
  const following = new Set(members.flatMap(({ onNotStarted = [] }) => onNotStarted));
  const stops = theirs.filter(
    (each) => GIVES_BACK.has(each.work.operation) && !following.has(each),
  );
  const undone = graph.exchanges.flatMap(({ members: all }) =>
    all.flatMap(({ address: target, onDone }) => (target === address ? onDone : [])),
  );
  for (const each of new Set([...rollbackStepsOf(own), ...(isReplaced ? [] : undone)]))
    if (each.work.operation === "container.start" || each.work.operation === "network.connect")
      comeAfter(each, stops);
}

/** A container gets its name back after the one that has it now has left it. */
export function passNamesBack(graph: GraphContext["graph"]): void {
  const ties = graph.exchanges.flatMap(({ members }) => members.flatMap(({ onDone }) => onDone));
  const all = [...new Set([...ties, ...rollbackStepsOf(graph.all())])];
  const leaving = Map.groupBy(all, ({ work }) =>
    work.operation === "container.rename" || work.operation === "container.remove"
      ? work.container.name
      : undefined,
  );
  for (const step of all) {
    if (step.work.operation !== "container.rename") continue;
    const left = leaving.get(step.work.to) ?? [];
    comeAfter(
      step,
      left.filter(({ address }) => address !== step.address),
    );
  }
}

function comeAfter(step: RollbackStep, others: readonly RollbackStep[]): void {
  if (others.length > 0) step.dependsOn = [...new Set([...(step.dependsOn ?? []), ...others])];
}

export const rollbackStepsOf = (graph: readonly StepNode[]): readonly RollbackStep[] =>
  graph.flatMap(({ onFailure = [], onSkip = [], onExchangeRollback = [] }) => [
    ...onFailure,
    ...onSkip,
    ...onExchangeRollback,
  ]);
