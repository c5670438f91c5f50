import type { Json, JsonObject } from "../../../model/json.ts";
import type { Live } from "../../core/attribute.ts";
import { chosenAddress, configLabels } from "../../core/ownership.ts";
import { parsePairs, under } from "../../core/shapes.ts";
import { isInterfaceName } from "../../objects/driver-options.ts";
import { Invalid } from "../../values/invalid.ts";
import { asSet, at, number, record, text, texts } from "../../values/json.ts";
import { address, apiAtLeast, hardwareAddress } from "../../values/units.ts";

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

/** An address of one family alone. */
const parseFamily = (family: 4 | 6) => (authored: Json, path: readonly (string | number)[]) => {
  const ip = parseAddress(authored, path);
  if (ip.includes(":") === (family === 6)) return ip;
  const other = family === 6 ? "ipv4_address" : "ipv6_address";
  throw new Invalid(`\`${ip}\` is no IPv${family} address`, {
    path,
    hint: `write it as \`${other}\``,
  });
};

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
  const { [INTERFACE]: named, ...options } = under(place, () =>
    under("driver_opts", () => parsePairs(given.driver_opts ?? {})),
  );
  const name = text(given.interface_name) || named;
  if (name && !isInterfaceName(name)) {
    const path = [
      place,
      ...(given.interface_name ? ["interface_name"] : ["driver_opts", INTERFACE]),
    ];
    const hint = "at most 15 characters, without blanks and slashes";
    throw new Invalid(`\`${name}\` is no name of an interface`, { path, hint });
  }
  return {
    aliases: asSet([key, ...texts(given.aliases)]),
    ...optional("ipv4_address", parseFamily(4)),
    ...optional("ipv6_address", parseFamily(6)),
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
  // An address of our choice, made with it, is no more asked than one of the engine's.
  const fixed = (family: "ipv4_address" | "ipv6_address", given: string) => {
    const chosen = chosenAddress(configLabels(live.json), name, family);
    return chosen === given && want?.[family] === undefined ? "" : given;
  };
  const v4 = fixed("ipv4_address", text(ipam.IPv4Address));
  const v6 = fixed("ipv6_address", address(text(ipam.IPv6Address)) ?? text(ipam.IPv6Address));
  const local = texts(ipam.LinkLocalIPs).map((ip) => address(ip) ?? ip);
  const { [INTERFACE]: named, ...others } = record(json.DriverOpts);
  const options = withoutMigrated(others, live.api, want);
  const links = asSet(
    texts(json.Links).map((link) => (link.includes(":") ? link : `${link}:${link}`)),
  );
  const mac = readMac(live, name, json, want);
  const cutOff = !isConnected(live.json, json);
  return {
    ...(isStale(live, name, json, cutOff) ? { stale: true } : {}),
    ...(cutOff ? { connected: false } : {}),
    aliases: asSet(aliases.filter((alias) => !added.has(alias) || asked.has(alias))),
    ...(v4 ? { ipv4_address: v4 } : {}),
    ...(v6 ? { ipv6_address: v6 } : {}),
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
 * A stopped container keeps to the id of a network that was removed, and cannot start; nor can one
 * again that runs and was refused by a network that is gone meanwhile.
 */
function isStale(live: Live, name: string, json: JsonObject, cutOff: boolean): boolean {
  const id = text(json.NetworkID);
  return id === "" ? cutOff && live.networkId(name) === undefined : id !== live.networkId(name);
}

/**
 * Whether the engine has put a container where the entry of its inspect says. A connect that was
 * refused leaves an entry without an endpoint (20.10 to 28), in which the container would be only
 * after another start, if that succeeds; one that does not run has no endpoints at all.
 */
export function isConnected(container: JsonObject, entry: JsonObject): boolean {
  if (!["running", "paused"].includes(text(at(container, "State", "Status")))) return true;
  const { EndpointID, IPAddress, GlobalIPv6Address } = entry;
  // Podman has no endpoint ids.
  if (EndpointID === "" && !text(IPAddress) && !text(GlobalIPv6Address)) return false;
  const { IPv4Address, IPv6Address } = record(entry.IPAMConfig);
  return has(IPv4Address, IPAddress) && has(IPv6Address, GlobalIPv6Address);
}

/** A fixed address that was asked and given; engines that do not tell what they gave are believed. */
function has(asked: Json | undefined, given: Json | undefined): boolean {
  if (!text(asked) || given === undefined) return true;
  return address(text(given)) === address(text(asked));
}

/** The configuration of a live endpoint, with which a connect restores it. */
export function formerEndpoint(container: JsonObject, entry: JsonObject): JsonObject {
  const { IPAMConfig, DriverOpts, GwPriority, Links } = entry;
  const own = text(container.Id).slice(0, 12);
  const some = (key: string, value: JsonObject) =>
    Object.keys(value).length > 0 ? { [key]: value } : {};
  return {
    Aliases: texts(entry.Aliases).filter((alias) => alias !== own),
    ...some("IPAMConfig", record(IPAMConfig)),
    ...some("DriverOpts", record(DriverOpts)),
    ...(number(GwPriority) === 0 ? {} : { GwPriority: number(GwPriority) }),
    ...(texts(Links).length > 0 ? { Links: texts(Links) } : {}),
  };
}

/** Engines of API 1.46 and 1.47 add the interface's own among the container's `sysctls`. */
function withoutMigrated(
  { [SYSCTLS]: sysctls, ...others }: JsonObject,
  api: string,
  want: Endpoint | undefined,
): JsonObject {
  const asked = want?.driver_opts?.[SYSCTLS];
  const migrates = apiAtLeast(api, "1.46") && !apiAtLeast(api, "1.48");
  if (sysctls === undefined || (migrates && asked === undefined)) return others;
  // What the engine appended to what was asked is not compared.
  const appended = migrates && text(sysctls).startsWith(`${asked},`);
  return { ...others, [SYSCTLS]: appended ? (asked ?? null) : sysctls };
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
