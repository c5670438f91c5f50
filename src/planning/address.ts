import { nearest } from "../attributes/shapes.ts";
import type { Observed } from "../model/observed.ts";
import type { Address, Stack } from "../model/stack.ts";
import { blockOf } from "./scope.ts";

/** A name on the command line that stands for no object, or for several kinds of them. */
export interface Unknown {
  readonly message: string;
  readonly hint: string;
}

/**
 * The objects that are meant: `container.web` is every replica, `container.web[2]` one of them, and
 * `web` will do where one kind alone has the key. What the engine still has of the stack counts
 * too, so that something can be named after its block is gone.
 */
export function addressesOf(
  names: readonly string[],
  { name, resources }: Stack,
  { containers, networks, volumes }: Pick<Observed, "containers" | "networks" | "volumes">,
): readonly Address[] | Unknown {
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
        (asked === exact && blockOf(address) === exact) ||
        keyOf(address) === asked,
    );
    const blocks = [...new Set(found.map(blockOf))];
    if (blocks.length !== 1) return unknown(asked, blocks, known);
    for (const address of found) result.add(address);
  }
  return [...result];
}

/** The key alone: `web` of `container.web[2]`. */
function keyOf(address: Address): string {
  return blockOf(address).slice(address.indexOf(".") + 1);
}

function unknown(asked: string, blocks: readonly string[], known: readonly Address[]): Unknown {
  if (blocks.length > 1)
    return { message: `${asked} is ambiguous`, hint: `Write ${blocks.join(" or ")}.` };
  const near = nearest(asked, [...known, ...known.map(keyOf)]);
  const hint = near ? `Did you mean ${near}?` : `There are: ${known.slice(0, 8).join(", ")}.`;
  return { message: `the stack has no ${asked}`, hint };
}
