import type { Json, JsonObject } from "../../model/json.ts";
import { attribute, type Codec, Invalid, type Live, type Scope } from "../attribute.ts";
import { hostConfig } from "../codecs.ts";
import { asSet, at, equal, isMap, list, record, text, texts } from "../compare.ts";
import {
  byValue,
  object,
  parseSet,
  parseStrings,
  splitOnce,
  string,
  stringList,
  stringOrList,
  undeclared,
} from "../shapes.ts";
import { address, apiAtLeast } from "../units.ts";
import { writeNetworks } from "./network-write.ts";

interface Endpoint {
  readonly [key: string]: Json | undefined;
  readonly aliases: readonly string[];
  readonly ipv4_address?: string;
  readonly ipv6_address?: string;
}
type Endpoints = Readonly<Record<string, Endpoint>>;

/** The engine's own names: a container is in one of these modes or on networks of its own. */
const MODES = new Set(["host", "none", "bridge"]);

function parseEndpoint(authored: Json | undefined, key: string, path: readonly string[]): Endpoint {
  const given = record(authored);
  const ip = (field: "ipv4_address" | "ipv6_address"): JsonObject => {
    if (given[field] === undefined) return {};
    const canonical = address(text(given[field]));
    if (!canonical) {
      throw new Invalid(`\`${text(given[field])}\` is no IP address`, { path: [...path, field] });
    }
    return { [field]: canonical };
  };
  return {
    aliases: asSet([key, ...texts(given.aliases)]),
    ...ip("ipv4_address"),
    ...ip("ipv6_address"),
  };
}

function parseNetworks(authored: Json, scope: Scope): Endpoints {
  const named: [string, Json | undefined, string | number][] = isMap(authored)
    ? Object.entries(authored).map(([name, value]) => [name, value, name])
    : list(authored).map((name, index) => [text(name), undefined, index]);
  return Object.fromEntries(
    named.map(([name, value, place]) => {
      const network = scope.network(name);
      if (network === undefined) throw undeclared("networks", name, scope, [place]);
      return [network, parseEndpoint(value, scope.key, [name])];
    }),
  );
}

/** The complete endpoint configuration: whatever it leaves out, a connect would lose. */
function endpointBody(endpoint: Endpoint): JsonObject {
  const { ipv4_address: v4, ipv6_address: v6 } = endpoint;
  const ipam = { ...(v4 ? { IPv4Address: v4 } : {}), ...(v6 ? { IPv6Address: v6 } : {}) };
  return { Aliases: endpoint.aliases, ...(v4 || v6 ? { IPAMConfig: ipam } : {}) };
}

/** The endpoint configuration that a container's spec asks for on one network, if any. */
export function endpointOf(spec: JsonObject, network: string): JsonObject | undefined {
  const endpoint = record(spec.networks)[network];
  return endpoint === undefined ? undefined : endpointBody(endpoint as Endpoint);
}

/**
 * Before API 1.45 the engine adds the short id, and later engines the host name, to the aliases;
 * these are ours only where they were asked. The container's own name resolves without an alias
 * (the engine's DNS knows it), so that it is there wherever it is asked.
 */
function readEndpoint(
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
  const id = text(json.NetworkID);
  return {
    // A stopped container keeps to the id of a network that was removed, and cannot start.
    ...(id !== "" && id !== live.networkId(name) ? { stale: true } : {}),
    aliases: asSet(aliases.filter((alias) => !added.has(alias) || asked.has(alias))),
    ...(v4 ? { ipv4_address: v4 } : {}),
    ...(v6 ? { ipv6_address: address(v6) ?? v6 } : {}),
  };
}

const takesAll = (api: string): boolean => apiAtLeast(api, "1.44");

const networks: Codec<Endpoints> = {
  send: (value, { api }) => {
    const names = Object.keys(value);
    const first = names[0];
    if (first === undefined) return {};
    const sent = takesAll(api) ? names : [first];
    const bodies = sent.map((name) => [name, endpointBody(value[name] ?? { aliases: [] })]);
    return {
      HostConfig: { NetworkMode: first },
      NetworkingConfig: { EndpointsConfig: Object.fromEntries(bodies) },
    };
  },
  connects: (value, { api }) =>
    takesAll(api)
      ? {}
      : Object.fromEntries(
          Object.entries(value)
            .slice(1)
            .map(([name, endpoint]) => [name, endpointBody(endpoint)]),
        ),
  read: (live, want) => {
    const attached = Object.entries(record(at(live.json, "NetworkSettings", "Networks")));
    return Object.fromEntries(
      attached
        .filter(([name]) => !MODES.has(name) || want?.[name] !== undefined)
        .map(([name, json]) => [name, readEndpoint(live, name, record(json), want?.[name])]),
    );
  },
  live: (after, before) => {
    const changed = Object.keys(after).filter((name) => !equal(after[name], before[name]));
    return {
      disconnect: Object.keys(before).filter((name) => !equal(after[name], before[name])),
      connect: Object.fromEntries(
        changed.map((name) => [name, endpointBody(after[name] ?? { aliases: [] })]),
      ),
    };
  },
};

export const network = {
  networks: attribute<Endpoints>({
    about:
      "Networks to join, a list of keys or a map with `aliases`, `ipv4_address`, `ipv6_address`; the container's key is an alias on each.",
    schema: {
      anyOf: [
        stringList,
        {
          type: "object",
          additionalProperties: {
            anyOf: [
              object({ aliases: stringList, ipv4_address: string, ipv6_address: string }),
              { type: "null" },
            ],
          },
        },
      ],
    },
    examples: [
      ["front"],
      { front: null, back: { aliases: ["www"] } },
      { back: { ipv4_address: "10.213.7.9" } },
    ],
    absent: { is: "value", value: {} },
    merge: "names",
    parse: parseNetworks,
    write: writeNetworks,
    docker: networks,
  }),

  network_mode: attribute<string>({
    about: "`host`, `none` or `bridge`, instead of networks.",
    schema: string,
    examples: ["none", "bridge"],
    absent: { is: "value", value: "" },
    parse: (authored) => {
      const mode = text(authored);
      if (!MODES.has(mode)) {
        throw new Invalid(`network_mode \`${mode}\` is not supported`, {
          hint: "host, none or bridge; sharing another container's network comes with a later version",
        });
      }
      return mode;
    },
    docker: hostConfig("NetworkMode", {
      // Engines before 26.1 call the bridge "default"; any other text is a network's name.
      from: (json) => {
        const mode = text(json) === "default" ? "bridge" : text(json);
        return MODES.has(mode) ? mode : "";
      },
    }),
  }),

  dns: attribute<readonly string[]>({
    about: "DNS servers, in order.",
    schema: stringOrList,
    examples: ["192.0.2.53", ["192.0.2.53", "192.0.2.54"]],
    absent: { is: "value", value: [] },
    merge: byValue,
    parse: parseStrings,
    docker: hostConfig("Dns", { from: texts }),
  }),

  dns_search: attribute<readonly string[]>({
    about: "DNS search domains, in order.",
    schema: stringOrList,
    examples: ["example.com", ["a.example", "b.example"]],
    absent: { is: "value", value: [] },
    merge: byValue,
    parse: parseStrings,
    docker: hostConfig("DnsSearch", { from: texts }),
  }),

  extra_hosts: attribute<readonly string[]>({
    about: "Lines for /etc/hosts: `name:ip`, `name=ip` or a map; `host-gateway` is the host.",
    schema: { anyOf: [stringList, { type: "object", additionalProperties: stringOrList }] },
    examples: [["db.internal:192.0.2.9"], { "cache.internal": "192.0.2.10" }],
    absent: { is: "value", value: [] },
    merge: byValue,
    parse: (authored) => {
      if (!isMap(authored)) return parseSet(list(authored).map((line) => hostLine(text(line))));
      const lines = Object.entries(authored).flatMap(([name, ips]) =>
        parseStrings(ips ?? "").map((ip) => `${name}:${ip.replace(/^\[|\]$/g, "")}`),
      );
      return asSet(lines);
    },
    docker: hostConfig("ExtraHosts", { from: (json) => asSet(texts(json)) }),
  }),
};

function hostLine(line: string): string {
  const separator = line.includes("=") ? "=" : ":";
  const [name, ip] = splitOnce(line, separator);
  if (!ip) throw new Invalid(`\`${line}\` is no host line`, { hint: "write name:ip or name=ip" });
  return `${name}:${ip.replace(/^\[|\]$/g, "")}`;
}
