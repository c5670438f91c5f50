import { anonymousVolumes } from "../../attributes/container/storage/mount-codec.ts";
import { at, list, record, text } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Note, Step } from "../../model/plan.ts";
import type { Stack } from "../../model/stack.ts";
import type { PlanContext } from "../context/context.ts";
import type { PlanMode } from "../context/mode.ts";
import type { GraphContext } from "../graph/context.ts";
import type { StepNode } from "../graph/step-graph.ts";

/*
 * No file names an anonymous volume, so that a plan has to say where each one goes: to the new container
 * (body.ts), nowhere, since nothing is deleted without consent, or away with its container.
 */

/** Those of a container that are no volume of the file, and nobody's in particular, names by target. */
function anonymousVolumesOf(
  { observed }: PlanContext,
  { resources }: Stack,
  { json }: ObservedContainer,
): readonly (readonly [target: string, name: string])[] {
  const named = new Set(resources.filter(({ kind }) => kind === "volume").map(({ name }) => name));
  const owned = observed.volumes.filter(({ owner }) => owner).map(({ name }) => name);
  return [...anonymousVolumes(json)].filter(
    ([, name]) => !named.has(name) && !owned.includes(name),
  );
}

/** Deletes those of the containers that go, once nothing is left that mounts them. */
export function removeAnonymous(
  context: GraphContext,
  declared: Stack,
  removed: ReadonlyMap<ObservedContainer, StepNode>,
): void {
  const { plan: planContext, graph } = context;
  const going = new Set([...removed.keys()].map(({ id }) => id));
  const staying = planContext.observed.listed.filter(({ id }) => !going.has(id));
  const done = new Set<string>();
  for (const [found, { address }] of removed) {
    for (const [, name] of anonymousVolumesOf(planContext, declared, found)) {
      const used = staying.some(({ volumes }) => volumes.includes(name));
      if (used || done.has(name)) continue;
      done.add(name);
      const users = [...removed].filter(([{ json }]) => mounts(json, name));
      const work = { operation: "volume.remove", volume: { name } } as const;
      const before = users.map(([, removal]) => removal);
      graph.add(address, work, "its anonymous volume goes with it", before);
    }
  }
}

const mounts = ({ Mounts }: JsonObject, name: string): boolean =>
  list(Mounts).some((mount) => record(mount).Name === name);

/** What becomes of those of the containers that a plan removes, where no replacement has them. */
export function anonymousNotes(
  context: PlanContext,
  { order: declared, purpose: mode }: PlanMode,
  steps: readonly Step[],
): readonly Note[] {
  const kept =
    mode === "destroy"
      ? "is kept; with --volumes it is deleted"
      : "is kept, and nothing mounts it any more; `docker volume rm` deletes it";
  const { containers, listed } = context.observed;
  const removals = steps.flatMap((step) => (step.operation === "container.remove" ? [step] : []));
  const going = new Set(removals.map(({ container }) => container.id));
  const used = new Set([
    ...listed.filter(({ id }) => !going.has(id)).flatMap(({ volumes }) => volumes),
    ...steps.flatMap((step) => (step.operation === "container.create" ? volumesIn(step.body) : [])),
  ]);
  const deleted = new Set(
    steps.flatMap((step) => (step.operation === "volume.remove" ? [step.volume.name] : [])),
  );
  const notes = removals.flatMap(({ container, address }): [string, Note][] => {
    const found = containers.find(({ id }) => id === container.id);
    const volumes = found ? anonymousVolumesOf(context, declared, found) : [];
    return volumes.flatMap(([target, name]): [string, Note][] => {
      if (used.has(name)) return [];
      const fate = deleted.has(name) ? "is deleted with its data" : kept;
      return [[name, { address, message: `its anonymous volume ${name} (${target}) ${fate}` }]];
    });
  });
  // Whoever shares another's mounts has the same volume; an engine's lists have no order.
  const sorted = notes.sort(([, a], [, b]) => (key(a) < key(b) ? -1 : 1));
  return [...new Map(sorted).values()];
}

const key = ({ address, message }: Note): string => `${address} ${message}`;

/** Names of the volumes that a create body mounts. */
function volumesIn(body: JsonObject): readonly string[] {
  const structured = list(at(body, "HostConfig", "Mounts")).map((each) =>
    text(record(each).Source),
  );
  const binds = list(at(body, "HostConfig", "Binds")).map((each) => text(each).split(":")[0] ?? "");
  return [...structured, ...binds];
}
