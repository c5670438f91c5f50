import { formerEndpoint, isConnected } from "../../../attributes/container/network/endpoint.ts";
import { configLabels, recordedSpec } from "../../../attributes/core/ownership.ts";
import { contains, rangeOfAddress, rangeOfPrefix } from "../../../attributes/values/cidr.ts";
import { at, list, record, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { ObservedContainer, ObservedNetwork } from "../../../model/observed-state.ts";
import type { Note } from "../../../model/plan.ts";
import type { Address } from "../../../model/stack.ts";
import type { PlanContext } from "../../context/context.ts";
import { type GraphContext, refOf } from "../../graph/context.ts";
import type { RollbackStep } from "../../graph/step-graph.ts";

/* Rollback steps of networks, and of containers to them. */

/**
 * Puts a container on a network that it was on, with the endpoint that it had there; nothing where
 * the engine had not connected it. After the network, where that has a rollback of its own.
 * @param known the container's rollback steps, which its nodes share
 */
export function rejoinNetwork(
  { formerNetworks, plan: context }: GraphContext,
  target: Address,
  found: ObservedContainer,
  name: string,
  known: Map<string, RollbackStep>,
): readonly RollbackStep[] {
  const entry = at(found.json, "NetworkSettings", "Networks", name);
  if (entry === undefined || !context.networkIds.has(name)) return [];
  if (!isConnected(found.json, record(entry))) return [];
  const key = `rejoin ${name}`;
  const again = formerNetworks.get(name);
  const endpoint = { ...formerEndpoint(found.json, record(entry)), ...fixedMac(found, name) };
  const made: RollbackStep = known.get(key) ?? {
    work: { operation: "network.connect", container: refOf(found), network: { name }, endpoint },
    address: target,
    reason: "it was on this network",
    ...(again ? { dependsOn: [again] } : {}),
  };
  known.set(key, made);
  return [made];
}

/**
 * Of containers that have no rollback to a network: it goes before they change, or is made anew without
 * the fixed address that they had.
 */
export function lostNetworkNotes(context: GraphContext): readonly Note[] {
  const { graph, leavingNetworks, networks, plan } = context;
  const told = new Map<string, Note>();
  for (const { address, onFailure = [], onSkip = [] } of graph.all()) {
    for (const { work } of [...onFailure, ...onSkip]) {
      if (work.operation !== "network.connect" || !leavingNetworks.has(work.network.name)) continue;
      const { name } = work.network;
      const isMade = networks.has(name);
      if (isMade && hasAddresses(plan, name, record(work.endpoint.IPAMConfig))) continue;
      const what = isMade ? "has other subnets then" : "is gone then";
      const message = `if it fails, what ran before cannot be on the network ${name} again, which ${what}`;
      told.set(`${address} ${name}`, { address, message });
    }
  }
  return [...told.values()];
}

/** Whether a network, as the file asks for it, has these fixed addresses. */
function hasAddresses({ resources }: PlanContext, network: string, fixed: JsonObject): boolean {
  const asked = [...resources.values()].find(
    ({ kind, name }) => kind === "network" && name === network,
  );
  const pools = subnetsIn(record(asked?.spec.ipam)).map(rangeOfPrefix);
  return Object.values(fixed)
    .map(text)
    .every((ip) => ip === "" || pools.some((pool) => contains(pool, rangeOfAddress(ip))));
}

/** Whether its hardware address was asked, the engine does not tell. */
function fixedMac({ json }: ObservedContainer, network: string): JsonObject {
  const asked = record(recordedSpec(configLabels(json)).networks);
  const mac = text(record(asked[network]).mac_address);
  return mac ? { MacAddress: mac } : {};
}

/** Makes a network again as it was; one that is still there counts as made. */
export function formerNetwork({ name, json }: ObservedNetwork, target: Address): RollbackStep {
  const body = { ...formerBody(json), CheckDuplicate: true };
  const reason = "what takes its place was refused";
  return { work: { operation: "network.create", name, body }, address: target, reason };
}

/** Of the engine's answer what a create call takes. */
function formerBody(json: JsonObject): JsonObject {
  const { Driver, Options, Internal, Attachable, EnableIPv4, EnableIPv6, Labels, IPAM } = json;
  const { Driver: manager, Options: options, Config } = record(IPAM);
  const pools = list(Config).map((pool) => poolOf(record(pool)));
  const asked = recordedSpec(record(Labels));
  const chosen = Object.keys(asked).length > 0 && subnetsIn(record(asked.ipam)).length === 0;
  return {
    Driver,
    Options: record(Options),
    Internal: Internal === true,
    Attachable: Attachable === true,
    // Engines that can do without it tell so.
    ...(EnableIPv4 === false ? { EnableIPv4 } : {}),
    EnableIPv6: EnableIPv6 === true,
    Labels: record(Labels),
    IPAM: {
      Driver: text(manager) || "default",
      ...(Object.keys(record(options)).length > 0 ? { Options: record(options) } : {}),
      // Addresses of the engine's choice are its choice again.
      ...(chosen ? {} : { Config: pools }),
    },
  };
}

const subnetsIn = (ipam: JsonObject): readonly string[] =>
  Object.keys(ipam).flatMap((key) => key.match(/^subnet (.*)/)?.[1] ?? []);

function poolOf(pool: JsonObject): JsonObject {
  const { Subnet, Gateway, IPRange } = pool;
  const reserved = record(pool.AuxiliaryAddresses ?? pool.AuxAddress);
  return {
    Subnet,
    ...(text(Gateway) ? { Gateway } : {}),
    ...(text(IPRange) ? { IPRange } : {}),
    ...(Object.keys(reserved).length > 0 ? { AuxiliaryAddresses: reserved } : {}),
  };
}
