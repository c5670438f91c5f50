import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressAt,
  contains,
  masked,
  overlap,
  rangeOfAddress,
  rangeOfPrefix,
} from "../../../../src/attributes/values/cidr.ts";

describe("prefixes", () => {
  it.each([
    ["10.0.0.0/24", "10.0.0.0/24"],
    ["10.0.0.7/24", "10.0.0.0/24"],
    ["10.0.0.255/31", "10.0.0.254/31"],
    ["10.1.2.3/32", "10.1.2.3/32"],
    ["255.255.255.255/0", "0.0.0.0/0"],
    ["fd00::1/64", "fd00::/64"],
    ["fd00:0:0:1:ffff::/63", "fd00::/63"],
    ["::ffff/112", "::/112"],
  ])("%s is in %s", (prefix, network) => {
    expect(masked(prefix)).toBe(network);
  });

  it.each([
    ["10.0.0.0/24", "10.0.0.128/25", true],
    ["10.0.0.0/24", "10.0.1.0/24", false],
    ["10.0.0.0/8", "10.255.0.0/16", true],
    ["fd00::/64", "fd00::/80", true],
    ["fd00::/64", "fd00:0:0:1::/64", false],
    ["0.0.0.0/0", "::/0", false],
  ])("%s and %s overlap: %s", (one, other, both) => {
    expect(overlap(rangeOfPrefix(one), rangeOfPrefix(other))).toBe(both);
    expect(overlap(rangeOfPrefix(other), rangeOfPrefix(one))).toBe(both);
  });

  it("contain what lies between their ends, of their own family", () => {
    const net = rangeOfPrefix("10.0.0.0/30");
    const inside = ["10.0.0.0", "10.0.0.3", "10.0.0.4", "9.255.255.255", "::a00:1"];
    expect(inside.map((ip) => contains(net, rangeOfAddress(ip)))).toEqual([
      ...[true, true, false, false, false],
    ]);
    expect(contains(net, rangeOfPrefix("10.0.0.2/31"))).toBe(true);
    expect(contains(net, rangeOfPrefix("10.0.0.0/29"))).toBe(false);
  });

  it("give each number of an address back", () => {
    const four = fc.tuple(fc.constant(4 as const), fc.bigInt(0n, (1n << 32n) - 1n));
    const six = fc.tuple(fc.constant(6 as const), fc.bigInt(0n, (1n << 128n) - 1n));
    fc.assert(
      fc.property(fc.oneof(four, six), ([family, value]) => {
        expect(rangeOfAddress(addressAt(family, value))).toEqual({
          ...{ family, first: value, last: value },
        });
      }),
    );
  });
});

describe("text that is no address or prefix", () => {
  it.each(["", "x", "10.0.0", "10.0.0.256", "fd00::g", "10.0.0.1.2"])("holds nothing: %s", (ip) => {
    const whole = rangeOfPrefix("0.0.0.0/0");
    for (const range of [
      rangeOfAddress(ip),
      rangeOfPrefix(`${ip}/24`),
      rangeOfPrefix(`10.0.0.0/${ip}`),
    ])
      expect([range.last - range.first + 1n, overlap(range, whole)]).toEqual([0n, false]);
  });
});
