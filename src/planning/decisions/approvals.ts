import { configLabels } from "../../attributes/core/ownership.ts";
import { at, record } from "../../attributes/values/json.ts";
import type { Change } from "../../model/change.ts";
import type { FoundContainer, FoundVolume, ListedContainer } from "../../model/observed-state.ts";
import type { Held } from "../../model/plan.ts";
import type { Address, Resource } from "../../model/stack.ts";
import { mayLose } from "../context/addresses.ts";
import { isUp } from "../context/container-status.ts";
import type { Survey } from "../context/context.ts";
import { foreignHolder, whose } from "../context/context.ts";
import { oldName } from "../context/temporary-names.ts";
import { changeOf, containerChange } from "./changes.ts";
import type { Verdict } from "./container.ts";
import { decideContainers } from "./containers.ts";
import { isGuest, sharesWith } from "./namespaces.ts";
import type { NamedVerdict } from "./networks-volumes.ts";

export const unprotectFlag = (address: Address): string => `--unprotect=${address}`;

/** A replacement or removal that the object's protection forbids. */
export function heldByProtection(change: Change): Held {
  const { address, name, action, reason } = change;
  return {
    address,
    name,
    action: action === "remove" ? "remove" : "replace",
    reason: `it is protected; ${reason}`,
    flag: unprotectFlag(address),
    blocks: true,
    change,
  };
}

/** Splits the volumes that would lose their data into those that may, and those that are held. */
export function consent(world: Survey, volumes: readonly NamedVerdict<FoundVolume>[]) {
  const allowed = ({ address, name }: Resource) =>
    mayLose(world.policy.allowDataLoss, address, name);
  const lossy = volumes.filter(({ action }) => action === "replace");
  const held = lossy.flatMap((verdict): Held[] => {
    const { address, key, name } = verdict.resource;
    const change = changeOf(verdict);
    const user = keeper(world, name);
    if (user) {
      const reason = `${user.listed.name}, which ${user.why}, uses it`;
      return [{ address, name, action: "replace", reason, blocks: true, change }];
    }
    const guarded = world.scope.guards(address, record(verdict.found?.json.Labels));
    if (allowed(verdict.resource)) return guarded ? [heldByProtection(change)] : [];
    const loss = `--allow-data-loss=${key}`;
    return [
      {
        address,
        name,
        action: "replace",
        reason: `${change.reason}, and replacing it loses its data`,
        flag: guarded ? `${loss} ${unprotectFlag(address)}` : loss,
        blocks: true,
        change,
      },
    ];
  });
  const kept = new Set(held.map(({ name }) => name));
  const going = lossy.filter(({ resource }) => !kept.has(resource.name));
  return { replaced: new Set(going.map(({ resource }) => resource.name)), held };
}

/** A container on the volume that may not be removed for its sake. */
function keeper(
  world: Survey,
  volume: string,
): { listed: ListedContainer; why: string } | undefined {
  const listed = foreignHolder(world, ({ volumes }) => volumes.includes(volume));
  if (listed) return { listed, why: whose(world, listed) };
  const guarded = world.observed.listed.find((each) => {
    const found = world.observed.containers.find(({ id }) => id === each.id);
    if (!found?.owner || !each.volumes.includes(volume)) return false;
    return world.scope.guards(found.owner.address, configLabels(found.json));
  });
  return guarded && { listed: guarded, why: "is protected" };
}

/**
 * Decides for all containers. Those whose replacement their protection forbids stay as they are, and
 * so does one whose namespaces such a one has: it would be left alone in them. Nothing becomes of
 * those that are not targeted.
 */
export function heldContainers(
  world: Survey,
  networks: readonly NamedVerdict[],
  replaced: ReadonlySet<string>,
) {
  const sharers = new Map<Address, Sharer>();
  for (;;) {
    const held: Held[] = [];
    const standing = decideContainers(world, networks, replaced, (verdict) => {
      const { resource, action, found } = verdict;
      const { address } = resource;
      if (!world.scope.has(address)) return found && leave({ ...verdict, debris: [] });
      const sharer = sharers.get(address);
      const guarded = world.scope.guards(address, record(at(found?.json, "Config", "Labels")));
      if (action !== "replace" || !(guarded || sharer)) return verdict;
      const [change] = containerChange({ ...verdict, debris: [] }, new Map());
      if (change && guarded) held.push(heldByProtection(change));
      else if (change && sharer) held.push(heldForSharer(change, sharer));
      return leave(verdict);
    });
    const before = sharers.size;
    const staying = [
      ...standing.flatMap((verdict) => stayingSharer(world, verdict) ?? []),
      ...world.observed.containers.flatMap((found): Sharer[] => {
        const why = world.kept.get(found.id);
        return why === undefined ? [] : [{ found, why }];
      }),
    ];
    for (const { action, resource, found } of standing) {
      const sharer = staying.find(
        (each) => found && isUp(each.found) && sharesWith(each.found, found),
      );
      if (action === "replace" && sharer) sharers.set(resource.address, sharer);
    }
    if (sharers.size === before) return { standing, held };
  }
}

/** A container that stays in the namespaces of another one, and why it does. */
interface Sharer {
  readonly found: FoundContainer;
  readonly why: string;
}

function stayingSharer({ kept }: Survey, verdict: Verdict): Sharer | undefined {
  const { found, left } = verdict;
  if (found && left) return { found, why: kept.get(found.id) ?? "is protected" };
  return found && isGuest(verdict) ? { found, why: "keeps what it ignores" } : undefined;
}

function heldForSharer(change: Change, { found: { name: by, owner }, why }: Sharer): Held {
  const { address, name, reason } = change;
  const flag = why === "is protected" && owner ? { flag: unprotectFlag(owner.address) } : {};
  return {
    address,
    name,
    action: "replace",
    reason: `${by}, which ${why}, shares what it has; ${reason}`,
    ...flag,
    blocks: true,
    change,
  };
}

/** The same container, of which nothing is changed; nor is its predecessor, which is its way back. */
function leave({ restart: _, transition: __, follows: ___, ...verdict }: Verdict): Verdict {
  const { resource, debris } = verdict;
  return {
    ...verdict,
    action: "none",
    deltas: [],
    inPlace: [],
    reason: "",
    left: true,
    debris: debris.filter(({ name }) => name !== oldName(resource.name)),
  };
}

/** Splits off the networks whose replacement their protection forbids; they stay as they are. */
export function heldNetworks(world: Survey, networks: readonly NamedVerdict[]) {
  const held = networks
    .filter(
      ({ action, resource, found }) =>
        action === "replace" && world.scope.guards(resource.address, record(found?.json.Labels)),
    )
    .map(changeOf)
    .map(heldByProtection);
  const kept = new Set(held.map(({ address }) => address));
  const standing = networks.map((verdict) =>
    kept.has(verdict.resource.address) ? { ...verdict, action: "none" as const } : verdict,
  );
  return { standing, held };
}
