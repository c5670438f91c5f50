import type { Json, JsonObject } from "../../model/json.ts";
import {
  type AddressRange,
  addressAt,
  contains,
  masked,
  overlap,
  rangeOfAddress,
  rangeOfPrefix,
} from "../values/cidr.ts";
import { Invalid } from "../values/invalid.ts";
import { isMap, record, text } from "../values/json.ts";
import { address, subnet } from "../values/units.ts";

/* The pools of a network's `ipam.config`, with what engines refuse of them (measured on 20.10 and 28.5). */

/** `subnet <prefix>` and what else is asked of it. */
type Pool = [string, JsonObject];

const ADDRESSES = { gateway: "Gateway", ip_range: "IPRange" } as const;

/** Throws `Invalid` for the first mistake, which holds the others. */
export function parsePools(config: readonly Json[]): readonly Pool[] {
  const mistakes: Invalid[] = [];
  const pools = config.flatMap((item, index) => {
    const pool = new Parsing(record(item), ["config", index], mistakes).pool();
    return pool ? [pool] : [];
  });
  for (const [index, one] of pools.entries()) {
    const other = pools.slice(0, index).find((each) => overlap(rangeOf(one), rangeOf(each)));
    if (!other) continue;
    const message = `${prefixOf(one)} overlaps with ${prefixOf(other)}`;
    const path = ["config", index, "subnet"];
    mistakes.push(new Invalid(message, { path, hint: "an address belongs to one subnet" }));
  }
  const [first, ...others] = mistakes;
  if (!first) return pools;
  first.others = others;
  throw first;
}

const prefixOf = ([name]: Pool): string => name.slice("subnet ".length);
const rangeOf = (pool: Pool): AddressRange => rangeOfPrefix(prefixOf(pool));

/** An engine makes the network, and no container can join it (RFC 5771, RFC 4291). */
const MULTICAST = ["224.0.0.0/4", "ff00::/8"].map(rangeOfPrefix);
/** All addresses, as the `null` address manager has them. */
const isWhole = (prefix: string): boolean => prefix.endsWith("/0");

class Parsing {
  readonly #item: JsonObject;
  readonly #path: readonly (string | number)[];
  readonly #mistakes: Invalid[];

  constructor(item: JsonObject, path: readonly (string | number)[], mistakes: Invalid[]) {
    this.#item = item;
    this.#path = path;
    this.#mistakes = mistakes;
  }

  pool(): Pool | undefined {
    const { subnet: asked, gateway, ip_range, aux_addresses } = this.#item;
    const prefix = this.#prefix(asked, ["subnet"], "no subnet", "10.20.0.0/24");
    if (!prefix) return undefined;
    if (MULTICAST.some((range) => overlap(range, rangeOfPrefix(prefix))) && !isWhole(prefix))
      return this.#refuse(
        ["subnet"],
        `\`${prefix}\` is for multicast: no container can have an address of it`,
      );
    const via = isAbsent(gateway) ? undefined : this.#inside(gateway, ["gateway"], prefix);
    const range = isAbsent(ip_range) ? undefined : this.#range(ip_range, prefix);
    const reserved = isMap(aux_addresses) ? this.#reserved(aux_addresses, prefix, via) : undefined;
    return [
      `subnet ${prefix}`,
      {
        ...(via ? { gateway: via } : {}),
        ...(range ? { ip_range: range } : {}),
        ...(reserved ? { aux_addresses: reserved } : {}),
      },
    ];
  }

  #refuse(below: readonly string[], message: string, hint?: string): undefined {
    const path = [...this.#path, ...below];
    this.#mistakes.push(new Invalid(message, { path, ...(hint ? { hint } : {}) }));
  }

  #prefix(value: Json | undefined, below: readonly string[], what: string, example: string) {
    const prefix = subnet(text(value));
    if (!prefix)
      return this.#refuse(below, `\`${text(value)}\` is ${what}`, `for example ${example}`);
    const whole = masked(prefix);
    if (whole === prefix) return prefix;
    const message = `\`${text(value)}\` is an address in ${whole}, and not a subnet`;
    return this.#refuse(below, message, `write ${whole}`);
  }

  #range(value: Json, prefix: string): string | undefined {
    const range = this.#prefix(value, ["ip_range"], "no range", "10.20.0.128/25");
    if (!range || contains(rangeOfPrefix(prefix), rangeOfPrefix(range))) return range;
    return this.#refuse(["ip_range"], `\`${range}\` is not within ${prefix}`);
  }

  /** An address that the subnet can give. */
  #inside(value: Json, below: readonly string[], prefix: string): string | undefined {
    const ip = address(text(value));
    if (!ip) return this.#refuse(below, `\`${text(value)}\` is no IP address`);
    const why = notToBeHad(ip, prefix);
    return why === undefined ? ip : this.#refuse(below, `\`${ip}\` ${why}`);
  }

  /** Addresses by the name of whoever else has them: the engine gives them to nobody. */
  #reserved(given: JsonObject, prefix: string, gateway: string | undefined): JsonObject {
    const holders = new Map(gateway ? [[gateway, "the gateway"]] : []);
    const entries = Object.entries(given).flatMap(([name, value]): [string, string][] => {
      const below = ["aux_addresses", name];
      const ip = this.#inside(value ?? null, below, prefix);
      if (!ip) return [];
      const holder = holders.get(ip);
      holders.set(ip, `\`${name}\``);
      if (!holder) return [[name, ip]];
      this.#refuse(below, `\`${ip}\` is the address of ${holder} already`);
      return [];
    });
    return Object.fromEntries(entries);
  }
}

const isAbsent = (value: Json | undefined): value is undefined | null =>
  value === undefined || value === null;

/** Why nobody can have the address in the subnet, as the end of a sentence; `undefined`: one can. */
export function notToBeHad(ip: string, prefix: string): string | undefined {
  const range = rangeOfPrefix(prefix);
  const own = rangeOfAddress(ip);
  if (!contains(range, own)) return `is not in ${prefix}`;
  // Two addresses, or one, are a link or a host, without addresses of its own (RFC 3021, RFC 6164).
  if (range.last - range.first < 2n) return undefined;
  if (own.first === range.first) return `is the address of the network ${prefix} itself`;
  const broadcast = range.family === 4 && own.first === range.last;
  return broadcast ? `is the broadcast address of ${prefix}` : undefined;
}

/** The gateway that a bridge takes where none is asked: the first address of its range, or subnet. */
export function usualGateway(prefix: string, range: string | undefined): string {
  const whole = rangeOfPrefix(prefix);
  const from = range ? rangeOfPrefix(range) : whole;
  const isOwn = from.first === whole.first && !isLink(whole);
  return addressAt(whole.family, isOwn ? from.first + 1n : from.first);
}

/** One IPv4 address, or two, of which none is the network's own (RFC 3021). */
const isLink = ({ family, first, last }: AddressRange): boolean =>
  family === 4 && last - first < 2n;

/**
 * How many containers a pool has addresses for: those of its range without the network's own, the
 * broadcast address, the gateway and what is reserved (measured on 20.10 and 28.5).
 * @param chooses whether the driver takes a gateway where none is asked
 */
export function capacity(
  { prefix, asked }: { readonly prefix: string; readonly asked: JsonObject },
  chooses: boolean,
): bigint {
  const range = text(asked.ip_range) || undefined;
  const part = rangeOfPrefix(range ?? prefix);
  const whole = rangeOfPrefix(prefix);
  const gateway = text(asked.gateway) || (chooses ? usualGateway(prefix, range) : "");
  const kept = new Set([
    ...(isLink(whole) ? [] : [whole.first]),
    ...(isLink(whole) || whole.family === 6 ? [] : [whole.last]),
    ...[gateway, ...Object.values(record(asked.aux_addresses)).map(text)]
      .filter((ip) => ip !== "")
      .map((ip) => rangeOfAddress(ip).first),
  ]);
  const within = [...kept].filter((one) => one >= part.first && one <= part.last);
  return part.last - part.first + 1n - BigInt(within.length);
}

/** A pool of the engine's answer. */
export function readPool(json: Json): Pool {
  const pool = record(json);
  const result: Record<string, Json> = {};
  for (const [name, field] of Object.entries(ADDRESSES)) {
    const value = text(pool[field]);
    if (value) result[name] = address(value) ?? subnet(value) ?? value;
  }
  const aux = record(pool.AuxiliaryAddresses ?? pool.AuxAddress);
  if (Object.keys(aux).length > 0) result.aux_addresses = aux;
  return [`subnet ${subnet(text(pool.Subnet)) ?? text(pool.Subnet)}`, result];
}
