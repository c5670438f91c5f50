import type { Held } from "../model/plan.ts";
import type { Resource } from "../model/stack.ts";
import { changeOf } from "./changes.ts";
import type { NamedVerdict } from "./named.ts";
import { foreignHolder, type Survey } from "./survey.ts";

/** Splits the volumes that would lose their data into those that may, and those that are held. */
export function consent(world: Survey, volumes: readonly NamedVerdict[]) {
  const allowed = (resource: Resource) =>
    world.policy.allowDataLoss.some((name) => name === resource.key || name === resource.name);
  const lossy = volumes.filter(({ action }) => action === "replace");
  const inUse = ({ resource: { name } }: NamedVerdict) =>
    foreignHolder(world, ({ volumes: mounted }) => mounted.includes(name));
  const going = lossy.filter((verdict) => allowed(verdict.resource) && !inUse(verdict));
  const held = lossy
    .filter((verdict) => !going.includes(verdict))
    .map((verdict): Held => {
      const { address, key, name } = verdict.resource;
      const user = inUse(verdict);
      return {
        address,
        name,
        action: "replace",
        reason: user
          ? `${user.name}, which is not this stack's, uses it`
          : "a volume cannot be changed in place, and replacing it loses its data",
        ...(user ? {} : { flag: `--allow-data-loss=${key}` }),
        blocks: true,
        change: changeOf(verdict),
      };
    });
  const replaced = new Set(going.map(({ resource }) => resource.name));
  return { replaced, held };
}
