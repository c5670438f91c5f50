import { hooksOf } from "../../attributes/container/process/hooks.ts";
import { configLabels, recordedSpec } from "../../attributes/core/ownership.ts";
import { tokensIn } from "../../attributes/secrets/sensitive.ts";
import { number } from "../../attributes/values/json.ts";
import type { Rollout } from "../../model/change.ts";
import type { Json } from "../../model/json.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Ref } from "../../model/operations/fields.ts";
import type { Operation, OperationOf } from "../../model/operations/operations.ts";
import type { Note } from "../../model/plan.ts";
import type { Address, Hook, Hooks, Resource, Stack } from "../../model/stack.ts";
import type { PlanContext } from "../context/context.ts";
import { deferNaming } from "./deferred-naming.ts";
import type { RollbackStep, StepGraph, StepNode } from "./step-graph.ts";

type Exec = OperationOf<"container.exec">;
type When = keyof Hooks;

const BECAUSE: Readonly<Record<When, string>> = {
  post_start: "the container has started",
  pre_stop: "the container is about to stop",
};

/**
 * Puts the hooks between the nodes: those of a start between it and all that waits for it, those
 * of a stop between all that it waits for and the stop. While a container has a block, that says
 * which; afterwards its label does. Returns what cannot be run.
 */
export function insertHooks(
  context: PlanContext,
  graph: StepGraph,
  declared: Stack,
  updateOrders: ReadonlyMap<Address, Rollout>,
): readonly Note[] {
  const blocks = new Map(declared.resources.map((resource) => [resource.address, resource]));
  const notes: Note[] = [];
  for (const node of graph.of("container.start")) {
    const block = blocks.get(node.address);
    if (!block?.hooks?.post_start?.length) continue;
    const found = context.containers.get(node.address) ?? [];
    afterStart(graph, node, block, updateOrders.has(node.address), found);
  }
  for (const node of graph.of("container.stop")) {
    const { work, address } = node;
    if (work.operation !== "container.stop") continue;
    const block = blocks.get(address);
    const found = context.observed.containers.find(({ id }) => id === work.container.id);
    const asked = block ? block.hooks : found && recordedHooks(found);
    const { known, lost } = split(context, asked?.pre_stop);
    notes.push(...lost.map((names) => ({ address, message: unknown(names) })));
    beforeStop(graph, node, known);
  }
  return notes;
}

/** The hooks of a container that a rollback starts again: those that it was made with. */
export function startedAgain(
  context: PlanContext,
  found: ObservedContainer,
  container: Ref,
  rollbackStep: (work: Operation, reason: string) => RollbackStep,
): readonly RollbackStep[] {
  return split(context, recordedHooks(found)?.post_start).known.map((hook) =>
    rollbackStep(execOf(container, "post_start", hook), BECAUSE.post_start),
  );
}

function recordedHooks({ json }: ObservedContainer): Hooks | undefined {
  return hooksOf(recordedSpec(configLabels(json))).hooks;
}

const execOf = (container: Ref, hook: When, given: Hook): Exec => ({
  operation: "container.exec",
  container,
  hook,
  ...given,
});

/** A label names sensitive values, and cannot tell what they were. */
function split({ options: { secrets } }: PlanContext, hooks: readonly Hook[] = []) {
  const known: Hook[] = [];
  const lost: string[][] = [];
  for (const hook of hooks) {
    const names = tokensIn(hook as unknown as Json).filter((name) => !secrets.has(name));
    if (names.length === 0) known.push(hook);
    else lost.push(names);
  }
  return { known, lost };
}

const unknown = (names: readonly string[]): string =>
  `one of its pre_stop hooks is not run: ${names.join(", ")} is sensitive, and no longer known`;

function chain(
  graph: StepGraph,
  node: StepNode,
  when: When,
  hooks: readonly Hook[],
): readonly StepNode[] {
  const { work, address } = node;
  if (!("container" in work)) return [];
  let last: StepNode | undefined;
  return hooks.map((hook) => {
    const exec = execOf(work.container, when, hook);
    last = graph.add(address, exec, BECAUSE[when], [last], last ?? node);
    return last;
  });
}

function beforeStop(graph: StepGraph, stop: StepNode, hooks: readonly Hook[]): void {
  const execs = chain(graph, stop, "pre_stop", hooks);
  const [first] = execs;
  const last = execs.at(-1);
  if (!first || !last) return;
  for (const each of stop.dependsOn) first.dependsOn.add(each);
  for (const each of stop.dependsOnCompletion) first.dependsOnCompletion.add(each);
  stop.dependsOn.add(last);
}

/**
 * Whoever waits for the start waits for its hooks: before these it does not count as started. A
 * start whose hooks have not all succeeded does not stand: of a replacement the old container comes
 * back, any other container is stopped, so that the next apply starts it, and its hooks, again.
 */
function afterStart(
  graph: StepGraph,
  start: StepNode,
  resource: Resource,
  replaces: boolean,
  found: readonly ObservedContainer[],
): void {
  const { name, hooks, update, spec } = resource;
  const named = deferNaming(graph, start, resource, found);
  const all = graph.all().filter((each) => each !== named);
  const execs = chain(graph, start, "post_start", hooks?.post_start ?? []);
  const [first] = execs;
  const last = execs.at(-1);
  if (!first || !last) return;
  first.dependsOn.add(start);
  named?.dependsOn.add(last);
  const ended = named ? [...execs, named] : execs;
  for (const each of all) {
    if (each.dependsOn.delete(start)) each.dependsOn.add(named ?? last);
    if (each.dependsOnCompletion.has(start))
      for (const step of ended) each.dependsOnCompletion.add(step);
  }
  if (start.availability) last.availability = start.availability;
  delete start.availability;
  if (start.continueOnError) for (const exec of execs) exec.continueOnError = true;
  if (replaces && (update?.failure_action ?? "rollback") !== "rollback") return;
  const { work, address } = start;
  if (start.onFailure || !("container" in work)) {
    for (const exec of execs) undoWith(exec, start.onFailure);
    return;
  }
  const timeout = spec.stop_grace_period === undefined ? 10 : number(spec.stop_grace_period);
  const stop: Operation = { operation: "container.stop", container: work.container, timeout };
  const reason = "its post_start hooks have not succeeded";
  const naming: Operation = { operation: "container.rename", container: work.container, to: name };
  const stopped = [
    { work: stop, address, reason },
    ...(named ? [{ work: naming, address, reason: "it is down, as the next apply will see" }] : []),
  ];
  for (const exec of execs) {
    undoWith(exec, stopped);
    exec.leavesStopped = true;
  }
}

function undoWith(exec: StepNode, steps: StepNode["onFailure"]): void {
  if (!steps) return;
  exec.onFailure = steps;
  exec.onSkip = steps;
}
