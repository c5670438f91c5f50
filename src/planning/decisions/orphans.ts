import { record } from "../../attributes/values/json.ts";
import type { Change } from "../../model/change.ts";
import type { FoundContainer, FoundNetwork, FoundVolume } from "../../model/observed-state.ts";
import type { Held } from "../../model/plan.ts";
import { mayLose } from "../context/addresses.ts";
import { foreignHolder, type Survey, whose } from "../context/context.ts";
import type { Purpose } from "../context/mode.ts";
import { heldByProtection, unprotectFlag } from "./approvals.ts";
import type { NamedVerdict } from "./networks-volumes.ts";

/** What is ours, and no longer named. */
export interface Leftovers {
  readonly containers: readonly FoundContainer[];
  readonly networks: readonly FoundNetwork[];
  readonly volumes: readonly FoundVolume[];
  readonly changes: readonly Change[];
  readonly held: readonly Held[];
}

type Kind = "container" | "network" | "volume";
type Found = FoundContainer | FoundNetwork | FoundVolume;

/** Finds it, and holds what only consent may remove. */
export function leftovers(
  world: Survey,
  networks: readonly NamedVerdict[],
  volumes: readonly NamedVerdict[],
  purpose: Purpose,
): Leftovers {
  const { stack, observed, resources, scope } = world;
  const used = new Set([...networks, ...volumes].flatMap(({ found }) => (found ? [found] : [])));
  const unnamed = <F extends FoundNetwork | FoundVolume>(all: readonly F[]) =>
    all.filter((found) => {
      const { owner } = found;
      if (owner?.stack !== stack.name || used.has(found)) return false;
      return resources.has(owner.address) ? scope.has(owner.address) : scope.names(owner.address);
    });
  const surplus = observed.containers.filter(
    ({ owner }) =>
      owner?.stack === stack.name && !resources.has(owner.address) && scope.names(owner.address),
  );
  const judged = {
    container: surplus.map((found) => ({
      found,
      held: heldContainer(world, found, purpose),
    })),
    network: unnamed(observed.networks).map((found) => ({
      found,
      held: heldNetwork(world, found, purpose),
    })),
    volume: unnamed(observed.volumes).map((found) => ({
      found,
      held: heldVolume(world, found, purpose),
    })),
  };
  const containers = going(judged.container);
  const removable = going(judged.network);
  const lost = going(judged.volume);
  return {
    containers,
    networks: removable,
    volumes: lost,
    changes: [
      ...containers.map((found) => removalOf(found, "container", purpose)),
      ...removable.map((found) => removalOf(found, "network", purpose)),
      ...lost.map((found) => removalOf(found, "volume", purpose)),
    ],
    held: Object.values(judged)
      .flat()
      .flatMap(({ held }) => held ?? []),
  };
}

function going<F>(judged: readonly { found: F; held: Held | undefined }[]): readonly F[] {
  return judged.filter(({ held }) => !held).map(({ found }) => found);
}

function removalOf(found: Found, kind: Kind, { purpose }: Purpose): Change {
  return {
    address: found.owner?.address ?? `${kind}.${found.name}`,
    kind,
    name: found.name,
    action: "remove",
    reason: purpose === "destroy" ? "the stack is destroyed" : "the file no longer names it",
    origin: "file",
    deltas: [],
    unchanged: 0,
  };
}

function isGuarded({ scope }: Survey, { json }: Found, { address }: Change): boolean {
  return scope.guards(address, record(json.Labels));
}

function heldContainer({ kept }: Survey, found: FoundContainer, purpose: Purpose) {
  const why = kept.get(found.id);
  const change = removalOf(found, "container", purpose);
  if (why === undefined) return undefined;
  if (why === "is protected") return heldByProtection(change);
  const { address, name } = change;
  return { address, name, action: "remove", reason: `it ${why}`, blocks: false, change } as const;
}

function heldNetwork(world: Survey, found: FoundNetwork, purpose: Purpose): Held | undefined {
  const change = removalOf(found, "network", purpose);
  if (isGuarded(world, found, change)) return heldByProtection(change);
  const user = foreignHolder(world, ({ networks }) => networks.includes(found.name));
  return user && heldFor(change, user.name, whose(world, user));
}

function heldVolume(world: Survey, found: FoundVolume, purpose: Purpose): Held | undefined {
  const change = removalOf(found, "volume", purpose);
  const { address, name, reason } = change;
  const user = foreignHolder(world, ({ volumes }) => volumes.includes(name));
  if (user) return heldFor(change, user.name, whose(world, user));
  const destroying = purpose.purpose === "destroy";
  const allowed = destroying
    ? purpose.volumes === true
    : mayLose(world.policy.allowDataLoss, address, name);
  const guarded = isGuarded(world, found, change);
  if (allowed) return guarded ? heldByProtection(change) : undefined;
  const loss = destroying ? "--volumes" : `--allow-data-loss=${address.slice("volume.".length)}`;
  const flag = guarded ? `${loss} ${unprotectFlag(address)}` : loss;
  const kept = `${reason}; its data is kept`;
  return { address, name, action: "remove", reason: kept, flag, blocks: false, change };
}

function heldFor(change: Change, user: string, why: string): Held {
  const { address, name } = change;
  const reason = `${user}, which ${why}, uses it`;
  return { address, name, action: "remove", reason, blocks: false, change };
}
