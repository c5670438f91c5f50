import type { Json, JsonObject } from "../../model/json.ts";
import { Invalid, type Live } from "../attribute.ts";
import { asSet, at, number, record, text, texts } from "../compare.ts";
import { parsePairs } from "../shapes.ts";
import { address, hardwareAddress } from "../units.ts";

/** A container's place on one network; what is not asked is absent. */
export type Endpoint = JsonObject & {
  readonly aliases: readonly string[];
  readonly ipv4_address?: string;
  readonly ipv6_address?: string;
  readonly link_local_ips?: readonly string[];
  readonly mac_address?: string;
  readonly driver_opts?: Readonly<Record<string, string>>;
  readonly gw_priority?: number;
  readonly interface_name?: string;
  /** `name:alias`: names that this container alone has for others. */
  readonly links?: readonly string[];
};
export type Endpoints = Readonly<Record<string, Endpoint>>;

/** Below these, the engine or its connect call ignores the field (Docker Engine API, "version history"). */
const SINCE = { mac_address: "1.44", gw_priority: "1.48", interface_name: "1.49" } as const;

/** How the bridge driver is told the interface's name. */
const INTERFACE = "com.docker.network.endpoint.ifname";
/** Where engines of API 1.46 and 1.47 keep those `sysctls` that are an interface's. */
const SYSCTLS = "com.docker.network.endpoint.sysctls";

export function parseMac(authored: Json | undefined, path: readonly (string | number)[]): string {
  const mac = hardwareAddress(text(authored));
  if (mac) return mac;
  const hint = "six pairs of hexadecimal digits, for example 02:42:ac:11:65:43";
  throw new Invalid(`\`${text(authored)}\` is no MAC address`, { path, hint });
}

function parseAddress(authored: Json | undefined, path: readonly (string | number)[]): string {
  const ip = address(text(authored));
  if (!ip) throw new Invalid(`\`${text(authored)}\` is no IP address`, { path });
  return ip;
}

/** The long form of one of `networks`. Throws `Invalid`. */
export function parseEndpoint(authored: Json | undefined, key: string, place: string): Endpoint {
  const given = record(authored);
  const optional = <V extends Json>(
    name: string,
    parse: (value: Json, path: readonly string[]) => V,
  ) => {
    const value = given[name];
    return value === undefined || value === null ? {} : { [name]: parse(value, [place, name]) };
  };
  const { [INTERFACE]: named, ...options } = parsePairs(given.driver_opts ?? {});
  const name = text(given.interface_name) || named;
  return {
    aliases: asSet([key, ...texts(given.aliases)]),
    ...optional("ipv4_address", parseAddress),
    ...optional("ipv6_address", parseAddress),
    ...optional("link_local_ips", (ips, path) =>
      asSet(texts(ips).map((ip, index) => parseAddress(ip, [...path, String(index)]))),
    ),
    ...optional("mac_address", parseMac),
    ...(Object.keys(options).length > 0 ? { driver_opts: options } : {}),
    ...(number(given.gw_priority) === 0 ? {} : { gw_priority: number(given.gw_priority) }),
    ...(name ? { interface_name: name } : {}),
  };
}

/** The complete endpoint configuration: whatever it leaves out, a connect would lose. */
export function endpointBody(endpoint: Endpoint): JsonObject {
  const { ipv4_address: v4, ipv6_address: v6, link_local_ips: local, mac_address: mac } = endpoint;
  const { driver_opts: options, interface_name: name, gw_priority: priority, links } = endpoint;
  const ipam = {
    ...(v4 ? { IPv4Address: v4 } : {}),
    ...(v6 ? { IPv6Address: v6 } : {}),
    ...(local ? { LinkLocalIPs: local } : {}),
  };
  const driver = { ...options, ...(name ? { [INTERFACE]: name } : {}) };
  return {
    Aliases: endpoint.aliases,
    ...(Object.keys(ipam).length > 0 ? { IPAMConfig: ipam } : {}),
    ...(mac ? { MacAddress: mac } : {}),
    ...(Object.keys(driver).length > 0 ? { DriverOpts: driver } : {}),
    ...(priority ? { GwPriority: priority } : {}),
    ...(links ? { Links: links } : {}),
  };
}

/** Parts of the endpoints that the API has only since a later version. */
export function newerParts(endpoints: Endpoints): Readonly<Record<string, string>> {
  const parts = Object.entries(endpoints).flatMap(([network, endpoint], index) =>
    Object.entries(SINCE)
      // The first network's hardware address has always been the container's own.
      .filter(([name]) => endpoint[name] !== undefined && !(name === "mac_address" && index === 0))
      .map(([name, since]) => [`${network}.${name}`, since]),
  );
  return Object.fromEntries(parts);
}

/**
 * Before API 1.45 the engine adds the short id, and later engines the host name, to the aliases;
 * these are ours only where they were asked. The container's own name resolves without an alias
 * (the engine's DNS knows it), so that it is there wherever it is asked.
 */
export function readEndpoint(
  live: Live,
  name: string,
  json: JsonObject,
  want: Endpoint | undefined,
): Endpoint {
  const own = text(live.json.Name).slice(1);
  const added = new Set([
    text(live.json.Id).slice(0, 12),
    text(at(live.json, "Config", "Hostname")),
    own,
  ]);
  const asked = new Set(want?.aliases ?? []);
  const aliases = asked.has(own) ? [own, ...texts(json.Aliases)] : texts(json.Aliases);
  const ipam = record(json.IPAMConfig);
  const v4 = text(ipam.IPv4Address);
  const v6 = text(ipam.IPv6Address);
  const local = texts(ipam.LinkLocalIPs).map((ip) => address(ip) ?? ip);
  const { [INTERFACE]: named, [SYSCTLS]: sysctls, ...options } = record(json.DriverOpts);
  const links = asSet(
    texts(json.Links).map((link) => (link.includes(":") ? link : `${link}:${link}`)),
  );
  const mac = readMac(live, name, json, want);
  const id = text(json.NetworkID);
  return {
    // A stopped container keeps to the id of a network that was removed, and cannot start.
    ...(id !== "" && id !== live.networkId(name) ? { stale: true } : {}),
    aliases: asSet(aliases.filter((alias) => !added.has(alias) || asked.has(alias))),
    ...(v4 ? { ipv4_address: v4 } : {}),
    ...(v6 ? { ipv6_address: address(v6) ?? v6 } : {}),
    ...(local.length > 0 ? { link_local_ips: asSet(local) } : {}),
    ...(mac ? { mac_address: mac } : {}),
    ...(Object.keys(options).length > 0
      ? { driver_opts: options as Readonly<Record<string, string>> }
      : {}),
    ...(number(json.GwPriority) === 0 ? {} : { gw_priority: number(json.GwPriority) }),
    ...(named ? { interface_name: text(named) } : {}),
    ...(links.length > 0 ? { links } : {}),
  };
}

/**
 * The hardware address, asked or made up, stands in one field, which is empty while the container
 * does not run: it counts where it was asked, and then as asked until it can be seen.
 */
function readMac(live: Live, name: string, json: JsonObject, want: Endpoint | undefined): string {
  const then = text(record(record(live.recorded)[name]).mac_address);
  const now = hardwareAddress(text(json.MacAddress)) ?? then;
  return want?.mac_address !== undefined || now === then ? now : "";
}
