import { ownerOf, replacedId } from "../../../attributes/core/ownership.ts";
import { list, record, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Owner } from "../../../model/observed-state.ts";
import type { Kind, Stack } from "../../../model/stack.ts";

/** Objects without ownership labels that the stack adopts. */
export interface Adopters {
  /** By id. */
  readonly containers: ReadonlyMap<string, Owner>;
  /** By name. */
  readonly networks: ReadonlyMap<string, Owner>;
  readonly volumes: ReadonlyMap<string, Owner>;
}

/**
 * Containers are adopted by name as long as no labelled container has their address. After a
 * replacement, a container that somebody else creates with the name is not the stack's. The
 * replacement records the old container's ID, so that an interrupted replacement can be finished.
 */
export function adoptedOwners(
  stack: Stack,
  summaries: readonly JsonObject[],
  allNetworks: readonly JsonObject[],
): Adopters {
  const own = summaries.flatMap(({ Labels }) => {
    const owner = ownerOf(record(Labels));
    return owner?.stack === stack.name ? [{ owner, replaces: replacedId(record(Labels)) }] : [];
  });
  const labelled = new Set(own.map(({ owner }) => owner.address));
  const names = byName(stack, "container");
  const byId = summaries.flatMap(({ Id, Names }): [string, Owner][] => {
    const owner = names.get(text(list(Names)[0]).slice(1));
    return owner && !labelled.has(owner.address) ? [[text(Id), owner]] : [];
  });
  const replaced = own.flatMap(({ owner: { address }, replaces }): [string, Owner][] =>
    replaces === undefined ? [] : [[replaces, { stack: stack.name, address, adopted: true }]],
  );
  // An engine may have several networks of one name: then none is adopted.
  const sameName = Map.groupBy(allNetworks, ({ Name }) => text(Name));
  const once = new Set([...sameName].flatMap(([name, { length }]) => (length === 1 ? [name] : [])));
  return {
    containers: new Map([...byId, ...replaced]),
    networks: new Map([...byName(stack, "network")].filter(([name]) => once.has(name))),
    volumes: byName(stack, "volume"),
  };
}

function byName({ name: stack, resources }: Stack, kind: Kind): ReadonlyMap<string, Owner> {
  const adopting = resources.filter((resource) => resource.kind === kind && resource.adopt);
  return new Map(
    adopting.map(({ name, address }) => [name, { stack, address, adopted: true }] as const),
  );
}
