import { nearest } from "../../attributes/core/shapes.ts";
import type { ObservedState } from "../../model/observed-state.ts";
import type { Address, Stack } from "../../model/stack.ts";
import { baseAddress } from "./targeting.ts";

/** A name on the command line that stands for no object, or for several kinds of them. */
export interface AddressError {
  readonly message: string;
  readonly hint: string;
}

/**
 * The objects that are meant: `container.web` is every replica, `container.web[2]` one of them, and
 * `web` will do where one kind alone has the key. What the engine still has of the stack counts
 * too, so that something can be named after its block is gone.
 */
export function resolveAddresses(
  names: readonly string[],
  { name, resources }: Stack,
  { containers, networks, volumes }: Pick<ObservedState, "containers" | "networks" | "volumes">,
): readonly Address[] | AddressError {
  const live = [...containers, ...networks, ...volumes].flatMap(({ owner }) =>
    owner?.stack === name ? [owner.address] : [],
  );
  const known = [...new Set([...resources.map(({ address }) => address), ...live])];
  const result = new Set<Address>();
  for (const asked of names) {
    const exact = asked.replace(/\[1\]$/, "");
    const found = known.filter(
      (address) =>
        address === exact ||
        (asked === exact && baseAddress(address) === exact) ||
        keyOf(address) === asked,
    );
    const blocks = [...new Set(found.map(baseAddress))];
    if (blocks.length !== 1) return unknown(asked, blocks, known);
    for (const address of found) result.add(address);
  }
  return [...result];
}

/**
 * The names of `--allow-data-loss`, each of which must be a volume: its address, its key, or its name
 * on the engine; as a volume of the stack, or one that a container there has.
 */
export function volumesOf(
  names: readonly string[],
  { name, resources }: Stack,
  { volumes, listed }: Pick<ObservedState, "volumes" | "listed">,
): readonly string[] | AddressError {
  const asked = resources.filter(({ kind }) => kind === "volume");
  const live = volumes.filter(({ owner }) => owner?.stack === name);
  const addresses = [
    ...asked.map(({ address }) => address),
    ...live.flatMap(({ owner }) => owner?.address ?? []),
  ];
  const known = new Set([
    ...addresses,
    ...addresses.map(keyOf),
    ...asked.map((resource) => resource.name),
    ...live.map((volume) => volume.name),
    ...listed.flatMap((container) => container.volumes),
  ]);
  const stranger = names.find((each) => !known.has(each));
  if (stranger === undefined) return names;
  const hint = near(stranger, [...known], addresses) ?? "The stack has no volumes.";
  return { message: `there is no volume ${stranger}`, hint };
}

/** Whether the data of a volume may be lost, as `names` of the command line permit it. */
export function mayLoseData(names: readonly string[], address: Address, name: string): boolean {
  return [address, keyOf(address), name].some((each) => names.includes(each));
}

/** The key alone: `web` of `container.web[2]`. */
function keyOf(address: Address): string {
  return baseAddress(address).slice(address.indexOf(".") + 1);
}

function unknown(
  asked: string,
  blocks: readonly string[],
  known: readonly Address[],
): AddressError {
  if (blocks.length > 1)
    return { message: `${asked} is ambiguous`, hint: `Write ${blocks.join(" or ")}.` };
  const hint = near(asked, [...known, ...known.map(keyOf)], known) ?? "The stack is empty.";
  return { message: `the stack has no ${asked}`, hint };
}

function near(asked: string, words: readonly string[], all = words): string | undefined {
  const found = nearest(asked, words);
  if (found !== undefined) return `Did you mean ${found}?`;
  return all.length > 0 ? `There are: ${all.slice(0, 8).join(", ")}.` : undefined;
}
