import { at, record } from "../attributes/compare.ts";
import type { Change } from "../model/change.ts";
import type { FoundVolume, ListedContainer } from "../model/observed.ts";
import type { Held } from "../model/plan.ts";
import type { Address, Resource } from "../model/stack.ts";
import { changeOf, containerChange } from "./changes.ts";
import type { Verdict } from "./decide.ts";
import type { NamedVerdict } from "./named.ts";
import type { Survey } from "./survey.ts";
import { foreignHolder, whose } from "./survey.ts";

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
  const allowed = (resource: Resource) =>
    world.policy.allowDataLoss.some((name) => name === resource.key || name === resource.name);
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
    return world.scope.guards(found.owner.address, record(at(found.json, "Config", "Labels")));
  });
  return guarded && { listed: guarded, why: "is protected" };
}

/** Splits off the containers whose replacement their protection forbids; they stay as they are. */
export function heldContainers(world: Survey, verdicts: readonly Verdict[]) {
  const held = verdicts
    .filter(
      ({ action, resource, found }) =>
        action === "replace" &&
        world.scope.guards(resource.address, record(at(found?.json, "Config", "Labels"))),
    )
    .flatMap((verdict) => containerChange({ ...verdict, debris: [] }))
    .map(heldByProtection);
  const kept = new Set(held.map(({ address }) => address));
  const standing = verdicts.map((verdict) =>
    kept.has(verdict.resource.address) ? leave(verdict) : verdict,
  );
  return { standing, held };
}

/** The same container, of which nothing is changed. */
export function leave({ restart: _, transition: __, ...verdict }: Verdict): Verdict {
  return { ...verdict, action: "none", deltas: [], inPlace: [], reason: "", left: true };
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
