import { notToBeHad, usualGateway } from "../../attributes/objects/address-pools.ts";
import { driverMistakes } from "../../attributes/objects/driver-options.ts";
import { type AddressRange, overlap, rangeOfPrefix } from "../../attributes/values/cidr.ts";
import { isMap, list, record, text } from "../../attributes/values/json.ts";
import { subnet } from "../../attributes/values/units.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { type Container, type Model, replicas } from "../model/model.ts";
import type { Named } from "../model/named-objects.ts";
import type { Span } from "../source/source-text.ts";
import { find, type Path, placeOf, plain } from "../yaml/tree.ts";

/* What an engine would refuse of a stack's networks and addresses when it has begun to act. */

export function networks(model: Model): void {
  for (const network of model.networks.values()) {
    if (network.external) continue;
    drivers(network, model);
    families(network, model);
  }
  distinctSubnets(model);
  fixedAddresses(model);
}

/** What the file says about the address management is true of engines' own alone. */
export const isPlain = ({ values }: Named): boolean =>
  ["", "default"].includes(text(record(values.ipam).driver));

const isBridge = ({ values }: Named): boolean => ["", "bridge"].includes(text(values.driver));

function drivers({ key, values }: Named, { root, report }: Model): void {
  const path = ["networks", key] as const;
  const driver = text(values.driver) || "bridge";
  if (driver === "host" || driver === "null") {
    const mode = driver === "host" ? "host" : "none";
    const hint = `use \`network_mode: ${mode}\` at the container`;
    report.error(
      `an engine has one network of the driver ${driver}, its own`,
      placeOf(root, [...path, "driver"]),
      hint,
    );
  }
  for (const { option, message, hint } of driverMistakes(driver, record(values.driver_opts)))
    report.error(message, placeOf(root, [...path, "driver_opts", option]), hint);
  if (values.enable_ipv4 === false && values.enable_ipv6 !== true) {
    const at = placeOf(root, [...path, "enable_ipv4"]);
    report.error("without IPv4 a network needs `enable_ipv6: true`", at);
  }
}

/** A subnet of a network, with its place in the file. */
export interface AskedPool {
  readonly prefix: string;
  readonly range: AddressRange;
  /** Of these the engine gives addresses away. */
  readonly part: AddressRange;
  readonly asked: JsonObject;
  readonly at: Span;
}

export function poolsOf({ key, values }: Named, { root }: Model): readonly AskedPool[] {
  const path = ["networks", key, "ipam", "config"] as const;
  const node = find(root, path);
  const written = list(node && plain(node)).map((pool) => subnet(text(record(pool).subnet)));
  return Object.entries(record(values.ipam)).flatMap(([name, pool]) => {
    if (!name.startsWith("subnet ")) return [];
    const prefix = name.slice("subnet ".length);
    const at = placeOf(root, [...path, written.indexOf(prefix), "subnet"]);
    const asked = record(pool);
    const range = rangeOfPrefix(prefix);
    const part = asked.ip_range ? rangeOfPrefix(text(asked.ip_range)) : range;
    return [{ prefix, range, part, asked, at }];
  });
}

/** The bridge driver serves one subnet of each family. */
function families(network: Named, model: Model): void {
  if (!isBridge(network) || !isPlain(network)) return;
  const seen = new Set<number>();
  for (const { range, at } of poolsOf(network, model)) {
    if (seen.has(range.family))
      model.report.error(
        `a network of the driver bridge has one IPv${range.family} subnet, and this one has more`,
        at,
        "leave one out, or make another network of it",
      );
    seen.add(range.family);
  }
}

/** All networks of an engine have their addresses from one space. */
function distinctSubnets(model: Model): void {
  const taken: { key: string; prefix: string }[] = [];
  for (const network of model.networks.values()) {
    if (network.external || !isPlain(network)) continue;
    const own = poolsOf(network, model);
    for (const { prefix, range, at } of own) {
      const other = taken.find((each) => overlap(rangeOfPrefix(each.prefix), range));
      if (other)
        model.report.error(
          `${prefix} overlaps with ${other.prefix} of the network \`${other.key}\``,
          at,
          "an address belongs to one network of an engine: choose another subnet",
        );
    }
    taken.push(...own.map(({ prefix }) => ({ key: network.key, prefix })));
  }
}

/** A container's fixed address on a network of the stack. */
interface Fixed {
  readonly container: Container;
  readonly network: string;
  readonly ip: string;
  readonly family: 4 | 6;
  readonly at: Span;
}

function fixedAddresses(model: Model): void {
  const taken = new Map<string, Fixed>();
  for (const container of model.containers.values()) {
    for (const one of fixedOf(container, model)) {
      const { network, ip, at } = one;
      const refuse = (message: string, hint: string) => model.report.error(message, at, hint);
      const known = model.networks.get(network);
      const why = known?.external ? undefined : unavailable(one, known, model);
      const other = taken.get(`${network} ${ip}`);
      const count = replicas(container);
      if (why) refuse(...why);
      else if (other)
        refuse(
          `${ip} is the address of \`${other.container.key}\` on \`${network}\` already`,
          "give one of them another address",
        );
      else if (count > 1)
        refuse(
          `${count} replicas cannot share the address ${ip}`,
          "leave it out, or ask for one replica",
        );
      taken.set(`${network} ${ip}`, one);
    }
  }
}

function fixedOf(container: Container, { root, scope }: Model): readonly Fixed[] {
  const { key, authored, values } = container;
  if (!isMap(authored.networks)) return [];
  return Object.keys(authored.networks).flatMap((network) => {
    const name = scope(key).network(network);
    const endpoint = record(record(values.networks)[name ?? ""]);
    return (["ipv4_address", "ipv6_address"] as const).flatMap((attribute): Fixed[] => {
      const ip = text(endpoint[attribute]);
      if (!ip) return [];
      const path: Path = ["containers", key, "networks", network, attribute];
      const family = attribute === "ipv4_address" ? 4 : 6;
      return [{ container, network, ip, family, at: placeOf(root, path) }];
    });
  });
}

/** Why the engine would not give the address: a message and a hint. */
function unavailable(
  { network, ip, family }: Fixed,
  known: Named | undefined,
  model: Model,
): [string, string] | undefined {
  if (known && !isPlain(known)) return undefined;
  const pools = (known ? poolsOf(known, model) : []).filter(({ range }) => range.family === family);
  if (pools.length === 0) {
    const example = family === 4 ? "10.20.0.0/24" : "fd00:20::/64";
    return [
      `${ip} cannot be had, since \`${network}\` has no IPv${family} subnet of the file's choice`,
      `give it one: \`ipam: {config: [{subnet: ${example}}]}\``,
    ];
  }
  const pool = pools.find(({ prefix }) => notToBeHad(ip, prefix) !== `is not in ${prefix}`);
  const all = pools.map(({ prefix }) => prefix).join(" and ");
  if (!pool) return [`${ip} is in no subnet of \`${network}\``, `that has ${all}`];
  const why = notToBeHad(ip, pool.prefix) ?? reservedFor(ip, pool.prefix, pool.asked, known);
  return why === undefined
    ? undefined
    : [`${ip} ${why}`, `choose another address in ${pool.prefix}`];
}

function reservedFor(
  ip: string,
  prefix: string,
  { gateway, ip_range, aux_addresses }: JsonObject,
  network: Named | undefined,
): string | undefined {
  const holder = Object.entries(record(aux_addresses)).find(([, reserved]) => reserved === ip);
  if (holder) return `is reserved for \`${holder[0]}\``;
  if (gateway !== undefined) return gateway === ip ? "is the network's gateway" : undefined;
  if (!network || !hasUsualGateway(network)) return undefined;
  const usual = usualGateway(prefix, ip_range === undefined ? undefined : text(ip_range));
  return usual === ip ? "is what the engine takes for the network's gateway" : undefined;
}

/** Whether the engine chooses a gateway where none is asked. */
export const hasUsualGateway = (network: Named): boolean =>
  isBridge(network) && !isIsolated(network.values);

/** In this mode of its driver a network has no gateway. */
const isIsolated = (values: Readonly<Record<string, Json>>): boolean =>
  Object.entries(record(values.driver_opts)).some(
    ([option, value]) => /gateway_mode_ipv[46]$/.test(option) && value === "isolated",
  );
