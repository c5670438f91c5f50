import { catalogue } from "../../attributes/catalogue.ts";
import { effective } from "../../attributes/core/effective.ts";
import { record, texts } from "../../attributes/values/json.ts";
import type { Ref } from "../../model/operations/fields.ts";
import type { OperationOf } from "../../model/operations/operations.ts";
import type { Note, Step } from "../../model/plan.ts";
import type { Address, Resource } from "../../model/stack.ts";
import type { PlanContext } from "../context/context.ts";
import type { ContainerDecision } from "../decisions/container.ts";
import { MONITOR } from "../diff/crash-loop.ts";
import { isJob, stateOf } from "../diff/run-state.ts";
import type { ContainerNodes, GraphContext } from "./context.ts";
import { ancestors } from "./network-order.ts";
import type { StepGraph, StepNode } from "./step-graph.ts";

/*
 * An apply ends when every container that it has touched is ready. The waits begin with
 * the containers' own starts and run beside each other; what merely comes next (another replica, a
 * name that changes hands) waits for a gate only: healthy, or up for a moment.
 */

type Await = OperationOf<"container.wait">;
type ReadinessCondition = Pick<Await, "condition" | "monitor" | "minUptime"> & {
  readonly reason: string;
};

/** Waits until the container is ready; `undefined`: that is not asked. */
export function waitUntilReady(
  { graph, plan: context }: GraphContext,
  decision: ContainerDecision,
  container: Ref,
  after: readonly (StepNode | undefined)[],
  wasRunning?: true,
): StepNode | undefined {
  const judgement = readinessOf(context, decision);
  if (!judgement) return undefined;
  const { reason, ...how } = judgement;
  const work: Await = {
    operation: "container.wait",
    container,
    ...how,
    ...(wasRunning && { wasRunning }),
  };
  const readyWait = graph.add(decision.resource.address, work, reason, after);
  readyWait.isReadyWait = true;
  return readyWait;
}

/** A container by which `watchOn` finds what it is to watch, and what comes after that. */
type Watched = Pick<ContainerNodes, "ref" | "named" | "remove" | "back"> & { readyWait?: StepNode };

/**
 * While others are still waited for, each container that is ready is watched: an apply does not
 * end well over what went down meanwhile. The old container, stopped, is removed only after that, so that
 * there is a rollback until the end: of all that it had, this costs the space of its writable layer
 * alone. Where a wait depends on that very removal, as when a volume is replaced, there is none.
 */
export function keepWatching(graph: StepGraph, built: ReadonlyMap<Address, Watched>): void {
  const readyWaits = graph.of("container.wait").filter(({ isReadyWait }) => isReadyWait);
  const before = new Set(readyWaits.flatMap((readyWait) => [...ancestors(readyWait)]));
  for (const readyWait of readyWaits) {
    const { work, address, continueOnError } = readyWait;
    const one = built.get(address);
    const known = ancestors(readyWait);
    const others = readyWaits.filter((each) => !known.has(each));
    if (!one || others.length === 0 || work.operation !== "container.wait") continue;
    if (work.condition === "completed") continue;
    const { ref, named, remove } = one;
    // It need not even run.
    const how = {
      condition: "ready",
      staysReady: true,
      ...(work.minUptime === 0 && { minUptime: 0 }),
    } as const;
    const watch: Await = { operation: "container.wait", container: ref, ...how };
    const watched = graph.add(address, watch, "others are waited for meanwhile", [
      readyWait,
      named,
    ]);
    for (const each of others) watched.until.add(each);
    if (continueOnError) watched.continueOnError = true;
    const removals = graph.on(address).filter((each) => {
      const { operation } = each.work;
      return (
        operation === "container.remove" && !before.has(each) && ancestors(each).has(readyWait)
      );
    });
    for (const each of removals) each.dependsOn.add(watched);
    one.readyWait = watched;
    if (remove && !removals.includes(remove)) continue;
    const back = remove ? one.back : readyWait.onFailure;
    if (back) watched.onFailure = back;
    if (remove?.onExchangeRollback) watched.onExchangeRollback = remove.onExchangeRollback;
  }
}

/** Waits until the container is healthy, or up for a moment, so that others can go on. */
export function waitForDependents(
  { graph, plan: context }: GraphContext,
  { resource: { address } }: ContainerDecision,
  container: Ref,
  after: readonly (StepNode | undefined)[],
  behind?: StepNode,
): StepNode {
  const condition = context.waiting.has(`${address} healthy`) ? "healthy" : "ready";
  const work: Await = { operation: "container.wait", container, condition };
  return graph.add(address, work, "others wait for it", after, behind);
}

/** Waiting until it is ready takes no longer than waiting for its dependents' condition. */
export function isReadyBriefly(
  { plan: context }: GraphContext,
  decision: ContainerDecision,
): boolean {
  const judgement = readinessOf(context, decision);
  return judgement !== undefined && !judgement.monitor && !judgement.minUptime;
}

/** It lasts no longer than the condition needs to come true. */
export const isBrief = ({ work }: StepNode): boolean =>
  work.operation === "container.wait" && !work.monitor && !work.minUptime;

/** Of what is started and not waited for, since the file asks for that. */
export function unawaitedNotes(
  context: PlanContext,
  decisions: readonly ContainerDecision[],
  steps: readonly Step[],
): readonly Note[] {
  return decisions.flatMap((decision): Note[] => {
    const { address, update } = decision.resource;
    const starts = steps.some(
      (step) => step.address === address && step.operation === "container.start",
    );
    if (
      update?.monitor !== 0 ||
      context.options.detach ||
      !starts ||
      readinessOf(context, decision)
    )
      return [];
    return [{ address, message: "it is not waited for, since its `monitor` is 0s" }];
  });
}

/**
 * How to wait for a container that has been up for some time, in milliseconds; its own health check,
 * if any, is the engine's to tell.
 */
export function awaitFor(
  context: PlanContext,
  resource: Resource,
  since: number,
): ReadinessCondition {
  const judgement = readinessOf(context, { resource, image: undefined }) ?? {
    condition: "ready",
    minUptime: 1,
    reason: "desired state is running",
  };
  const { monitor, minUptime, ...how } = judgement;
  const left = (time: number) => Math.max(1, Math.round(time - since));
  return {
    ...how,
    ...(monitor !== undefined && { monitor: left(monitor) }),
    ...(minUptime !== undefined && { minUptime: left(minUptime) }),
  };
}

/** How an apply judges the container; `undefined`: not at all. */
function readinessOf(
  context: PlanContext,
  decision: Pick<ContainerDecision, "resource" | "image">,
): ReadinessCondition | undefined {
  const { resource } = decision;
  const { address, update } = resource;
  const { detach } = context.options;
  if (stateOf(resource) !== "running") return undefined;
  if (isJob(context, resource)) {
    const isNeeded = context.waiting.has(`${address} completed`);
    return detach && !isNeeded
      ? undefined
      : { condition: "completed", reason: "job: exits with 0" };
  }
  if (detach) return undefined;
  const condition = context.waiting.has(`${address} healthy`) ? "healthy" : "ready";
  const checked = condition === "healthy" || hasHealthCheck(decision);
  const healthy = { condition, reason: "its health check: healthy" } as const;
  const { monitor = MONITOR } = update ?? {};
  const time = `${monitor / 1000} s`;
  if (checked === false) {
    const reason = `no health check: counts as ready after ${time}`;
    return monitor === 0 ? undefined : { condition, minUptime: monitor, reason };
  }
  if (checked && !update?.monitor) return healthy;
  if (checked) return { ...healthy, monitor, reason: `${healthy.reason} for ${time}` };
  const otherwise = monitor === 0 ? "ready at once" : `ready after ${time}`;
  const reason = `its health check, if its image has one: healthy; otherwise ${otherwise}`;
  return { condition, ...(update?.monitor ? { monitor } : { minUptime: monitor }), reason };
}

/** Whether the container will have a health check; `undefined`: its image is not known yet. */
function hasHealthCheck({
  resource: { spec },
  image,
}: Pick<ContainerDecision, "resource" | "image">): boolean | undefined {
  const { healthcheck } = catalogue.container;
  const all = healthcheck && effective(healthcheck, spec.healthcheck, spec, image);
  const [kind] = all && all !== "unmanaged" ? texts(record(all.value).test) : [];
  if (kind !== undefined) return kind !== "NONE";
  return image ? false : undefined;
}

/** Others come after it by what it is and not by what becomes of it: they wait only until it is healthy or up. */
export function isWaitedFor({ stack }: PlanContext, address: Address, key: string): boolean {
  return stack.resources.some(
    (other) =>
      (other.kind === "container" && other.key === key && other.address !== address) ||
      other.needs.some(
        ({ on, bound, restart, condition }) =>
          on === address && (bound || restart || condition === "healthy"),
      ),
  );
}
