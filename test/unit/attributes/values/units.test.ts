import { expect, test } from "vitest";
import { nearest, words } from "../../../../src/attributes/core/shapes.ts";
import {
  address,
  bytes,
  bytesOrUnlimited,
  duration,
  subnet,
} from "../../../../src/attributes/values/units.ts";
import { mistake } from "../scope.ts";

test.each([
  [0, 0],
  [1048576, 1048576],
  ["64m", 67108864],
  ["64M", 67108864],
  ["64mb", 67108864],
  ["64MiB", 67108864],
  ["1.5g", 1610612736],
  ["0.5k", 512],
  ["10b", 10],
  ["10", 10],
  ["2t", 2 * 1024 ** 4],
  [" 8m ", 8388608],
])("%j is %i bytes", (authored, expected) => {
  expect(bytes(authored)).toBe(expected);
});

test.each([["64x"], ["-1"], ["m"], ["1.2.3m"], [""], ["1e3"], [-5], ["0x10"], [Number.MAX_VALUE]])(
  "%j is no byte value",
  (authored) => {
    expect(mistake(() => bytes(authored))).toBe(
      `\`${authored}\` is no byte value (for example 64m, 2gb, 1048576)`,
    );
  },
);

test("-1 is unlimited where it may be", () => {
  expect([bytesOrUnlimited(-1), bytesOrUnlimited("-1"), bytesOrUnlimited("1k")]).toEqual([
    -1, -1, 1024,
  ]);
});

test.each([
  ["10s", 10e9],
  ["1m30s", 90e9],
  ["90s", 90e9],
  ["1h5m30s20ms", 3930.02e9],
  ["500ms", 500e6],
  ["1500us", 1.5e6],
  ["1.5s", 1.5e9],
  ["7ns", 7],
  ["1d", 86400e9],
  ["0", 0],
  ["0s", 0],
  ["0.0000001s", 100],
  ["0.0000000001s", 1],
  ["2562047h", 2562047 * 3600e9],
])("%s is %d ns", (authored, expected) => {
  expect(duration(authored)).toBe(expected);
});

test("what 64 bits of nanoseconds cannot hold is refused", () => {
  for (const long of ["2562048h", "106752d", "99999999999999999999h"])
    expect(mistake(() => duration(long))).toContain("longer than an engine can count");
});

test.each([["10"], ["s"], ["-5s"], ["1s 2m"], ["1 s"], ["ten"], [""], [10]])(
  "%j is no duration",
  (authored) => {
    expect(mistake(() => duration(authored))).toContain("is no duration");
  },
);

test.each([
  ["10.0.0.1", "10.0.0.1"],
  ["256.0.0.1", undefined],
  ["1.2.3", undefined],
  ["::1", "::1"],
  ["[::1]", "::1"],
  ["::0", "::"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["fe80::1%eth0", undefined],
  [":::", undefined],
  ["localhost", undefined],
  ["", undefined],
])("the address %j is %j", (authored, expected) => {
  expect(address(authored)).toBe(expected);
});

test.each([
  ["10.0.0.0/24", "10.0.0.0/24"],
  ["10.0.0.0/33", undefined],
  ["10.0.0.0", undefined],
  ["10.0.0.0/24/1", undefined],
  ["2001:DB8::/64", "2001:db8::/64"],
  ["2001:db8::/129", undefined],
  ["/24", undefined],
])("the subnet %j is %j", (authored, expected) => {
  expect(subnet(authored)).toBe(expected);
});

test.each([
  ["sh -c 'sleep 3600'", ["sh", "-c", "sleep 3600"]],
  ["  a   b  ", ["a", "b"]],
  ['echo "a \\"b\\" $c"', ["echo", 'a "b" $c']],
  ["echo a\\ b", ["echo", "a b"]],
  [`x"y z"'w v'`, ["xy zw v"]],
  ["'a\\b'", ["a\\b"]],
  ['"a\\b"', ["a\\b"]],
  ["''", [""]],
  ["a\nb\tc", ["a", "b", "c"]],
  ["", []],
])("a shell splits %j into %j", (authored, expected) => {
  expect(words(authored)).toEqual(expected);
});

test.each([["echo 'a"], ['echo "a'], ["echo a\\"]])("%j is not closed", (authored) => {
  expect(mistake(() => words(authored))).toContain("is not closed");
});

test.each([
  ["helthcheck", ["healthcheck", "hostname"], "healthcheck"],
  ["enviroment", ["environment", "env_file"], "environment"],
  ["prots", ["ports", "cpus"], "ports"],
  ["Image", ["image"], "image"],
  ["banana", ["image", "ports"], undefined],
  ["x", ["y"], "y"],
  ["wbe", ["web", "web2"], "web"],
])("nearest to %s among %j is %s", (name, candidates, expected) => {
  expect(nearest(name, candidates)).toBe(expected);
});
