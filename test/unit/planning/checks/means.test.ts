import { expect, test } from "vitest";
import { mayMake } from "../../../../src/attributes/container/storage/host-paths.ts";
import type { EngineMeans } from "../../../../src/model/observed-state.ts";
import type { Resource } from "../../../../src/model/stack.ts";
import {
  lackingForNetwork,
  missingPaths,
  missingSupport,
  ofInterfaces,
} from "../../../../src/planning/checks/engine-support.ts";
import type { PlanContext } from "../../../../src/planning/context/context.ts";

const MEANS: EngineMeans = {
  cpus: 2,
  runtimes: ["runc", "kata"],
  logDrivers: ["json-file", "loki"],
  networkDrivers: ["bridge", "macvlan", "weave"],
  manages: false,
};

const told = (spec: Resource["spec"], means: EngineMeans | undefined = MEANS) => {
  const world = { observed: { ...(means && { means }) } } as unknown as PlanContext;
  return missingSupport(world, { address: "container.web", spec } as unknown as Resource).map(
    ({ message, hint }) => `${message} | ${hint}`,
  );
};

test.each([
  [{ cpus: 2.5 }, "`cpus` is 2.5, and the engine has 2 CPUs | give it less"],
  [{ cpuset: "0-2" }, "`cpuset` is 0-2, and the engine has 2 CPUs | they are counted from 0"],
  [{ runtime: "gvisor" }, "the engine has no runtime `gvisor` | it has runc, kata"],
  [
    { logging: { driver: "lokki" } },
    "the engine has no log driver `lokki` | it has json-file, loki",
  ],
])("%j is a conflict where the engine lacks it", (spec, expected) => {
  expect(told(spec)).toEqual([expected]);
});

test.each([
  [{}],
  [{ cpus: 2, cpuset: "0,1", runtime: "kata", logging: { driver: "loki" } }],
  [{ runtime: "io.containerd.runsc.v1" }],
  [{ logging: { driver: "shop_log:latest" } }],
  [{ logging: { "options.tag": "x" } }],
  [{ logging: { driver: "none" } }],
])("%j is no conflict", (spec) => {
  expect(told(spec)).toEqual([]);
});

const toldOfNetwork = (spec: Resource["spec"], means = MEANS, api = "1.51") => {
  const engine = { api, server: "Docker/20.10" };
  const resources = [{ kind: "plugin", name: "shop_own:latest" }];
  const world = { observed: { engine, means }, stack: { resources } } as unknown as PlanContext;
  const network = { address: "network.n", spec } as unknown as Resource;
  return lackingForNetwork(world, network).map(({ message }) => message);
};
const one = (prefix: string) => ({ ipam: { [`subnet ${prefix}`]: {} } });

test.each([
  [{ driver: "no-such" }, ["the engine has no network driver `no-such`"]],
  [
    { driver: "overlay" },
    [
      "a network of the driver `overlay` is made by the manager of a swarm, which the engine is not",
    ],
  ],
  [{}, []],
  [{ driver: "weave" }, []],
  [{ driver: "shop_own" }, []],
])("a network of %j is a conflict where the engine has no such driver", (spec, expected) => {
  expect(toldOfNetwork(spec)).toEqual(expected);
});

test("a driver is left to an engine that tells none, and `overlay` to managers", () => {
  expect(toldOfNetwork({ driver: "x" }, { ...MEANS, networkDrivers: [] })).toEqual([]);
  const networkDrivers = ["overlay"];
  expect(toldOfNetwork({ driver: "overlay" }, { ...MEANS, networkDrivers, manages: true })).toEqual(
    [],
  );
});

test("a network of two addresses is a conflict on engines below 25", () => {
  const refused = "Docker/20.10 makes no network of 10.1.0.0/31, which has no address left";
  expect(toldOfNetwork(one("10.1.0.0/31"), MEANS, "1.41").join()).toContain(refused);
  expect(toldOfNetwork(one("10.1.0.0/31"))).toEqual([]);
  expect(toldOfNetwork(one("10.1.0.0/30"), MEANS, "1.41")).toEqual([]);
});

test("what an engine does not tell is left to it", () => {
  expect(
    told(
      { cpus: 99 },
      {
        ...{ cpus: 0, runtimes: [], logDrivers: [], networkDrivers: [], manages: false },
      },
    ),
  ).toEqual([]);
});

test("a path that is not on the engine's machine is a conflict for whoever needs it there", () => {
  const world = {
    observed: { missingPaths: ["/srv/a", "/dev/b"] },
  } as unknown as PlanContext;
  const spec = {
    volumes: {
      "/1": { type: "bind", source: "/srv/a" },
      "/2": { type: "bind", source: "/srv/a", create_host_path: true },
      "/3": { type: "bind", source: "/srv" },
      "/4": { type: "volume", source: "data" },
    },
    devices: { "/dev/x": { source: "/dev/b", permissions: "rwm" }, "vendor.com/gpu=all": {} },
    driver_opts: { type: "none", o: "ro,bind", device: "/srv/a" },
  };
  const found = missingPaths(world, { address: "container.web", spec } as unknown as Resource);
  expect(found.map(({ message }) => message)).toEqual([
    "`volumes` needs /srv/a, and there is no such path",
    "`devices` needs /dev/b, and there is no such path",
    "`driver_opts` needs /srv/a, and there is no such path",
  ]);
});

test.each([
  ["in a folder that a container writes to", { type: "bind", source: "/srv" }, true],
  ["anywhere, for who writes to all", { type: "bind", source: "/" }, true],
  ["in a folder that is only read", { type: "bind", source: "/srv", read_only: true }, false],
  ["itself, by the engine", { type: "bind", source: "/srv/a", create_host_path: true }, true],
  ["above another that the engine makes", { type: "bind", source: "/srv/a/b", selinux: "z" }, true],
  ["beside another", { type: "bind", source: "/srv/ab", create_host_path: true }, false],
  ["nothing, for who needs it too", { type: "bind", source: "/srv/a" }, false],
])("/srv/a may come to be %s", (_, mount, expected) => {
  expect(mayMake({ volumes: { "/x": mount } }, "/srv/a")).toBe(expected);
});

test("parameters of the kernel and limited devices are looked for on the engine's machine", () => {
  const missing = ["/proc/sys/net/core/foo", "/proc/sys/net/ipv4/conf/default/nope", "/dev/nope"];
  const world = { observed: { missingPaths: missing } } as unknown as PlanContext;
  const spec = {
    sysctls: { "net.core.foo": "1", "net/ipv4/conf/eth0.1/nope": "1", "net.core.somaxconn": "1" },
    blkio_config: { weight: 300, "device_read_bps /dev/nope": 1000 },
  };
  const resource = { address: "container.web", spec } as unknown as Resource;
  expect(missingPaths(world, resource).map(({ message }) => message)).toEqual([
    "`blkio_config` needs /dev/nope, and there is no such path",
    "`sysctls` needs /proc/sys/net/core/foo, and there is no such path",
    "`sysctls` needs /proc/sys/net/ipv4/conf/default/nope, and there is no such path",
  ]);
});

test.each([
  ["1.47", "net.ipv4.conf.eth0.rp_filter", 0],
  ["1.48", "net.ipv4.conf.eth0.rp_filter", 1],
  ["1.48", "net.ipv4.conf.all.rp_filter", 0],
])("with API %s, %s of one interface is %i conflicts", (api, name, count) => {
  const world = { observed: { engine: { api, server: "Docker/28" } } } as unknown as PlanContext;
  const resource = { address: "container.web", spec: { sysctls: { [name]: "1" } } };
  expect(ofInterfaces(world, resource as unknown as Resource)).toHaveLength(count);
});
