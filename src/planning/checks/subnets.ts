import {
  type AddressRange,
  contains,
  overlap,
  rangeOfAddress,
  rangeOfPrefix,
} from "../../attributes/values/cidr.ts";
import { at, list, record, text } from "../../attributes/values/json.ts";
import { subnet } from "../../attributes/values/units.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ObservedNetwork } from "../../model/observed-state.ts";
import type { Conflict } from "../../model/plan.ts";
import type { PlanContext } from "../context/context.ts";
import type { ContainerDecision } from "../decisions/container.ts";
import type { NetworkVolumeDecision } from "../decisions/networks-volumes.ts";
import type { Orphans } from "../decisions/orphans.ts";

/** Whether a network that is to be made asks for addresses that the live one has. */
export function wantsSubnetOf(
  { resource }: NetworkVolumeDecision,
  network: ObservedNetwork,
): boolean {
  const live = subnetsOf(network);
  return askedSubnets(resource.spec).some((asked) =>
    live.some((held) => overlap(rangeOfPrefix(asked), held)),
  );
}

/** A network that stays as it is has the subnets that it has, whatever the file says of it. */
export function addressConflicts(
  { observed }: PlanContext,
  containers: readonly ContainerDecision[],
  networks: readonly NetworkVolumeDecision[],
): readonly Conflict[] {
  const staying = networks.filter(
    ({ resource, action }) => resource.kind === "network" && action === "none",
  );
  return containers.flatMap(({ resource, action }) =>
    staying.flatMap(({ resource: { address, name, external } }): Conflict[] => {
      const network = observed.networks.find((each) => each.name === name);
      if (!network || action === "none") return [];
      const { ipv4_address, ipv6_address } = record(record(resource.spec.networks)[name]);
      const live = subnetsOf(network);
      const outside = [ipv4_address, ipv6_address].flatMap((ip) =>
        ip === undefined || live.some((held) => contains(held, rangeOfAddress(text(ip))))
          ? []
          : [text(ip)],
      );
      return outside.map((ip) => ({
        address: resource.address,
        message: external
          ? `its address ${ip} is in no subnet of the network ${name}`
          : `its address ${ip} needs other subnets of ${address}, whose change is held, or ignored`,
        hint: external ? `docker network inspect ${name} tells its subnets` : "permit that change",
      }));
    }),
  );
}

function subnetsOf({ json }: ObservedNetwork): readonly AddressRange[] {
  return list(at(json, "IPAM", "Config")).flatMap((pool) => {
    const prefix = subnet(text(record(pool).Subnet));
    return prefix ? [rangeOfPrefix(prefix)] : [];
  });
}

function askedSubnets(spec: JsonObject): readonly string[] {
  const keys = Object.keys(record(spec.ipam));
  return keys.filter((key) => key.startsWith("subnet ")).map((key) => key.slice("subnet ".length));
}

const BRIDGE = "com.docker.network.bridge.name";

/** Engines name a bridge after the network's id where nobody does. */
function bridgeOf({ id, json }: ObservedNetwork): string {
  const named = text(record(json.Options)[BRIDGE]);
  return named || (json.Driver === "bridge" ? `br-${id.slice(0, 12)}` : "");
}

/** An engine of 20.10 makes a second network on its own bridge, and takes that away with it. */
function takenBridge(
  { resource: { address, spec } }: NetworkVolumeDecision,
  staying: readonly ObservedNetwork[],
): Conflict[] {
  const name = text(record(spec.driver_opts)[BRIDGE]);
  const holder = name && staying.find((network) => bridgeOf(network) === name);
  if (!holder) return [];
  const message = `its bridge ${name} is that of the network ${holder.name}`;
  return [{ address, message, hint: `choose another name in \`${BRIDGE}\`` }];
}

/** An engine has each address and each bridge once; one that stays with another network cannot be had. */
export function subnetConflicts(
  { observed, stack }: PlanContext,
  networks: readonly NetworkVolumeDecision[],
  gone: Orphans,
): readonly Conflict[] {
  const made = networks.filter(({ action }) => action === "create" || action === "replace");
  const going = new Set([...gone.networks, ...made.map(({ found }) => found)]);
  const staying = observed.networks.filter((network) => !going.has(network));
  return made.flatMap((decision): Conflict[] => {
    const holder = staying.find((network) => wantsSubnetOf(decision, network));
    const bridges = takenBridge(decision, staying);
    if (!holder) return bridges;
    const ours = holder.owner?.stack === stack.name;
    return [
      ...bridges,
      {
        address: decision.resource.address,
        message: `its subnet overlaps with that of the network ${holder.name}${ours ? "" : ", which is not this stack's"}`,
        hint: "choose another subnet in `ipam`, or remove that network",
      },
    ];
  });
}
