import type { JsonObject } from "../../../model/json.ts";
import type { ObservedContainer } from "../../../model/observed-state.ts";
import type { Ref } from "../../../model/operations/fields.ts";
import { statusOf, stopTimeout } from "../../context/container-status.ts";
import { containerParts, referencedNetworks } from "../../context/create-body.ts";
import { retiredName, swapName, TEMPORARY_NAME } from "../../context/temporary-names.ts";
import type { ContainerDecision } from "../../decisions/container.ts";
import { afterStart, stateOf } from "../../diff/run-state.ts";
import { type ContainerNodes, type GraphContext, leavesOf, refOf } from "../../graph/context.ts";
import { waitForDependents, waitUntilReady } from "../../graph/readiness.ts";
import type { StepNode } from "../../graph/step-graph.ts";
import { reconnect } from "./attachments.ts";
import { removeLeftovers, stop } from "./remove.ts";
import { applyFailureAction, removeFailed } from "./replace.ts";
import { rollback } from "./rollback.ts";

/** Changes a container that stays, and brings it into the asked state; or leaves it alone. */
export function updateSteps(context: GraphContext, decision: ContainerDecision): ContainerNodes {
  const { graph } = context;
  const { resource, found, reason } = decision;
  if (!found) throw new Error(`nothing to change at ${resource.address}`);
  const { address, name } = resource;
  const container = refOf(found);
  const standing: Standing = { ...decision, found };
  const opening = beforeChanges(context, standing);
  const done: (StepNode | undefined)[] = [];
  for (const work of decision.inPlace) {
    if ("connect" in work) done.push(...reconnect(context, standing, work, opening));
  }
  const updates = decision.inPlace.flatMap((work) => ("update" in work ? [work.update] : []));
  if (updates.length > 0) {
    const resources: JsonObject = Object.assign({}, ...updates);
    const work = { operation: "container.update", container, resources } as const;
    // An engine cannot take every limit back, so that what may be refused comes before.
    const moved = [...context.reconnects].filter(({ address: target }) => target === address);
    done.push(graph.add(address, work, reason, [opening, ...done, ...moved]));
  }
  const named = found.name === name ? undefined : rename(context, standing, done);
  done.push(named);
  done.push(...[...context.reconnects].filter(({ address: target }) => target === address));
  const { built, settled } = afterChanges(context, standing, opening, done);
  const old = decision.leftovers.find((each) => each.name === retiredName(name));
  const ready =
    old && stateOf(resource) === "running"
      ? resumeReplacement(context, standing, old, settled)
      : readinessSteps(context, standing, built, settled);
  for (const each of removeLeftovers(context, decision, () => true))
    removeSuperseded(context, each, built.start, ready);
  return { ...built, ...(named ? { named } : {}) };
}

type Standing = ContainerDecision & { readonly found: ObservedContainer };

/** What comes before its changes: it wakes, or stops. */
function beforeChanges(
  context: GraphContext,
  { resource, found, transition }: Standing,
): StepNode | undefined {
  const { address } = resource;
  const { operations = [], reason = "" } = transition ?? {};
  if (operations.includes("stop")) return stop(context, address, found, reason, []);
  if (!operations.includes("unpause")) return undefined;
  return context.graph.add(
    address,
    { operation: "container.unpause", container: refOf(found) },
    "desired state is running",
  );
}

/** What comes after them: it starts, is frozen, or is awaited. */
function afterChanges(
  context: GraphContext,
  decision: Standing,
  opening: StepNode | undefined,
  done: readonly (StepNode | undefined)[],
) {
  const { resource, found, transition, restart } = decision;
  const { address, name } = resource;
  const ref: Ref = { name, id: found.id };
  const stopped = restart ? stop(context, address, found, restart.reason, done) : undefined;
  const operations = restart
    ? (["start", ...afterStart(resource)] as const)
    : (transition?.operations ?? []);
  const awake =
    operations.includes("unpause") && !operations.includes("stop") ? opening : undefined;
  const start = operations.includes("start")
    ? startFound(context, decision, ref, [...done, stopped])
    : awake;
  const settled = [opening, ...done, start];
  if (operations.includes("pause"))
    settled.push(
      context.graph.add(
        address,
        { operation: "container.pause", container: ref },
        "desired state is paused",
        settled,
      ),
    );
  const built: ContainerNodes = {
    decision,
    ref,
    ...(start ? { start } : {}),
    ...(stopped ? { stop: stopped } : {}),
  };
  return { built, settled };
}

/** What was started or changed, and runs, is waited for; what was started is judged from its start. */
function readinessSteps(
  context: GraphContext,
  decision: Standing,
  { ref, start }: ContainerNodes,
  settled: readonly (StepNode | undefined)[],
): StepNode | undefined {
  const { found, resource, transition } = decision;
  const { operations = [] } = transition ?? {};
  // Another name changes nothing for the processes.
  const touched =
    settled.some((each) => each && each.work.operation !== "container.rename") ||
    operations.includes("wait");
  const runs = start
    ? !operations.includes("pause")
    : ["running", "restarting"].includes(statusOf(found));
  const last = settled.at(-1);
  if (!touched || !runs || operations.includes("stop")) return last;
  const ready = waitUntilReady(context, decision, ref, settled, start ? undefined : true);
  if (ready) removeFailed(context, resource.address, ready);
  return ready ?? last;
}

/** Another container is to have its name, if only for a while, and must not wait for this one's start. */
function isHandedOn({ plan: context }: GraphContext, { address, work }: StepNode): boolean {
  const name = "container" in work ? work.container.name.replace(TEMPORARY_NAME, "") : "";
  return context.stack.resources.some(
    (other) => other.kind === "container" && other.name === name && other.address !== address,
  );
}

/** What it supersedes frees its ports before the start, and stays until it is ready. */
function removeSuperseded(
  context: GraphContext,
  removal: StepNode,
  start: StepNode | undefined,
  ready: StepNode | undefined,
): void {
  for (const earlier of [...removal.dependsOn]) {
    if (start) start.dependsOn.add(earlier);
    // What leaves a network that is replaced leaves it before that.
    else if (ready && earlier.work.operation === "container.stop") earlier.dependsOn.add(ready);
  }
  if (isHandedOn(context, removal)) return;
  for (const each of [start, ready]) if (each) removal.dependsOn.add(each);
}

/** A replacement was cut short: the old container is still there, and with it the rollback. */
function resumeReplacement(
  context: GraphContext,
  decision: Standing,
  old: ObservedContainer,
  after: readonly (StepNode | undefined)[],
): StepNode {
  const { resource, found } = decision;
  const { address, name, update } = resource;
  const back = rollback(context, resource, old, stopTimeout(found));
  const ref = { name, id: found.id };
  const ready =
    waitUntilReady(context, decision, ref, after) ??
    waitForDependents(context, decision, ref, after);
  const start = after.at(-1);
  for (const each of [start, ready]) if (each) each.onFailure = back.replaced;
  removeFailed(context, address, ready);
  applyFailureAction(context, address, update?.failure_action);
  return ready;
}

/** Last of its changes: another one may be waiting for the name, and it could not be had back. */
function rename(
  { graph, swapping }: GraphContext,
  { resource, found }: Standing,
  changes: readonly (StepNode | undefined)[],
): StepNode {
  const { address, name } = resource;
  const container = refOf(found);
  const swap = swapName(name);
  const renamed = swapping.has(found.id)
    ? graph.add(
        address,
        { operation: "container.rename", container, to: swap },
        "it swaps names with another",
        changes,
      )
    : undefined;
  const from = renamed ? { ...container, name: swap } : container;
  return graph.add(
    address,
    { operation: "container.rename", container: from, to: name },
    "its name changed",
    [...changes, renamed],
  );
}

function startFound(
  context: GraphContext,
  { resource, found, reason, restart, transition, image }: Standing,
  container: Ref,
  after: readonly (StepNode | undefined)[],
): StepNode {
  const { graph, networks, reconnects, plan: planContext } = context;
  const { address, name, spec } = resource;
  const { injects } = containerParts(planContext, resource, name, { image });
  // A container that was never started may have been cut off before its files were written.
  const written = (statusOf(found) === "created" ? injects : []).map((inject) =>
    graph.add(address, { ...inject, container }, "files are copied before the start"),
  );
  const cause = restart?.reason ?? transition?.reason ?? reason;
  return graph.add(address, { operation: "container.start", container }, cause, [
    ...after,
    ...leavesOf(context, found),
    ...written,
    ...referencedNetworks(spec).map((each) => networks.get(each)),
    ...[...reconnects].filter(({ address: target }) => target === address),
  ]);
}
