import type { Resource } from "../../../model/stack.ts";
import {
  type ContainerParts,
  referencedImages,
  referencedNetworks,
  referencedVolumes,
} from "../../context/create-body.ts";
import type { ContainerDecision } from "../../decisions/container.ts";
import type { GraphContext } from "../../graph/context.ts";
import type { StepNode } from "../../graph/step-graph.ts";

/** What must exist before the container can be created. */
export function prerequisites(context: GraphContext, { spec }: Resource): (StepNode | undefined)[] {
  return [
    ...referencedImages(spec).map((reference) => context.images.get(reference)),
    ...referencedNetworks(spec).map((name) => context.networks.get(name)),
    ...referencedVolumes(spec).map((name) => context.volumes.get(name)),
  ];
}

/**
 * Create, connect what the create call could not take, and write the files.
 * @param shared those of the files that others see, to be kept as they were
 */
export function createWithFiles(
  context: GraphContext,
  { resource: { address } }: ContainerDecision,
  parts: ContainerParts,
  reason: string,
  after: Iterable<StepNode | undefined>,
  shared: readonly string[] = [],
): StepNode[] {
  const { graph } = context;
  const container = { name: parts.create.name };
  const create = graph.add(address, parts.create, reason, after);
  const connects = Object.entries(parts.connects).map(([name, endpoint]) =>
    graph.add(
      address,
      { operation: "network.connect", container, network: { name }, endpoint },
      "this engine takes one network at creation",
      [create, context.networks.get(name)],
    ),
  );
  const keeping = { operation: "container.save_files", container, files: shared } as const;
  const kept =
    shared.length > 0
      ? [graph.add(address, keeping, "others see them too, should it fail", [create])]
      : [];
  const injects = parts.injects.map((inject) =>
    graph.add(address, { ...inject, container }, "files are copied before the start", [
      create,
      ...kept,
    ]),
  );
  return [create, ...connects, ...kept, ...injects];
}

/** Of what makes a container, the step that others may have to come before. */
export const createdNodes = ([create]: readonly StepNode[]) => (create ? { create } : {});
