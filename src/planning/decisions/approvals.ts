import { configLabels } from "../../attributes/core/ownership.ts";
import { at, record } from "../../attributes/values/json.ts";
import type { Change } from "../../model/change.ts";
import type {
  ListedContainer,
  ObservedContainer,
  ObservedVolume,
} from "../../model/observed-state.ts";
import type { BlockedChange } from "../../model/plan.ts";
import type { Address, Resource } from "../../model/stack.ts";
import { mayLoseData } from "../context/addresses.ts";
import { isActive } from "../context/container-status.ts";
import type { PlanContext } from "../context/context.ts";
import { findForeignUser, ownershipReason } from "../context/context.ts";
import { retiredName } from "../context/temporary-names.ts";
import { changeOf, containerChange } from "./changes.ts";
import type { ContainerDecision } from "./container.ts";
import { decideContainers } from "./containers.ts";
import { keepsNamespace, sharesNamespace } from "./namespaces.ts";
import type { NetworkVolumeDecision } from "./networks-volumes.ts";

export const unprotectOption = (address: Address): string => `--unprotect=${address}`;

/** A replacement or removal that the object's protection forbids. */
export function blockedByProtection(change: Change): BlockedChange {
  const { address, name, action, reason } = change;
  return {
    address,
    name,
    action: action === "remove" ? "remove" : "replace",
    reason: `it is protected; ${reason}`,
    flag: unprotectOption(address),
    required: true,
    change,
  };
}

/** Splits the volumes that would lose their data into those that may, and those that are held. */
export function approveVolumes(
  context: PlanContext,
  volumes: readonly NetworkVolumeDecision<ObservedVolume>[],
) {
  const allowed = ({ address, name }: Resource) =>
    mayLoseData(context.options.allowDataLoss, address, name);
  const lossy = volumes.filter(({ action }) => action === "replace");
  const held = lossy.flatMap((decision): BlockedChange[] => {
    const { address, key, name } = decision.resource;
    const change = changeOf(decision);
    const user = blockingUser(context, name);
    if (user) {
      const reason = `${user.listed.name}, which ${user.why}, uses it`;
      return [{ address, name, action: "replace", reason, required: true, change }];
    }
    const guarded = context.targeting.isProtected(address, record(decision.found?.json.Labels));
    if (allowed(decision.resource)) return guarded ? [blockedByProtection(change)] : [];
    const loss = `--allow-data-loss=${key}`;
    return [
      {
        address,
        name,
        action: "replace",
        reason: `${change.reason}, and replacing it loses its data`,
        flag: guarded ? `${loss} ${unprotectOption(address)}` : loss,
        required: true,
        change,
      },
    ];
  });
  const kept = new Set(held.map(({ name }) => name));
  const going = lossy.filter(({ resource }) => !kept.has(resource.name));
  return { replaced: new Set(going.map(({ resource }) => resource.name)), held };
}

/** A container on the volume that may not be removed for its sake. */
function blockingUser(
  context: PlanContext,
  volume: string,
): { listed: ListedContainer; why: string } | undefined {
  const listed = findForeignUser(context, ({ volumes }) => volumes.includes(volume));
  if (listed) return { listed, why: ownershipReason(context, listed) };
  const guarded = context.observed.listed.find((each) => {
    const found = context.observed.containers.find(({ id }) => id === each.id);
    if (!found?.owner || !each.volumes.includes(volume)) return false;
    return context.targeting.isProtected(found.owner.address, configLabels(found.json));
  });
  return guarded && { listed: guarded, why: "is protected" };
}

/**
 * Decides for all containers. Those whose replacement their protection forbids stay as they are, and
 * so does one whose namespaces such a one has: it would be left alone in them. Nothing becomes of
 * those that are not targeted.
 */
export function blockProtectedContainers(
  context: PlanContext,
  networks: readonly NetworkVolumeDecision[],
  replaced: ReadonlySet<string>,
) {
  const sharers = new Map<Address, Sharer>();
  for (;;) {
    const held: BlockedChange[] = [];
    const standing = decideContainers(context, networks, replaced, (decision) => {
      const { resource, action, found } = decision;
      const { address } = resource;
      if (!context.targeting.includes(address))
        return found && freeze({ ...decision, leftovers: [] });
      const sharer = sharers.get(address);
      const guarded = context.targeting.isProtected(
        address,
        record(at(found?.json, "Config", "Labels")),
      );
      if (action !== "replace" || !(guarded || sharer)) return decision;
      const [change] = containerChange({ ...decision, leftovers: [] }, new Map());
      if (change && guarded) held.push(blockedByProtection(change));
      else if (change && sharer) held.push(blockedForSharer(change, sharer));
      return freeze(decision);
    });
    const before = sharers.size;
    const staying = [
      ...standing.flatMap((decision) => unreplacedSharer(context, decision) ?? []),
      ...context.observed.containers.flatMap((found): Sharer[] => {
        const reason = context.kept.get(found.id);
        return reason === undefined ? [] : [{ found, why: reason }];
      }),
    ];
    for (const { action, resource, found } of standing) {
      const sharer = staying.find(
        (each) => found && isActive(each.found) && sharesNamespace(each.found, found),
      );
      if (action === "replace" && sharer) sharers.set(resource.address, sharer);
    }
    if (sharers.size === before) return { standing, held };
  }
}

/** A container that stays in the namespaces of another one, and why it does. */
interface Sharer {
  readonly found: ObservedContainer;
  readonly why: string;
}

function unreplacedSharer({ kept }: PlanContext, decision: ContainerDecision): Sharer | undefined {
  const { found, left } = decision;
  if (found && left) return { found, why: kept.get(found.id) ?? "is protected" };
  return found && keepsNamespace(decision) ? { found, why: "keeps what it ignores" } : undefined;
}

function blockedForSharer(
  change: Change,
  { found: { name: by, owner }, why }: Sharer,
): BlockedChange {
  const { address, name, reason } = change;
  const flag = why === "is protected" && owner ? { flag: unprotectOption(owner.address) } : {};
  return {
    address,
    name,
    action: "replace",
    reason: `${by}, which ${why}, shares what it has; ${reason}`,
    ...flag,
    required: true,
    change,
  };
}

/** The same container, of which nothing is changed; nor is the old container, which is needed for its rollback. */
function freeze({
  restart: _,
  transition: __,
  follows: ___,
  ...decision
}: ContainerDecision): ContainerDecision {
  const { resource, leftovers } = decision;
  return {
    ...decision,
    action: "none",
    deltas: [],
    inPlace: [],
    reason: "",
    left: true,
    leftovers: leftovers.filter(({ name }) => name !== retiredName(resource.name)),
  };
}

/** Splits off the networks whose replacement their protection forbids; they stay as they are. */
export function blockProtectedNetworks(
  context: PlanContext,
  networks: readonly NetworkVolumeDecision[],
) {
  const held = networks
    .filter(
      ({ action, resource, found }) =>
        action === "replace" &&
        context.targeting.isProtected(resource.address, record(found?.json.Labels)),
    )
    .map(changeOf)
    .map(blockedByProtection);
  const kept = new Set(held.map(({ address }) => address));
  const standing = networks.map((decision) =>
    kept.has(decision.resource.address) ? { ...decision, action: "none" as const } : decision,
  );
  return { standing, held };
}
