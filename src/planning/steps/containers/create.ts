import type { Resource } from "../../../model/stack.ts";
import { type ContainerParts, imagesOf, networksOf, volumesOf } from "../../context/create-body.ts";
import type { Verdict } from "../../decisions/container.ts";
import type { Ground } from "../../graph/context.ts";
import type { Draft } from "../../graph/step-graph.ts";

/** What must exist before the container can be created. */
export function ingredients(ground: Ground, { spec }: Resource): (Draft | undefined)[] {
  return [
    ...imagesOf(spec).map((reference) => ground.pulls.get(reference)),
    ...networksOf(spec).map((name) => ground.networks.get(name)),
    ...volumesOf(spec).map((name) => ground.volumes.get(name)),
  ];
}

/**
 * Create, connect what the create call could not take, and write the files.
 * @param shared those of the files that others see, to be kept as they were
 */
export function make(
  ground: Ground,
  { resource: { address } }: Verdict,
  parts: ContainerParts,
  because: string,
  after: Iterable<Draft | undefined>,
  shared: readonly string[] = [],
): Draft[] {
  const { drafts } = ground;
  const container = { name: parts.create.name };
  const create = drafts.add(address, parts.create, because, after);
  const connects = Object.entries(parts.connects).map(([name, endpoint]) =>
    drafts.add(
      address,
      { do: "connect", container, network: { name }, endpoint },
      "this engine takes one network at creation",
      [create, ground.networks.get(name)],
    ),
  );
  const keeping = { do: "keep files", container, files: shared } as const;
  const kept =
    shared.length > 0
      ? [drafts.add(address, keeping, "others see them too, should it fail", [create])]
      : [];
  const injects = parts.injects.map((inject) =>
    drafts.add(address, { ...inject, container }, "its files come before its start", [
      create,
      ...kept,
    ]),
  );
  return [create, ...connects, ...kept, ...injects];
}

/** Of what makes a container, the step that others may have to come before. */
export const created = ([create]: readonly Draft[]) => (create ? { create } : {});
