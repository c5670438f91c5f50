import { splitBinding } from "../../attributes/container/network/ports.ts";
import { at, list, record, text } from "../../attributes/values/json.ts";
import { hardwareAddress } from "../../attributes/values/units.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
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
