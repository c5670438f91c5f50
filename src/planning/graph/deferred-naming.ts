import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Ref } from "../../model/operations/fields.ts";
import type { Resource } from "../../model/stack.ts";
import { replacementName, retiredName } from "../context/temporary-names.ts";
import type { StepGraph, StepNode } from "./step-graph.ts";

/*
 * A container whose post_start hooks have not all run has a temporary name, since nothing else on an
 * engine could tell the next plan so; the old container of a replacement tells the same.
 */

/**
 * Lets a start happen under the temporary name, where no old container stays until its hooks have run.
 * Gives what finally names the container, to be put after the hooks; `undefined`: it needs none.
 */
export function deferNaming(
  graph: StepGraph,
  start: StepNode,
  { name }: Resource,
  found: readonly ObservedContainer[],
): StepNode | undefined {
  const { address, work } = start;
  if (!("container" in work) || start.onFailure) return undefined;
  const own = graph.on(address);
  const { id } = work.container;
  const succeeds =
    found.some((each) => each.name === retiredName(name)) ||
    own.some(
      (each) => each.work.operation === "container.rename" && each.work.to === retiredName(name),
    );
  if (succeeds || work.container.name === replacementName(name)) return undefined;
  // Left so by a run that was cut short.
  const already = found.some((each) => each.id === id && each.name === replacementName(name));
  const container: Ref = { name: replacementName(name), ...(id && { id }) };
  if (id === undefined) {
    for (const each of own) makeUnder(each, name);
  } else if (!already) {
    const renamed = {
      operation: "container.rename",
      container: { id, name },
      to: container.name,
    } as const;
    start.dependsOn.add(
      graph.add(address, renamed, "its post_start hooks have not run", start.dependsOn),
    );
  }
  start.work = { ...work, container };
  const given = already ? own.find((each) => isNaming(each, name, id)) : undefined;
  // Drafted to come first, even before the stop of what is to start anew.
  if (given) for (const each of own) each.dependsOn.delete(given);
  const last = { operation: "container.rename", container, to: name } as const;
  return given ?? graph.add(address, last, "its post_start hooks have run");
}

const isNaming = ({ work }: StepNode, name: string, id: string | undefined): boolean =>
  work.operation === "container.rename" &&
  work.to === name &&
  id !== undefined &&
  work.container.id === id;

/** Of what makes a container: it is made under the temporary name. */
function makeUnder(node: StepNode, name: string): void {
  const { work } = node;
  if (work.operation === "container.create" && work.name === name)
    node.work = { ...work, name: replacementName(name) };
  else if (
    (work.operation === "network.connect" || work.operation === "container.write_files") &&
    work.container.name === name
  )
    node.work = { ...work, container: { name: replacementName(name) } };
}
