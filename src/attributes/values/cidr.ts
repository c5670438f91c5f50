import { address } from "./units.ts";

/* Arithmetic with addresses and prefixes of both families, as whole numbers. */

/** All addresses from the first to the last, these included. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

const widthOf = (family: 4 | 6): number => (family === 4 ? 32 : 128);

const familyOf = (ip: string): 4 | 6 => (ip.includes(":") ? 6 : 4);

/** The range of text that is no address or prefix, as an engine may answer: empty, above all others. */
const nothing = (family: 4 | 6): AddressRange => ({
  family,
  first: 1n << 129n,
  last: (1n << 129n) - 1n,
});

/** An address as a range of its own. */
export function rangeOfAddress(ip: string): AddressRange {
  const canonical = address(ip);
  if (canonical === undefined) return nothing(familyOf(ip));
  const value = numberOf(canonical);
  return { family: familyOf(canonical), first: value, last: value };
}

/** What a prefix covers, whatever stands in its host bits. */
export function rangeOfPrefix(prefix: string): AddressRange {
  const [ip = "", length = ""] = prefix.split("/");
  const family = familyOf(ip);
  const width = widthOf(family);
  const canonical = address(ip);
  if (canonical === undefined || !/^\d+$/.test(length) || Number(length) > width)
    return nothing(family);
  const hosts = 1n << BigInt(width - Number(length));
  const first = (numberOf(canonical) / hosts) * hosts;
  return { family, first, last: first + hosts - 1n };
}

/** The prefix without its host bits: `10.0.0.7/24` is `10.0.0.0/24`. */
export function masked(prefix: string): string {
  const { family, first } = rangeOfPrefix(prefix);
  return `${addressAt(family, first)}/${prefix.split("/")[1]}`;
}

export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

export function overlap(one: AddressRange, other: AddressRange): boolean {
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}

/** The address of a number, in canonical text. */
export function addressAt(family: 4 | 6, value: bigint): string {
  const size = family === 4 ? 8n : 16n;
  const count = family === 4 ? 4 : 8;
  const groups = Array.from({ length: count }, (_, index) => {
    const group = (value >> (size * BigInt(count - 1 - index))) & ((1n << size) - 1n);
    return group.toString(family === 4 ? 10 : 16);
  });
  const text = groups.join(family === 4 ? "." : ":");
  return address(text) ?? text;
}

function numberOf(ip: string): bigint {
  const six = ip.includes(":");
  const groups = six ? expanded(ip) : ip.split(".");
  const size = six ? 16n : 8n;
  const read = (group: string) => BigInt(Number.parseInt(group, six ? 16 : 10));
  return groups.reduce((sum, group) => (sum << size) | read(group), 0n);
}

function expanded(ip: string): readonly string[] {
  const [head = "", tail] = ip.split("::");
  const split = (part: string) => (part === "" ? [] : part.split(":"));
  if (tail === undefined) return split(head);
  const missing = 8 - split(head).length - split(tail).length;
  return [...split(head), ...new Array<string>(missing).fill("0"), ...split(tail)];
}
