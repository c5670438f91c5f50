import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Ref } from "../../model/plan.ts";
import type { Resource } from "../../model/stack.ts";
import { replacementName, retiredName } from "../context/temporary-names.ts";
import type { StepGraph, StepNode } from "./step-graph.ts";

/*
 * A container whose post_start hooks have not all run bears a passing name, since nothing else on an
 * engine could tell the next plan so; a replacement's predecessor tells the same.
 */

/**
 * Lets a start happen under the passing name, where no predecessor stays until its hooks have run.
 * Gives what finally names the container, to be put after the hooks; `undefined`: it needs none.
 */
export function deferNaming(
  graph: StepGraph,
  start: StepNode,
  { name }: Resource,
  found: readonly ObservedContainer[],
): StepNode | undefined {
  const { target, work } = start;
  if (!("container" in work) || start.ifFails) return undefined;
  const own = graph.on(target);
  const { id } = work.container;
  const succeeds =
    found.some((each) => each.name === retiredName(name)) ||
    own.some((each) => each.work.do === "rename" && each.work.to === retiredName(name));
  if (succeeds || work.container.name === replacementName(name)) return undefined;
  // Left so by a run that was cut short.
  const already = found.some((each) => each.id === id && each.name === replacementName(name));
  const container: Ref = { name: replacementName(name), ...(id && { id }) };
  if (id === undefined) {
    for (const each of own) makeUnder(each, name);
  } else if (!already) {
    const renamed = { do: "rename", container: { id, name }, to: container.name } as const;
    start.after.add(graph.add(target, renamed, "its post_start hooks have not run", start.after));
  }
  start.work = { ...work, container };
  const given = already ? own.find((each) => isNaming(each, name, id)) : undefined;
  // Drafted to come first, even before the stop of what is to start anew.
  if (given) for (const each of own) each.after.delete(given);
  const last = { do: "rename", container, to: name } as const;
  return given ?? graph.add(target, last, "its post_start hooks have run");
}

const isNaming = ({ work }: StepNode, name: string, id: string | undefined): boolean =>
  work.do === "rename" && work.to === name && id !== undefined && work.container.id === id;

/** Of what makes a container: it is made under the passing name. */
function makeUnder(node: StepNode, name: string): void {
  const { work } = node;
  if (work.do === "create container" && work.name === name)
    node.work = { ...work, name: replacementName(name) };
  else if ((work.do === "connect" || work.do === "inject") && work.container.name === name)
    node.work = { ...work, container: { name: replacementName(name) } };
}
