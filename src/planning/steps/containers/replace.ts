import { at, number } from "../../../attributes/values/json.ts";
import type { Ref } from "../../../model/operations/fields.ts";
import type { Address } from "../../../model/stack.ts";
import { containerParts } from "../../context/create-body.ts";
import { sharedFiles } from "../../context/shared-files.ts";
import {
  otherReplacementName,
  replacementName,
  retiredName,
} from "../../context/temporary-names.ts";
import type { ContainerDecision } from "../../decisions/container.ts";
import { isJob, stateOf } from "../../diff/run-state.ts";
import { type ContainerNodes, type GraphContext, leavesOf, refOf } from "../../graph/context.ts";
import {
  isBrief,
  isReadyBriefly,
  isWaitedFor,
  waitForDependents,
  waitUntilReady,
} from "../../graph/readiness.ts";
import type { RollbackStep, StepNode } from "../../graph/step-graph.ts";
import { createdNodes, createWithFiles, prerequisites } from "./create.ts";
import { removeLeftovers, stop } from "./remove.ts";
import { type Replacement, retire, stopAndRetire } from "./retire.ts";
import { rollback } from "./rollback.ts";
import { startSteps } from "./start.ts";

/**
 * The new container is made complete beside the old one, which is removed only when the new container
 * is ready. Every step between carries what restores the old container.
 */
export function replace(context: GraphContext, decision: ContainerDecision): ContainerNodes {
  const { resource, image, found } = decision;
  if (!found) throw new Error(`nothing to replace at ${resource.address}`);
  const { name } = resource;
  const beside =
    found.name === replacementName(name) ? otherReplacementName(name) : replacementName(name);
  const addresses = context.chosen.get(resource.address);
  const parts = containerParts(context.plan, resource, beside, {
    oldContainer: found.json,
    image,
    addresses,
  });
  const first = removeLeftovers(context, decision, (each) => each.name !== retiredName(name));
  const asked = at(parts.create.body, "StopTimeout");
  const timeout = asked === undefined ? 10 : number(asked);
  const shared = sharedFiles(resource.spec, parts);
  const back = rollback(context, resource, found, timeout, { beside, files: shared });
  const live = { ...decision, found };
  const reason = "the namespaces or mounts that it shares change";
  const leaves = leavesOf(context, found);
  const cleared = [...first, ...leaves];
  const early = decision.follows ? stopAndRetire(context, live, back, reason, cleared) : undefined;
  const before = [
    ...prerequisites(context, resource),
    ...cleared,
    ...[early?.stopped, early?.renamed],
  ];
  const complete = createWithFiles(context, decision, parts, decision.reason, before, shared);
  const undone = early ? back.restored : back.untouched;
  for (const left of leaves) left.onFailure = back.untouched;
  const [create, ...others] = complete;
  if (create) create.onFailure = undone;
  for (const each of others) each.onFailure = [...undone, ...back.keep(beside)];
  if (early) for (const each of complete) each.onSkip = undone;
  undo(context, decision, complete, [...undone, ...back.discard(beside)]);
  const replacement: Replacement = {
    context,
    decision: live,
    temporaryName: beside,
    complete,
    back,
    early,
  };
  const { order } = context.updateOrders.get(resource.address) ?? {};
  const built = order === "start-first" ? startFirst(replacement) : stopFirst(replacement);
  const { failure_action = "rollback" } = resource.update ?? {};
  applyFailureAction(context, resource.address, failure_action);
  return failure_action === "rollback" ? { ...built, back: back.replaced } : built;
}

/**
 * Both run until the new container is ready; only then the old container is stopped. Where others
 * wait for that, it is stopped as soon as the new container has been healthy or up, and stays until the end:
 * neither do the waits add up then, nor do many run twice.
 */
function startFirst(replacement: Replacement): ContainerNodes {
  const { context, decision, temporaryName: beside, complete, back } = replacement;
  const { graph } = context;
  const { resource, found } = decision;
  const { address, name } = resource;
  const next: Ref = { name: beside };
  const start = graph.add(
    address,
    { operation: "container.start", container: next },
    "it starts before the old container is removed",
    complete,
  );
  const away = back.stopped(beside);
  start.onFailure = [...away, ...back.untouched, ...back.keep(beside)];
  const alone =
    isReadyBriefly(context, decision) || !isWaitedFor(context.plan, address, resource.key);
  const verified =
    (alone ? waitUntilReady(context, decision, next, [start]) : undefined) ??
    waitForDependents(context, decision, next, [start]);
  verified.onFailure = start.onFailure;
  verified.onSkip = [...away, ...back.untouched, ...back.discard(beside)];
  const renamed = retire(context, decision, [...complete, verified]);
  const named = promote(replacement, [verified, renamed]);
  for (const node of [renamed, named]) {
    if (!node) continue;
    node.onFailure = [...away, ...back.named, ...back.untouched, ...back.discard(beside)];
    node.onSkip = node.onFailure;
  }
  undo(context, decision, [start, verified, renamed], verified.onSkip);
  undo(context, decision, [named], named.onFailure ?? []);
  const leaving = { ...found, name: retiredName(name) };
  const stopped = stop(context, address, leaving, "its replacement is ready", [named]);
  const ref: Ref = { name };
  const readyWait = alone ? undefined : waitUntilReady(context, decision, ref, [named]);
  if (readyWait) readyWait.onFailure = back.replaced;
  const remove = removeOld(replacement, [named, readyWait, stopped], "its replacement is ready");
  undo(context, decision, [stopped, readyWait, remove], back.undone(beside));
  const ready = readyWait ?? named;
  removeFailed(context, address, ready);
  const drafted = {
    start,
    first: start,
    named,
    passed: () => verified,
    stopped,
    readyWait: ready,
    remove,
  };
  return { decision, ref, ...drafted, ...createdNodes(complete) };
}

function removeOld(
  { context, decision: { resource, found } }: Replacement,
  after: readonly (StepNode | undefined)[],
  reason: string,
): StepNode {
  const container: Ref = { id: found.id, name: retiredName(resource.name) };
  return context.graph.add(
    resource.address,
    { operation: "container.remove", container },
    reason,
    after,
  );
}

/** The old container is stopped, and stays until the new container is ready. */
function stopFirst(replacement: Replacement): ContainerNodes {
  const { context, decision, temporaryName: beside, complete, back, early } = replacement;
  const { resource } = decision;
  const { address, name } = resource;
  const ready = "its replacement is created";
  const { stopped, renamed } = early ?? stopAndRetire(context, decision, back, ready, complete);
  const named = promote(replacement, [stopped, renamed]);
  named.onFailure = back.restored;
  named.onSkip = back.restored;
  const standing = [...back.restored, ...back.discard(beside)];
  undo(context, decision, [stopped], [...back.untouched, ...back.discard(beside)]);
  undo(context, decision, [renamed], [...back.running, ...back.discard(beside)]);
  undo(context, decision, [named], standing);
  const ref: Ref = { name };
  const { start, last, readyWait } = startSteps(context, decision, ref, [named]);
  const runs = start && stateOf(resource) === "running" && !isJob(context.plan, resource);
  const checked =
    readyWait ?? (runs ? waitForDependents(context, decision, ref, [start]) : undefined);
  const verified = checked ?? last ?? named;
  for (const each of new Set(start ? [start, verified] : [])) each.onFailure = back.replaced;
  if (start) start.onSkip = [back.beside(beside), ...back.restored];
  const up = checked ?? start;
  if (up && stopped) up.availability = "up";
  const reason = start ? "its replacement is ready" : "its replacement has its place";
  const remove = removeOld(replacement, [verified, stopped], reason);
  undo(context, decision, [start], [back.beside(beside), ...standing]);
  undo(context, decision, [verified === named ? undefined : verified, remove], back.undone(beside));
  removeFailed(context, address, verified);
  let passed = verified;
  const passing = (): StepNode => {
    if (passed !== readyWait || isBrief(readyWait) || !runs) return passed;
    passed = waitForDependents(context, decision, ref, [start], start);
    passed.onFailure = back.replaced;
    undo(context, decision, [passed], back.undone(beside));
    return passed;
  };
  const touched = { first: stopped, named, passed: passing, stopped, readyWait: verified, remove };
  const drafted = { ...(start ? { start } : {}), ...touched };
  return { decision, ref, ...drafted, ...createdNodes(complete) };
}

function promote(
  { context, decision, temporaryName: beside, complete }: Replacement,
  after: readonly (StepNode | undefined)[],
): StepNode {
  const { address, name } = decision.resource;
  const work = { operation: "container.rename", container: { name: beside }, to: name } as const;
  const reason = "it takes over the name";
  return context.graph.add(address, work, reason, [...complete, ...after]);
}

/** What failed before is kept until a replacement is ready. */
export function removeFailed(context: GraphContext, address: Address, ready: StepNode): void {
  const { graph, plan: planContext } = context;
  const removed = graph.of("container.remove").map(({ work }) => work);
  for (const found of planContext.failed.get(address) ?? []) {
    if (removed.some((work) => "container" in work && work.container.id === found.id)) continue;
    const work = { operation: "container.remove", container: refOf(found) } as const;
    graph.add(address, work, "it failed before, and its replacement is ready", [ready]);
  }
}

/** What restores the old container, should it have to be rolled back with another container. */
function undo(
  { exchanged }: GraphContext,
  { resource }: ContainerDecision,
  graph: readonly (StepNode | undefined)[],
  rollbackSteps: readonly RollbackStep[],
): void {
  if (!exchanged.has(resource.address)) return;
  for (const node of graph)
    if (node && !node.onExchangeRollback) node.onExchangeRollback = rollbackSteps;
}

/** `pause` and `continue` leave everything as the failure left it. */
export function applyFailureAction(
  { graph }: GraphContext,
  address: Address,
  action: "rollback" | "pause" | "continue" = "rollback",
): void {
  if (action === "rollback") return;
  for (const node of graph.on(address)) {
    delete node.onFailure;
    delete node.onSkip;
    if (action === "continue") node.continueOnError = true;
  }
}
