import type { Change } from "../model/change.ts";
import type { FoundContainer, FoundNetwork, FoundVolume } from "../model/observed.ts";
import type { Held } from "../model/plan.ts";
import type { NamedVerdict } from "./named.ts";
import type { Purpose } from "./purpose.ts";
import { foreignHolder, type Survey } from "./survey.ts";

/** What is ours, and no longer named. */
export interface Leftovers {
  readonly containers: readonly FoundContainer[];
  readonly networks: readonly FoundNetwork[];
  readonly volumes: readonly FoundVolume[];
  readonly changes: readonly Change[];
  readonly held: readonly Held[];
}

/** Finds it, and holds what only consent may remove. */
export function leftovers(
  world: Survey,
  networks: readonly NamedVerdict[],
  volumes: readonly NamedVerdict[],
  purpose: Purpose,
): Leftovers {
  const { stack, observed } = world;
  const used = new Set([...networks, ...volumes].flatMap(({ found }) => (found ? [found] : [])));
  const unnamed = <F extends FoundNetwork | FoundVolume>(all: readonly F[]) =>
    all.filter((found) => found.owner?.stack === stack.name && !used.has(found));
  const containers = observed.containers.filter(
    ({ owner }) => owner?.stack === stack.name && !world.resources.has(owner.address),
  );
  const reason =
    purpose.purpose === "destroy" ? "the stack is destroyed" : "the file no longer names it";
  const change = (
    kind: "container" | "network" | "volume",
    found: FoundContainer | FoundNetwork | FoundVolume,
  ): Change => ({
    address: found.owner?.address ?? `${kind}.${found.name}`,
    kind,
    name: found.name,
    action: "remove",
    reason,
    origin: "file",
    deltas: [],
    unchanged: 0,
  });
  const allows = (found: FoundVolume) =>
    purpose.purpose === "destroy"
      ? purpose.volumes === true
      : world.policy.allowDataLoss.some(
          (name) => name === found.name || found.owner?.address === `volume.${name}`,
        );
  const lostVolumes = unnamed(observed.volumes);
  const mounts = ({ name }: FoundVolume) =>
    foreignHolder(world, ({ volumes }) => volumes.includes(name))?.name;
  const going = lostVolumes.filter((found) => allows(found) && !mounts(found));
  const removable = unnamed(observed.networks).filter((network) => !heldBy(world, network));
  return {
    containers,
    networks: removable,
    volumes: going,
    changes: [
      ...containers.map((found) => change("container", found)),
      ...removable.map((found) => change("network", found)),
      ...going.map((found) => change("volume", found)),
    ],
    held: [
      ...unnamed(observed.networks).flatMap((found): Held[] => {
        const user = heldBy(world, found);
        if (!user) return [];
        return [heldFor(change("network", found), user)];
      }),
      ...lostVolumes
        .filter((found) => !going.includes(found))
        .map((found): Held => {
          const base = change("volume", found);
          const user = mounts(found);
          if (user) return heldFor(base, user);
          return {
            address: base.address,
            name: found.name,
            action: "remove",
            reason: `${reason}; its data is kept`,
            flag:
              purpose.purpose === "destroy"
                ? "--volumes"
                : `--allow-data-loss=${base.address.slice("volume.".length)}`,
            blocks: false,
            change: base,
          };
        }),
    ],
  };
}

function heldFor(change: Change, user: string): Held {
  const { address, name } = change;
  const reason = `${user}, which is not this stack's, uses it`;
  return { address, name, action: "remove", reason, blocks: false, change };
}

function heldBy(world: Survey, network: FoundNetwork): string | undefined {
  return foreignHolder(world, ({ networks }) => networks.includes(network.name))?.name;
}
