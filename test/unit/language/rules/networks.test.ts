import { describe, expect, test } from "vitest";
import { loaded, told } from "../support.ts";

/** What is said of a stack whose network `n` and whose container `a` have these lines. */
function said(network: string, endpoint = "", more = ""): readonly string[] {
  const text = [
    "name: shop",
    `networks: {n: {${network}}${more}}`,
    "containers:",
    `  a: {image: busybox, networks: {n: {${endpoint}}}}`,
    "",
  ].join("\n");
  return told(loaded(text));
}

const pool = (inside: string): string => `ipam: {config: [{${inside}}]}`;

describe("pools that an engine would refuse", () => {
  test.each([
    [
      "subnet: 10.20.0.7/24",
      "`10.20.0.7/24` is an address in 10.20.0.0/24, and not a subnet | write 10.20.0.0/24",
    ],
    [
      "subnet: 'fd00::7/64'",
      "`fd00::7/64` is an address in fd00::/64, and not a subnet | write fd00::/64",
    ],
    [
      "subnet: 239.1.0.0/16",
      "`239.1.0.0/16` is for multicast: no container can have an address of it",
    ],
    ["subnet: 'ff05::/64'", "`ff05::/64` is for multicast: no container can have an address of it"],
    ["subnet: 10.20.0.0", "`10.20.0.0` is no subnet | for example 10.20.0.0/24"],
    ["subnet: 10.20.0.0/24, gateway: 10.21.0.1", "`10.21.0.1` is not in 10.20.0.0/24"],
    ["subnet: 10.20.0.0/24, gateway: 'fd00::1'", "`fd00::1` is not in 10.20.0.0/24"],
    [
      "subnet: 10.20.0.0/24, gateway: 10.20.0.0",
      "`10.20.0.0` is the address of the network 10.20.0.0/24 itself",
    ],
    [
      "subnet: 10.20.0.0/24, gateway: 10.20.0.255",
      "`10.20.0.255` is the broadcast address of 10.20.0.0/24",
    ],
    ["subnet: 10.20.0.0/24, gateway: 010.20.0.1", "`010.20.0.1` is no IP address"],
    ["subnet: 10.20.0.0/24, ip_range: 10.21.0.0/25", "`10.21.0.0/25` is not within 10.20.0.0/24"],
    ["subnet: 10.20.0.0/24, ip_range: 10.20.0.0/16", "`10.20.0.0/16` is not within 10.20.0.0/24"],
    [
      "subnet: 10.20.0.0/24, ip_range: 10.20.0.130/25",
      "`10.20.0.130/25` is an address in 10.20.0.128/25, and not a subnet | write 10.20.0.128/25",
    ],
    ["subnet: 10.20.0.0/24, aux_addresses: {r: 10.21.0.9}", "`10.21.0.9` is not in 10.20.0.0/24"],
    [
      "subnet: 10.20.0.0/24, gateway: 10.20.0.9, aux_addresses: {r: 10.20.0.9}",
      "`10.20.0.9` is the address of the gateway already",
    ],
    [
      "subnet: 10.20.0.0/24, aux_addresses: {r: 10.20.0.9, s: 10.20.0.9}",
      "`10.20.0.9` is the address of `r` already",
    ],
    [
      "subnet: 10.20.0.0/24}, {subnet: 10.20.0.0/25",
      "10.20.0.0/25 overlaps with 10.20.0.0/24 | an address belongs to one subnet",
    ],
    [
      "subnet: 10.20.0.0/24}, {subnet: 10.20.1.0/24",
      "a network of the driver bridge has one IPv4 subnet, and this one has more | leave one out, or make another network of it",
    ],
  ])("%s", (inside, message) => {
    const all = said(pool(inside));
    expect(all).toHaveLength(1);
    expect(all[0]).toMatch(/^stack\.yaml:2:\d+ ⟨/);
    expect(all[0]).toContain(message);
  });

  test.each([
    [
      "subnet: 10.20.0.0/24, gateway: 10.20.0.254, ip_range: 10.20.0.128/25, aux_addresses: {r: 10.20.0.9}",
    ],
    ["subnet: 10.20.0.0/31, gateway: 10.20.0.1"],
    ["subnet: 240.0.0.0/16"],
    ["subnet: 10.20.0.0/24}, {subnet: 'fd00:20::/64', gateway: 'fd00:20::1'"],
  ])("take %s", (inside) => {
    expect(said(pool(inside))).toEqual([]);
  });

  test("are told all at once", () => {
    const inside = "subnet: 10.20.0.0/24, gateway: 10.21.0.1, ip_range: 10.22.0.0/25";
    expect(said(pool(inside))).toHaveLength(2);
  });

  test("overlap with those of another network of the stack, unless that is external", () => {
    const other = (more: string) => `, m: {${more}}`;
    const message = "10.20.0.128/25 overlaps with 10.20.0.0/24 of the network `n`";
    const clash = other(pool("subnet: 10.20.0.128/25"));
    expect(said(pool("subnet: 10.20.0.0/24"), "", clash)[0]).toContain(message);
    expect(said(pool("subnet: 10.20.0.0/24"), "", other(pool("subnet: 10.20.1.0/24")))).toEqual([]);
    const plugin = other(`driver: weave, ipam: {driver: weave, config: [{subnet: 10.20.0.0/24}]}`);
    expect(said(pool("subnet: 10.20.0.0/24"), "", plugin)).toEqual([]);
  });
});

describe("networks that their containers could not join", () => {
  const three = ", networks: [n]}\n  b: {image: busybox, networks: [n], replicas: 2";
  const of = (inside: string, containers: string) =>
    told(
      loaded(
        `name: shop\nnetworks: {n: {${inside}}}\ncontainers:\n  a: {image: busybox${containers}}\n`,
      ),
    );
  const none = ", network_mode: none";
  const one = ", networks: [n]";
  test.each([
    [pool("subnet: 10.20.0.0/32"), none, "10.20.0.0/32 has no address for a container"],
    [
      pool("subnet: 10.20.0.0/32"),
      one,
      "1 container is to have an address of 10.20.0.0/32, and it has none to give | the gateway has one too: choose a larger subnet",
    ],
    [
      pool("subnet: 10.20.0.0/30"),
      three,
      "3 containers are to have an address of 10.20.0.0/30, and it has only 1 to give",
    ],
    [pool("subnet: 10.20.0.0/29, aux_addresses: {r: 10.20.0.5}"), `${three}, x-n: 1`, undefined],
    [
      pool("subnet: 10.20.0.0/29, aux_addresses: {r: 10.20.0.5, s: 10.20.0.6, t: 10.20.0.4}"),
      three,
      "only 2 to give",
    ],
    [pool("subnet: 10.20.0.0/24, ip_range: 10.20.0.8/31"), one, undefined],
    [pool("subnet: 10.20.0.0/24, ip_range: 10.20.0.0/31"), one, "10.20.0.0/31, and it has none"],
    [
      pool("subnet: 10.20.0.0/24, ip_range: 10.20.0.254/31"),
      one,
      "10.20.0.254/31, and it has none",
    ],
    [
      pool("subnet: 10.20.0.0/24, gateway: 10.20.0.1, ip_range: 10.20.0.9/32"),
      ", networks: {n: {ipv4_address: 10.20.0.7}}}\n  b: {image: busybox, networks: [n]",
      undefined,
    ],
    [
      pool("subnet: 10.20.0.0/24, gateway: 10.20.0.1, ip_range: 10.20.0.9/32"),
      ", networks: {n: {ipv4_address: 10.20.0.9}}}\n  b: {image: busybox, networks: [n]",
      "2 containers are to have an address of 10.20.0.9/32, and it has only 1",
    ],
    [
      `enable_ipv6: true, ${pool("subnet: 'fd00:20::/127'")}`,
      one,
      "1 container is to have an address of fd00:20::/127, and it has none",
    ],
    [
      pool("subnet: 10.20.0.0/30"),
      `${one}}\n  b: {image: busybox, networks: [n], job: true`,
      undefined,
    ],
    [
      pool("subnet: 10.20.0.0/30"),
      `${one}}\n  b: {image: busybox, networks: [n], state: stopped`,
      undefined,
    ],
    [`driver: weave, ipam: {driver: weave, config: [{subnet: 10.20.0.0/32}]}`, one, undefined],
  ])("%s with %s", (inside, containers, message) => {
    const all = of(inside, containers);
    if (message === undefined) return expect(all).toEqual([]);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatch(/^stack\.yaml:2:\d+ ⟨/);
    expect(all[0]).toContain(message);
  });

  test("count who is on the network `default` without a word", () => {
    const all = told(
      loaded(
        `name: shop\nnetworks: {default: {${pool("subnet: 10.20.0.0/30")}}}\ncontainers: {a: {image: busybox}, b: {image: busybox}}\n`,
      ),
    );
    expect(all.join()).toContain("2 containers are to have an address of 10.20.0.0/30");
  });

  const bridge = (name: string) => `driver_opts: {com.docker.network.bridge.name: ${name}}`;
  test.each([
    [bridge("docker0"), "", "docker0 is the bridge of the engine's own network `bridge`"],
    [bridge("br-x"), `, m: {${bridge("br-x")}}`, "br-x is the bridge of the network `n`"],
  ])("%s%s", (network, more, message) => {
    expect(said(network, "", more).join()).toContain(message);
  });
});

describe("fixed addresses that an engine would refuse", () => {
  const whole = pool(
    "subnet: 10.20.0.0/24, aux_addresses: {r: 10.20.0.7}}, {subnet: 'fd00:20::/64'",
  );
  test.each([
    ["ipv4_address: 10.21.0.5", whole, "10.21.0.5 is in no subnet of `n` | that has 10.20.0.0/24"],
    [
      "ipv6_address: 'fd00:21::5'",
      whole,
      "fd00:21::5 is in no subnet of `n` | that has fd00:20::/64",
    ],
    [
      "ipv4_address: 10.20.0.0",
      whole,
      "10.20.0.0 is the address of the network 10.20.0.0/24 itself | choose another address in 10.20.0.0/24",
    ],
    ["ipv4_address: 10.20.0.255", whole, "10.20.0.255 is the broadcast address of 10.20.0.0/24"],
    ["ipv4_address: 10.20.0.7", whole, "10.20.0.7 is reserved for `r`"],
    [
      "ipv4_address: 10.20.0.1",
      whole,
      "10.20.0.1 is what the engine takes for the network's gateway",
    ],
    [
      "ipv6_address: 'fd00:20::1'",
      whole,
      "fd00:20::1 is what the engine takes for the network's gateway",
    ],
    [
      "ipv6_address: 'fd00:20::'",
      whole,
      "fd00:20:: is the address of the network fd00:20::/64 itself",
    ],
    [
      "ipv4_address: 10.20.0.9",
      pool("subnet: 10.20.0.0/24, gateway: 10.20.0.9"),
      "10.20.0.9 is the network's gateway",
    ],
    [
      "ipv4_address: 10.20.0.128",
      pool("subnet: 10.20.0.0/24, ip_range: 10.20.0.128/25"),
      "10.20.0.128 is what the engine takes for the network's gateway",
    ],
    [
      "ipv4_address: 10.20.0.9",
      "",
      "10.20.0.9 cannot be had, since `n` has no IPv4 subnet of the file's choice | give it one: `ipam: {config: [{subnet: 10.20.0.0/24}]}`",
    ],
    [
      "ipv6_address: 'fd00:20::9'",
      pool("subnet: 10.20.0.0/24"),
      "fd00:20::9 cannot be had, since `n` has no IPv6 subnet of the file's choice",
    ],
    ["ipv4_address: 'fd00::1'", whole, "`fd00::1` is no IPv4 address | write it as `ipv6_address`"],
    [
      "ipv6_address: 10.20.0.9",
      whole,
      "`10.20.0.9` is no IPv6 address | write it as `ipv4_address`",
    ],
    ["mac_address: '01:00:5e:00:00:01'", whole, "`01:00:5e:00:00:01` is no MAC address"],
    ["interface_name: a-name-too-long-x", whole, "`a-name-too-long-x` is no name of an interface"],
  ])("%s on {%s}", (endpoint, network, message) => {
    const all = said(network, endpoint);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatch(/^stack\.yaml:4:\d+ ⟨/);
    expect(all[0]).toContain(message);
  });

  test.each([
    ["ipv4_address: 10.20.0.1", pool("subnet: 10.20.0.0/24, gateway: 10.20.0.9")],
    ["ipv4_address: 10.20.0.5", pool("subnet: 10.20.0.0/24, ip_range: 10.20.0.128/25")],
    ["ipv4_address: 10.20.0.9, ipv6_address: 'fd00:20::9'", whole],
    ["ipv4_address: 10.20.0.9", "external: true"],
    ["ipv4_address: 10.20.0.9", "driver: weave, ipam: {driver: weave}"],
  ])("take %s on {%s}", (endpoint, network) => {
    expect(said(network, endpoint)).toEqual([]);
  });

  test("are one container's each", () => {
    const text = (replicas: number, other: string) => `
name: shop
networks: {default: {${pool("subnet: 10.20.0.0/24")}}}
containers:
  a: {image: busybox, replicas: ${replicas}, networks: {default: {ipv4_address: 10.20.0.5}}}
  b: {image: busybox, networks: {default: {ipv4_address: ${other}}}}
`;
    const of = (source: string) => told(loaded(source));
    expect(of(text(1, "10.20.0.6"))).toEqual([]);
    expect(of(text(1, "10.20.0.5"))).toEqual([
      "stack.yaml:6:58 ⟨10.20.0.5⟩ 10.20.0.5 is the address of `a` on `default` already | give one of them another address",
    ]);
    expect(of(text(2, "10.20.0.6"))).toEqual([
      "stack.yaml:5:71 ⟨10.20.0.5⟩ 2 replicas cannot share the address 10.20.0.5 | leave it out, or ask for one replica",
    ]);
  });
});

describe("drivers and their options", () => {
  test.each([
    [
      "driver_opts: {com.docker.network.driver.mtu: abc}",
      "must be a whole number from 68 to 65535, not `abc` | for example 1450",
    ],
    [
      "driver_opts: {com.docker.network.driver.mtu: -1}",
      "must be a whole number from 68 to 65535, not `-1`",
    ],
    [
      "driver_opts: {com.docker.network.driver.mtu: 67}",
      "must be a whole number from 68 to 65535, not `67`",
    ],
    [
      "driver_opts: {com.docker.network.driver.mtu: 70000}",
      "must be a whole number from 68 to 65535",
    ],
    [
      "driver_opts: {com.docker.network.bridge.enable_icc: 'yes'}",
      "must be true or false, not `yes`",
    ],
    [
      "driver_opts: {com.docker.network.bridge.enable_ip_masquerade: x}",
      "must be true or false, not `x`",
    ],
    [
      "driver_opts: {com.docker.network.bridge.host_binding_ipv4: x}",
      "must be an IP address, not `x`",
    ],
    [
      "driver_opts: {com.docker.network.bridge.name: much-too-long-name}",
      "must be a name of at most 15 characters",
    ],
    [
      "driver_opts: {com.docker.network.bridge.gateway_mode_ipv4: x}",
      "must be one of nat, nat-unprotected, routed, isolated, not `x`",
    ],
    [
      "driver: macvlan, driver_opts: {macvlan_mode: x}",
      "must be one of bridge, private, vepa, passthru, not `x`",
    ],
    ["driver: ipvlan, driver_opts: {ipvlan_mode: x}", "must be one of l2, l3, l3s, not `x`"],
    [
      "driver: host",
      "an engine has one network of the driver host, its own | use `network_mode: host` at the container",
    ],
    [
      "driver: 'null'",
      "an engine has one network of the driver null, its own | use `network_mode: none` at the container",
    ],
    ["enable_ipv4: false", "without IPv4 a network needs `enable_ipv6: true`"],
  ])("%s", (network, message) => {
    const all = said(network);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatch(/^stack\.yaml:2:\d+ ⟨/);
    expect(all[0]).toContain(message);
  });

  test.each([
    [
      "driver_opts: {com.docker.network.driver.mtu: 1400, com.docker.network.bridge.enable_icc: true}",
    ],
    ["driver_opts: {com.docker.network.driver.mtu: 0, my.own: option}"],
    ["driver: weave, driver_opts: {com.docker.network.driver.mtu: abc}"],
  ])("take %s", (network) => {
    expect(said(network)).toEqual([]);
  });
});
