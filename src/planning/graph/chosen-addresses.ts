import { notToBeHad, readPool, usualGateway } from "../../attributes/objects/address-pools.ts";
import {
  type AddressRange,
  addressAt,
  contains,
  rangeOfAddress,
  rangeOfPrefix,
} from "../../attributes/values/cidr.ts";
import { at, list, record, text } from "../../attributes/values/json.ts";
import { address } from "../../attributes/values/units.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Note } from "../../model/plan.ts";
import type { Address, Resource } from "../../model/stack.ts";
import { ofKind, type PlanContext } from "../context/context.ts";
import type { ContainerDecision } from "../decisions/container.ts";
import { shouldRun } from "../diff/run-state.ts";

/*
 * Whoever asks for no address is given the lowest that is free when it starts (20.10 to 28), and an
 * engine knows nothing of the fixed addresses of those that start later. So who starts before the
 * holder of a fixed address, which waits for it, is made with an address of our choice.
 */

/** By container and network: the `ipv4_address` and `ipv6_address` that it is made with. */
export type Chosen = ReadonlyMap<Address, Readonly<Record<string, JsonObject>>>;

const FAMILIES = ["ipv4_address", "ipv6_address"] as const;
type Family = (typeof FAMILIES)[number];

/** A container that may be given another one's fixed address. */
interface EarlyStarter {
  readonly decision: ContainerDecision;
  readonly network: string;
  readonly family: Family;
  /** Whose address it may be given. */
  readonly holder: Resource;
  readonly pool: Pool;
}

export function chooseAddresses(
  context: PlanContext,
  decisions: readonly ContainerDecision[],
): Chosen {
  const chosen = new Map<Address, Record<string, JsonObject>>();
  const taken = new Map<string, Set<string>>();
  for (const { decision, network, family, pool } of earlyStarters(context, decisions)) {
    const { resource, action } = decision;
    if (action !== "create" && action !== "replace") continue;
    const known = taken.get(network) ?? takenOn(context, network);
    taken.set(network, known);
    const ip = highestFree(pool, known);
    if (ip === undefined) continue;
    known.add(ip);
    const own = chosen.get(resource.address) ?? {};
    own[network] = { ...own[network], [family]: ip };
    chosen.set(resource.address, own);
  }
  return chosen;
}

/** Who was made before there was such an address is only started, with the address that it is given. */
export function earlyStarterNotes(
  context: PlanContext,
  decisions: readonly ContainerDecision[],
): readonly Note[] {
  const waits = (holder: Resource) =>
    decisions.some(
      ({ resource, transition, action, restart }) =>
        resource === holder &&
        (transition?.operations.includes("start") || restart || action === "create"),
    );
  return earlyStarters(context, decisions).flatMap(
    ({ decision, network, family, holder }): Note[] => {
      const { resource, found, transition, restart } = decision;
      const starts = transition?.operations.includes("start") || restart !== undefined;
      const entry = at(found?.json, "NetworkSettings", "Networks", network);
      const key = family === "ipv4_address" ? "IPv4Address" : "IPv6Address";
      if (!found || !starts || text(at(entry, "IPAMConfig", key)) || !waits(holder)) return [];
      const ip = text(record(record(holder.spec.networks)[network])[family]);
      const message = `it starts before ${holder.address}, and may be given its address ${ip}, which the next apply mends; an \`ip_range\` of ${network} without that address prevents it`;
      return [{ address: resource.address, message }];
    },
  );
}

function earlyStarters(
  context: PlanContext,
  decisions: readonly ContainerDecision[],
): readonly EarlyStarter[] {
  const containers = ofKind(context.stack, "container");
  const before = new Map(containers.map((each) => [each, neededBy(context, each)]));
  return decisions.flatMap((decision) =>
    Object.entries(record(decision.resource.spec.networks)).flatMap(([network, endpoint]) =>
      FAMILIES.flatMap((family): EarlyStarter[] => {
        if (record(endpoint)[family] !== undefined) return [];
        for (const holder of containers) {
          const ip = text(record(record(holder.spec.networks)[network])[family]);
          if (!ip || !shouldRun(holder) || !before.get(holder)?.has(decision.resource.address))
            continue;
          const pool = poolsOf(context, network).find((each) =>
            mayGive(context, network, each, ip),
          );
          if (pool) return [{ decision, network, family, holder, pool }];
        }
        return [];
      }),
    ),
  );
}

/** All that a container waits for. */
function neededBy({ resources }: PlanContext, { needs }: Resource): ReadonlySet<Address> {
  const all = new Set(needs.map(({ on }) => on));
  // A set that grows while it is walked: what is added is visited too.
  for (const each of all) for (const { on } of resources.get(each)?.needs ?? []) all.add(on);
  return all;
}

interface Pool {
  readonly prefix: string;
  /** Of these it gives addresses away. */
  readonly range: AddressRange;
  /** Addresses that nobody is given. */
  readonly reserved: readonly string[];
}

function poolsOf({ stack, observed }: PlanContext, network: string): readonly Pool[] {
  const resource = ofKind(stack, "network").find(({ name }) => name === network);
  const live = observed.networks.find(({ name }) => name === network);
  const ipam = record(resource?.spec.ipam);
  if (!["", "default"].includes(text(ipam.driver))) return [];
  const given: [string, JsonObject][] = resource?.external
    ? list(at(live?.json, "IPAM", "Config")).map(readPool)
    : Object.entries(ipam).map(([name, pool]) => [name, record(pool)]);
  return given.flatMap(([name, pool]): Pool[] => {
    if (!name.startsWith("subnet ")) return [];
    const prefix = name.slice("subnet ".length);
    const part = text(pool.ip_range) || undefined;
    const gateway = text(pool.gateway) || usualGateway(prefix, part);
    const reserved = [gateway, ...Object.values(record(pool.aux_addresses)).map(text)];
    return [{ prefix, range: rangeOfPrefix(part ?? prefix), reserved }];
  });
}

/** Whether an address is among the lowest, which are given away first. */
function mayGive(
  { stack, observed }: PlanContext,
  network: string,
  { range, reserved }: Pool,
  ip: string,
): boolean {
  const own = rangeOfAddress(ip);
  if (!contains(range, own)) return false;
  const isOn = ({ spec }: Resource) => record(spec.networks)[network] !== undefined;
  // Of each there may be a replacement beside it; the first address is the network's own.
  const ours = ofKind(stack, "container").filter(isOn).length * 2;
  const attached = observed.listed.filter(({ networks }) => networks.includes(network)).length;
  return own.first - range.first <= BigInt(ours + attached + reserved.length + 1);
}

/** Addresses that somebody has on the network, or asks for. */
function takenOn({ stack, observed }: PlanContext, network: string): Set<string> {
  const asked = ofKind(stack, "container").flatMap(({ spec }) => {
    const endpoint = record(record(spec.networks)[network]);
    return FAMILIES.map((family) => text(endpoint[family]));
  });
  const had = observed.containers.flatMap(({ json }) => {
    const entry = record(at(json, "NetworkSettings", "Networks", network));
    const { IPv4Address, IPv6Address } = record(entry.IPAMConfig);
    return [entry.IPAddress, entry.GlobalIPv6Address, IPv4Address, IPv6Address].map(text);
  });
  return new Set([...asked, ...had].map((ip) => address(ip) ?? ip));
}

function highestFree({ prefix, range, reserved }: Pool, taken: ReadonlySet<string>) {
  for (let next = range.last; next >= range.first; next--) {
    const ip = addressAt(range.family, next);
    if (!taken.has(ip) && !reserved.includes(ip) && notToBeHad(ip, prefix) === undefined) return ip;
  }
  return undefined;
}
