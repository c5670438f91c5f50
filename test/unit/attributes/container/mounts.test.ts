import { expect, test } from "vitest";
import { catalogue } from "../../../../src/attributes/catalogue.ts";
import type { Json } from "../../../../src/model/json.ts";
import { config, host, mistake, parse, read } from "../scope.ts";

test.each<[Json, Json]>([
  ["data:/data", { "/data": { type: "volume", source: "shop_data" } }],
  ["data:/data/:ro", { "/data": { type: "volume", source: "shop_data", read_only: true } }],
  ["data:/data:rw,nocopy", { "/data": { type: "volume", source: "shop_data", nocopy: true } }],
  ["/cache", { "/cache": { type: "volume" } }],
  ["/etc/x/:/x//y/../z", { "/x/z": { type: "bind", source: "/etc/x" } }],
  ["./here:/there", { "/there": { type: "bind", source: "/project/here" } }],
  [
    "/a:/b:ro,z,rslave",
    { "/b": { type: "bind", source: "/a", read_only: true, selinux: "z", propagation: "rslave" } },
  ],
  [
    { type: "tmpfs", target: "/t", tmpfs: { size: "8m", mode: 0o1777 } },
    { "/t": { type: "tmpfs", size: 8388608, mode: 0o1777 } },
  ],
  [
    {
      type: "bind",
      source: "./x",
      target: "/b",
      read_only: true,
      bind: { create_host_path: true, propagation: "shared" },
    },
    {
      "/b": {
        type: "bind",
        source: "/project/x",
        read_only: true,
        propagation: "shared",
        create_host_path: true,
      },
    },
  ],
  [
    { type: "volume", source: "data", target: "/d", volume: { nocopy: true } },
    { "/d": { type: "volume", source: "shop_data", nocopy: true } },
  ],
  [{ type: "volume", target: "/d" }, { "/d": { type: "volume" } }],
])("the mount %j is %j", (authored, expected) => {
  expect(parse("volumes", [authored])).toEqual(expected);
});

test.each<[Json[], string]>([
  [["dta:/x"], "`dta` is not among the stack's volumes at 0.source (did you mean `data`?)"],
  [["data:x"], "`x` is not an absolute path inside the container at 0"],
  [["cache"], "`cache` is not an absolute path inside the container at 0"],
  [["data:/x:rx"], "`rx` is no mount option at 0"],
  [["a:b:c:d"], "`a:b:c:d` is no mount at 0"],
  [["data::ro"], "`data::ro` is no mount at 0"],
  [["/x", "data:/x/"], "two mounts have the target /x at 1"],
  [[{ type: "bind", target: "/x" }], "a bind mount needs a `source` at 0"],
])("the mounts %j are refused: %s", (authored, expected) => {
  expect(mistake(() => parse("volumes", authored))?.startsWith(expected)).toBe(true);
});

const ANONYMOUS = "f".repeat(64);

test("both of the engine's forms read as what was asked", () => {
  const json = host({
    Mounts: [
      { Type: "volume", Source: "shop_data", Target: "/data/", ReadOnly: false },
      { Type: "tmpfs", Target: "/t", TmpfsOptions: { SizeBytes: 8 } },
    ],
    Binds: ["/a/:/b:ro,Z", "shop_data:/d2"],
  });
  expect(read("volumes", json)).toEqual({
    "/data": { type: "volume", source: "shop_data" },
    "/t": { type: "tmpfs", size: 8 },
    "/b": { type: "bind", source: "/a/", read_only: true, selinux: "Z" },
    "/d2": { type: "volume", source: "shop_data" },
  });
});

test("an anonymous volume that lives on in a successor is what was asked, or the image's", () => {
  const json = {
    ...host({ Mounts: [{ Type: "volume", Source: ANONYMOUS, Target: "/cache" }] }),
    ...config({ Volumes: { "/cache": {} } }),
  };
  expect(read("volumes", json, { want: {} })).toEqual({});
  expect(read("volumes", json, { want: { "/cache": { type: "volume" } } })).toEqual({
    "/cache": { type: "volume" },
  });
  const named = { "/cache": { type: "volume", source: "shop_data" } };
  expect(read("volumes", json, { want: named })).toEqual({
    "/cache": { type: "volume", source: ANONYMOUS },
  });
});

test("a replacement gets the old container's anonymous volumes", () => {
  const oldContainer = { Mounts: [{ Type: "volume", Name: ANONYMOUS, Destination: "/cache" }] };
  const sent = catalogue.container.volumes.docker?.toEngine(
    { "/cache": { type: "volume" } },
    { api: "1.51", spec: {}, oldContainer },
  );
  expect(sent).toEqual({
    HostConfig: { Mounts: [{ Type: "volume", Target: "/cache", Source: ANONYMOUS }] },
  });
});

test("tmpfs takes options after a colon", () => {
  expect(parse("tmpfs", ["/run/:size=8m,mode=755", "/cache"])).toEqual({
    "/run": "size=8m,mode=755",
    "/cache": "",
  });
  expect(read("tmpfs", host({ Tmpfs: null }))).toEqual({});
});
