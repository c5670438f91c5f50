import type { Json, JsonObject } from "../../model/json.ts";
import { attribute, type Live } from "../core/attribute.ts";
import { field, flagField, labels, naming, options } from "../core/named-object.ts";
import { boolean, object, parseFlag, parsePairs, scalar, string, under } from "../core/shapes.ts";
import { equal, isMap, list, member, record, text } from "../values/json.ts";
import { parsePools, readPool } from "./address-pools.ts";
import { parseDriver, sameDriver } from "./plugin.ts";

/** `driver`, `options.<name>` and `subnet <prefix>`: what is not named is the engine's choice. */
type Ipam = Readonly<Record<string, Json>>;

function sendIpam(value: Ipam): JsonObject {
  const of = (prefix: string) => Object.entries(value).filter(([name]) => name.startsWith(prefix));
  const given = of("options.").map(([name, option]) => [name.slice("options.".length), option]);
  const pools = of("subnet ").map(([name, pool]) => {
    const { gateway, ip_range, aux_addresses } = record(pool);
    return {
      Subnet: name.slice("subnet ".length),
      ...(gateway ? { Gateway: gateway } : {}),
      ...(ip_range ? { IPRange: ip_range } : {}),
      ...(aux_addresses ? { AuxiliaryAddresses: aux_addresses } : {}),
    };
  });
  return {
    IPAM: {
      Driver: text(value.driver) || "default",
      ...(given.length > 0 ? { Options: Object.fromEntries(given) } : {}),
      ...(pools.length > 0 ? { Config: pools } : {}),
    },
  };
}

function readIpam(json: JsonObject): Ipam {
  const given = Object.entries(options(json.Options)).map(([name, value]) => [
    `options.${name}`,
    value,
  ]);
  return {
    driver: text(json.Driver),
    ...Object.fromEntries(given),
    ...Object.fromEntries(list(json.Config).map(readPool)),
  };
}

/** Beside the parts of a pool: those that were asked when the network was made, and are not any more. */
const DROPPED = "dropped";

function withDropped(have: Ipam, want: Ipam | undefined, recorded: Json | undefined): Ipam {
  const pools = Object.entries(have).map(([name, pool]): [string, Json] => {
    const now = member(want ?? {}, name);
    const then = record(member(record(recorded), name));
    if (!isMap(pool) || !isMap(now)) return [name, pool];
    const gone = Object.keys(then).filter(
      (part) => member(now, part) === undefined && member(pool, part) !== undefined,
    );
    return [name, gone.length > 0 ? { ...pool, [DROPPED]: gone } : pool];
  });
  return Object.fromEntries(pools);
}

/** The pools that an engine takes subnets from by itself (moby, `ipamutils`). */
const OWN_POOLS = /^subnet (172\.(1[7-9]|2\d|3[01])\.0\.0\/16|192\.168\.\d+\.0\/20)$/;

function usualIpam({ json }: Live): Ipam {
  const own = Object.entries(readIpam(record(json.IPAM))).filter(([name]) => OWN_POOLS.test(name));
  return { driver: "default", ...Object.fromEntries(own) };
}

function writeIpam(value: Ipam): JsonObject {
  const of = (prefix: string) => Object.entries(value).filter(([name]) => name.startsWith(prefix));
  const given = of("options.").map(([name, option]) => [name.slice("options.".length), option]);
  const pools = of("subnet ").map(([name, pool]) => ({
    subnet: name.slice("subnet ".length),
    ...record(pool),
  }));
  return {
    ...(value.driver === undefined ? {} : { driver: value.driver }),
    ...(given.length > 0 ? { options: Object.fromEntries(given) } : {}),
    ...(pools.length > 0 ? { config: pools } : {}),
  };
}

export const network = {
  ...naming,
  driver: attribute<string>({
    description: "Network driver; a key of `plugins:` names that plugin.",
    schema: string,
    examples: ["bridge"],
    absent: { is: "value", value: "bridge" },
    parse: parseDriver,
    equals: sameDriver,
    docker: field("Driver", text),
  }),
  driver_opts: attribute<Readonly<Record<string, string>>>({
    description: "The driver's options; those not named are the daemon's.",
    schema: { type: "object", additionalProperties: scalar },
    examples: [
      { "com.docker.network.bridge.enable_icc": "true" },
      { "com.docker.network.driver.mtu": 1400 },
    ],
    absent: { is: "engine", usual: () => ({}) },
    parse: (authored) => parsePairs(authored),
    docker: field("Options", options),
  }),
  internal: attribute<boolean>({
    description: "Without a way to the outside.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
    docker: flagField("Internal"),
  }),
  attachable: attribute<boolean>({
    description: "Containers outside of a swarm's services may attach.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
    docker: flagField("Attachable"),
  }),
  enable_ipv4: attribute<boolean>({
    description: "Give it IPv4, as engines do unless this is `false`.",
    schema: boolean,
    examples: [true],
    absent: { is: "engine", usual: () => true },
    parse: parseFlag,
    docker: { ...flagField("EnableIPv4"), since: "1.47" },
  }),
  enable_ipv6: attribute<boolean>({
    description: "Give it IPv6; engines below 27 need a subnet for it.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
    docker: flagField("EnableIPv6"),
  }),
  ipam: attribute<Ipam>({
    description:
      "Address management: driver, options, and `config` with subnet, gateway, ip_range, aux_addresses.",
    schema: object({
      driver: string,
      options: { type: "object", additionalProperties: scalar },
      config: {
        type: "array",
        items: object(
          {
            subnet: string,
            gateway: string,
            ip_range: string,
            aux_addresses: { type: "object", additionalProperties: string },
          },
          ["subnet"],
        ),
      },
    }),
    examples: [
      { config: [{ subnet: "10.213.8.0/24" }] },
      { config: [{ subnet: "10.213.8.0/24", gateway: "10.213.8.9", ip_range: "10.213.8.128/25" }] },
      {
        driver: "default",
        options: { "example.option": "1" },
        config: [{ subnet: "10.213.8.0/24", aux_addresses: { router: "10.213.8.7" } }],
      },
    ],
    absent: { is: "engine", usual: usualIpam },
    merge: {
      parts: {
        config: {
          list: { key: (pool) => text(record(pool).subnet), each: { parts: {} }, only: "later" },
        },
      },
    },
    write: writeIpam,
    parse: (authored) => {
      const given = record(authored);
      const opts = Object.entries(under("options", () => parsePairs(given.options ?? {}))).map(
        ([name, value]) => [`options.${name}`, value],
      );
      return {
        ...(given.driver === undefined ? {} : { driver: text(given.driver) }),
        ...Object.fromEntries(opts),
        ...Object.fromEntries(parsePools(list(given.config))),
      };
    },
    // Of a pool only what is asked counts, or was when the network was made: the engine fills in a
    // gateway, some only after a restart.
    show: (value) => {
      if (!isMap(value)) return value;
      const { [DROPPED]: _, ...pool } = value;
      return pool;
    },
    equals: (want, have) =>
      isMap(want)
        ? member(record(have), DROPPED) === undefined &&
          Object.entries(want).every(([name, value]) => equal(value, member(record(have), name)))
        : want === have,
    docker: {
      toEngine: sendIpam,
      fromEngine: (live, want) =>
        withDropped(readIpam(record(live.json.IPAM)), want, live.recorded),
    },
  }),
  ...labels,
};
