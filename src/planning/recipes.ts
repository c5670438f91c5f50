import type { FoundContainer } from "../model/observed.ts";
import type { Resource } from "../model/stack.ts";
import {
  type ContainerParts,
  containerParts,
  imagesOf,
  mountedBy,
  networksOf,
  volumesOf,
} from "./body.ts";
import type { Verdict } from "./decide.ts";
import type { Draft } from "./draft.ts";
import { type Built, type Ground, leavesOf, refOf } from "./ground.ts";
import { inPlace } from "./in-place.ts";
import { removalOnce, removeDebris, stop } from "./removal.ts";

/** Drafts the steps of one container. */
export function build(ground: Ground, verdict: Verdict): Built {
  if (verdict.action === "create") return buildNew(ground, verdict);
  if (verdict.action === "replace" && verdict.found) {
    const used = [...volumesOf(verdict.resource.spec), ...mountedBy(verdict.found)];
    const loses = used.some((name) => ground.replacedVolumes.has(name));
    return loses ? recreate(ground, verdict) : replace(ground, verdict);
  }
  return inPlace(ground, verdict);
}

/** What must exist before the container can be created. */
function ingredients(ground: Ground, { spec }: Resource): (Draft | undefined)[] {
  return [
    ...imagesOf(spec).map((reference) => ground.pulls.get(reference)),
    ...networksOf(spec).map((name) => ground.networks.get(name)),
    ...volumesOf(spec).map((name) => ground.volumes.get(name)),
  ];
}

/** Create, connect what the create call could not take, and write the files. */
function make(
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
  const injects = parts.injects.map((inject) =>
    drafts.add(address, { ...inject, container }, "its files come before its start", [create]),
  );
  return [create, ...connects, ...injects];
}

function buildNew(ground: Ground, verdict: Verdict): Built {
  const { resource, image } = verdict;
  const parts = containerParts(ground.survey, resource, resource.name, undefined, image);
  const complete = make(ground, verdict, parts, verdict.reason, ingredients(ground, resource));
  const ref = { name: resource.name };
  const start = ground.drafts.add(
    resource.address,
    { do: "start", container: ref },
    "it is to run",
    complete,
  );
  return { verdict, ref, start, ...created(complete) };
}

/**
 * The successor is made ready beside the predecessor, which is stopped only then, and removed last.
 * Whoever follows another one's change stands aside first, since that other waits for what it frees.
 */
function replace(ground: Ground, verdict: Verdict): Built {
  const { drafts, survey } = ground;
  const { resource, image, found } = verdict;
  if (!found) throw new Error(`nothing to replace at ${resource.address}`);
  const { address, name } = resource;
  const beside = found.name === `${name}.next` ? `${name}.new` : `${name}.next`;
  const parts = containerParts(survey, resource, beside, found.json, image);
  const first = removeDebris(ground, verdict, (each) => each.name !== `${name}.old`);
  const ready = (after: readonly (Draft | undefined)[]) =>
    make(ground, verdict, parts, verdict.reason, [
      ...ingredients(ground, resource),
      ...leavesOf(ground, found),
      ...first,
      ...after,
    ]);
  const early = verdict.follows ? standAside(ground, verdict, found, first) : undefined;
  const complete = ready(early ? [early.stopped, early.aside] : []);
  const { stopped, aside } = early ?? standAside(ground, verdict, found, complete);
  const named = drafts.add(
    address,
    { do: "rename", container: { name: beside }, to: name },
    "it takes the predecessor's place",
    [...complete, stopped, aside],
  );
  const ref = { name };
  const start = drafts.add(address, { do: "start", container: ref }, "it is to run", [named]);
  const remove = drafts.add(
    address,
    { do: "remove container", container: { id: found.id, name: `${name}.old` } },
    "its successor runs",
    [start, stopped],
  );
  return { verdict, ref, start, remove, named, ...created(complete) };
}

/** Stops the predecessor and frees its name. */
function standAside(
  ground: Ground,
  verdict: Verdict,
  found: FoundContainer,
  after: readonly Draft[],
): { stopped: Draft | undefined; aside: Draft | undefined } {
  const { address, name } = verdict.resource;
  const old = `${name}.old`;
  const because = verdict.follows
    ? "what it shares with another changes"
    : "its successor is ready to take over";
  const stopped = stop(ground, address, found, because, after);
  const out = removeDebris(ground, verdict, (each) => each.name === old);
  const work = { do: "rename", container: refOf(found), to: old } as const;
  const aside =
    found.name === old
      ? undefined
      : ground.drafts.add(address, work, "its successor takes its place", [
          ...after,
          stopped,
          ...out,
        ]);
  return { stopped, aside };
}

/** A volume under it is replaced: the predecessor must be gone before, and there is no way back. */
function recreate(ground: Ground, verdict: Verdict): Built {
  const { resource, image, found } = verdict;
  if (!found) throw new Error(`nothing to replace at ${resource.address}`);
  const gone = removalOnce(ground, resource.address, found, "a volume that it uses is replaced");
  const parts = containerParts(ground.survey, resource, resource.name, found.json, image);
  const debris = removeDebris(ground, verdict, () => true);
  const complete = make(ground, verdict, parts, verdict.reason, [
    ...ingredients(ground, resource),
    ...debris,
    gone,
  ]);
  const ref = { name: resource.name };
  const start = ground.drafts.add(
    resource.address,
    { do: "start", container: ref },
    "it is to run",
    complete,
  );
  return { verdict, ref, start, ...created(complete) };
}

const created = ([create]: readonly Draft[]) => (create ? { create } : {});
