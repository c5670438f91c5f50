import { text } from "../attributes/compare.ts";
import type { Resource } from "../model/stack.ts";
import { type ContainerParts, networksOf, volumesOf } from "./body.ts";
import type { Verdict } from "./decide.ts";
import type { Draft } from "./draft.ts";
import type { Ground } from "./ground.ts";

/** What must exist before the container can be created. */
export function ingredients(ground: Ground, { spec }: Resource): (Draft | undefined)[] {
  return [
    ground.pulls.get(text(spec.image)),
    ...networksOf(spec).map((name) => ground.networks.get(name)),
    ...volumesOf(spec).map((name) => ground.volumes.get(name)),
  ];
}

/** Create, connect what the create call could not take, and write the files. */
export function make(
  ground: Ground,
  { resource: { address } }: Verdict,
  parts: ContainerParts,
  because: string,
  after: Iterable<Draft | undefined>,
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
  const files = parts.files;
  const inject =
    files.length > 0
      ? [
          drafts.add(
            address,
            { do: "inject", container, files },
            "its files come before its start",
            [create],
          ),
        ]
      : [];
  return [create, ...connects, ...inject];
}
