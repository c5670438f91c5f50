import { splitBinding } from "../../attributes/container/network/ports.ts";
import { capacity, readPool } from "../../attributes/objects/address-pools.ts";
import { at, list, record, text } from "../../attributes/values/json.ts";
import { hardwareAddress } from "../../attributes/values/units.ts";
import type { JsonObject } from "../../model/json.ts";
import type {
  ListedContainer,
  ObservedContainer,
  ObservedNetwork,
  ObservedState,
} from "../../model/observed-state.ts";
import type { Resource } from "../../model/stack.ts";

/** The fixed ports of the host, `8080/tcp`, that a live container is set to hold, and on which address. */
export function portsOf({ json }: ObservedContainer): readonly { port: string; ip: string }[] {
  return Object.entries(record(at(json, "HostConfig", "PortBindings"))).flatMap(([port, all]) =>
    list(all).map((binding) => {
      const { HostPort, HostIp } = record(binding);
      return { port: `${text(HostPort)}/${port.split("/")[1]}`, ip: text(HostIp) };
    }),
  );
}

/** Whether two containers could not both hold one port, each on its address of the host. */
export function overlap(one: string, other: string): boolean {
  const isAny = (ip: string) => ["", "0.0.0.0", "::"].includes(ip);
  return one === other || isAny(one) || isAny(other);
}

/** Those of them that the spec publishes. */
export function conflictingPorts(found: ObservedContainer, spec: JsonObject): readonly string[] {
  const held = portsOf(found);
  return hostPorts(spec).flatMap(({ ip, port, protocol }) => {
    const is = `${port}/${protocol}`;
    return held.some((each) => each.port === is && overlap(each.ip, ip)) ? [is] : [];
  });
}

export function addressOn({ json }: ObservedContainer, network: string, family = "IPv4Address") {
  return at(json, "NetworkSettings", "Networks", network, "IPAMConfig", family);
}

/** Networks on which the live container and the spec have the same fixed address. */
export function conflictingAddresses(
  found: ObservedContainer,
  spec: JsonObject,
): readonly string[] {
  return Object.entries(record(spec.networks)).flatMap(([network, endpoint]) => {
    const { ipv4_address: v4, ipv6_address: v6 } = record(endpoint);
    const same =
      (v4 !== undefined && addressOn(found, network) === v4) ||
      (v6 !== undefined && addressOn(found, network, "IPv6Address") === v6);
    return same ? [network] : [];
  });
}

/** Networks on which the live container has the hardware address that is asked; its frames would get lost. */
export function conflictingMacs({ json }: ObservedContainer, spec: JsonObject): readonly string[] {
  const held = new Set(macsOf(json));
  return Object.entries(record(spec.networks)).flatMap(([network, endpoint]) => {
    const mac = record(endpoint).mac_address;
    return mac !== undefined && held.has(text(mac)) ? [network] : [];
  });
}

export function macsOf(json: JsonObject): readonly string[] {
  const attached = Object.values(record(at(json, "NetworkSettings", "Networks")));
  return attached.flatMap((entry) => hardwareAddress(text(record(entry).MacAddress)) ?? []);
}

/** The fixed ports of the host that a container's spec publishes. */
export function hostPorts(
  spec: Resource["spec"],
): readonly { ip: string; port: string; protocol: string }[] {
  return Object.entries(record(spec.ports)).flatMap(([target, bindings]) =>
    list(bindings)
      .map((binding) => splitBinding(text(binding)))
      .filter(({ port }) => /^\d+$/.test(port))
      .map((binding) => ({ ...binding, protocol: target.split("/")[1] ?? "tcp" })),
  );
}

/** How many IPv4 addresses a live network still has to give; `undefined`: it has no subnet of the family. */
function freeAddresses(
  { name, json }: ObservedNetwork,
  listed: readonly ListedContainer[],
): number | undefined {
  const rooms = list(at(json, "IPAM", "Config")).flatMap((each) => {
    const [key, asked] = readPool(each);
    const prefix = key.slice("subnet ".length);
    return prefix.includes(".") ? [Number(capacity({ prefix, asked }, true))] : [];
  });
  if (rooms.length === 0) return undefined;
  const taken = listed.filter(
    ({ state, networks }) =>
      ["running", "restarting", "paused"].includes(state) && networks.includes(name),
  );
  return rooms.reduce((sum, each) => sum + each, 0) - taken.length;
}

/** Names of the networks that give the container an address of their choice. */
export const networksThatChoose = ({ spec }: Resource): readonly string[] =>
  Object.entries(record(spec.networks)).flatMap(([name, endpoint]) =>
    record(endpoint).ipv4_address === undefined ? [name] : [],
  );

/**
 * Of networks that stay as they are, those with fewer free addresses than containers that are to be there
 * at once: those that come, and of those that are replaced as many as their batches have.
 */
export function crowdedNetworks(
  { networks, listed }: Pick<ObservedState, "networks" | "listed">,
  decisions: readonly { readonly resource: Resource; readonly action: string }[],
  staying: readonly string[],
): ReadonlySet<string> {
  const coming = new Map<string, number>();
  const add = (resource: Resource, count: number): void => {
    for (const name of networksThatChoose(resource))
      coming.set(name, (coming.get(name) ?? 0) + count);
  };
  for (const { resource, action } of decisions) if (action === "create") add(resource, 1);
  const replaced = decisions.filter(({ action }) => action === "replace");
  for (const replicas of Map.groupBy(replaced, ({ resource }) => resource.key).values()) {
    const [first] = replicas;
    const { parallelism = 1 } = first?.resource.update ?? {};
    if (first) add(first.resource, Math.min(replicas.length, parallelism || replicas.length));
  }
  return new Set(
    staying.filter((name) => {
      const network = networks.find((each) => each.name === name);
      const free = network && freeAddresses(network, listed);
      return free !== undefined && free < (coming.get(name) ?? 0);
    }),
  );
}
