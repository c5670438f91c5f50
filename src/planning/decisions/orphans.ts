import { record } from "../../attributes/values/json.ts";
import type { Change } from "../../model/change.ts";
import type {
  ObservedContainer,
  ObservedNetwork,
  ObservedVolume,
} from "../../model/observed-state.ts";
import type { BlockedChange } from "../../model/plan.ts";
import { mayLoseData } from "../context/addresses.ts";
import { findForeignUser, ownershipReason, type PlanContext } from "../context/context.ts";
import type { PlanMode } from "../context/mode.ts";
import { baseAddress } from "../context/targeting.ts";
import { blockedByProtection, unprotectOption } from "./approvals.ts";
import type { NetworkVolumeDecision } from "./networks-volumes.ts";

/** What is ours, and no longer named. */
export interface Orphans {
  readonly containers: readonly ObservedContainer[];
  readonly networks: readonly ObservedNetwork[];
  readonly volumes: readonly ObservedVolume[];
  readonly changes: readonly Change[];
  readonly blocked: readonly BlockedChange[];
}

type Kind = "container" | "network" | "volume";
type Found = ObservedContainer | ObservedNetwork | ObservedVolume;

/** Finds it, and holds what only consent may remove. */
export function findOrphans(
  context: PlanContext,
  networks: readonly NetworkVolumeDecision[],
  volumes: readonly NetworkVolumeDecision[],
  mode: PlanMode,
): Orphans {
  const { stack, observed, resources, targeting: scope } = context;
  const inactive: ReadonlySet<string> = new Set(mode.purpose === "destroy" ? [] : stack.inactive);
  const used = new Set([...networks, ...volumes].flatMap(({ found }) => (found ? [found] : [])));
  const unnamed = <F extends ObservedNetwork | ObservedVolume>(all: readonly F[]) =>
    all.filter((found) => {
      const { owner } = found;
      if (owner?.stack !== stack.name || used.has(found)) return false;
      if (inactive.has(owner.address)) return false;
      return resources.has(owner.address)
        ? scope.includes(owner.address)
        : scope.isTarget(owner.address);
    });
  const surplus = observed.containers.filter(
    ({ owner }) =>
      owner?.stack === stack.name &&
      !resources.has(owner.address) &&
      !inactive.has(baseAddress(owner.address)) &&
      scope.isTarget(owner.address),
  );
  const judged = {
    container: surplus.map((found) => ({
      found,
      blocked: blockedContainer(context, found, mode),
    })),
    network: unnamed(observed.networks).map((found) => ({
      found,
      blocked: blockedNetwork(context, found, mode),
    })),
    volume: unnamed(observed.volumes).map((found) => ({
      found,
      blocked: blockedVolume(context, found, mode),
    })),
  };
  const containers = leaving(judged.container);
  const removable = leaving(judged.network);
  const lost = leaving(judged.volume);
  return {
    containers,
    networks: removable,
    volumes: lost,
    changes: [
      ...containers.map((found) => removalOf(found, "container", mode)),
      ...removable.map((found) => removalOf(found, "network", mode)),
      ...lost.map((found) => removalOf(found, "volume", mode)),
    ],
    blocked: Object.values(judged)
      .flat()
      .flatMap(({ blocked }) => blocked ?? []),
  };
}

function leaving<F>(
  judged: readonly { found: F; blocked: BlockedChange | undefined }[],
): readonly F[] {
  return judged.filter(({ blocked }) => !blocked).map(({ found }) => found);
}

function removalOf(found: Found, kind: Kind, { purpose: mode }: PlanMode): Change {
  return {
    address: found.owner?.address ?? `${kind}.${found.name}`,
    kind,
    name: found.name,
    action: "remove",
    reason: mode === "destroy" ? "the stack is destroyed" : "no longer in the stack file",
    origin: "file",
    deltas: [],
    unchanged: 0,
  };
}

function isProtected(
  { targeting: scope }: PlanContext,
  { json }: Found,
  { address }: Change,
): boolean {
  return scope.isProtected(address, record(json.Labels));
}

function blockedContainer({ kept }: PlanContext, found: ObservedContainer, mode: PlanMode) {
  const reason = kept.get(found.id);
  const change = removalOf(found, "container", mode);
  if (reason === undefined) return undefined;
  if (reason === "is protected") return blockedByProtection(change);
  const { address, name } = change;
  return {
    address,
    name,
    action: "remove",
    reason: `it ${reason}`,
    required: false,
    change,
  } as const;
}

function blockedNetwork(
  context: PlanContext,
  found: ObservedNetwork,
  mode: PlanMode,
): BlockedChange | undefined {
  const change = removalOf(found, "network", mode);
  if (isProtected(context, found, change)) return blockedByProtection(change);
  const user = findForeignUser(context, ({ networks }) => networks.includes(found.name));
  return user && blockedFor(change, user.name, ownershipReason(context, user));
}

function blockedVolume(
  context: PlanContext,
  found: ObservedVolume,
  mode: PlanMode,
): BlockedChange | undefined {
  const change = removalOf(found, "volume", mode);
  const { address, name, reason } = change;
  const user = findForeignUser(context, ({ volumes }) => volumes.includes(name));
  if (user) return blockedFor(change, user.name, ownershipReason(context, user));
  const destroying = mode.purpose === "destroy";
  const allowed = destroying
    ? mode.volumes === true
    : mayLoseData(context.options.allowDataLoss, address, name);
  const guarded = isProtected(context, found, change);
  if (allowed) return guarded ? blockedByProtection(change) : undefined;
  const loss = destroying ? "--volumes" : `--allow-data-loss=${address.slice("volume.".length)}`;
  const flag = guarded ? `${loss} ${unprotectOption(address)}` : loss;
  const kept = `${reason}; its data is kept`;
  return { address, name, action: "remove", reason: kept, flag, required: false, change };
}

function blockedFor(change: Change, user: string, why: string): BlockedChange {
  const { address, name } = change;
  const reason = `${user}, which ${why}, uses it`;
  return { address, name, action: "remove", reason, required: false, change };
}
