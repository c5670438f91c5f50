import { describe, expect, test } from "vitest";
import type { ListedContainer } from "../../../../src/model/observed-state.ts";
import {
  mayLoseData,
  resolveAddresses,
  volumesOf,
} from "../../../../src/planning/context/addresses.ts";
import { stackOf } from "../../../support/fixtures/stackfile.ts";

const image = "busybox:1.36";
const stack = stackOf({
  volumes: { data: {}, db: {} },
  containers: { web: { image, replicas: 3 }, db: { image } },
});
const found = (name: string, owner: string) => ({
  id: name,
  name,
  json: {},
  owner: { stack: "shop", address: owner as "container.x" },
});
const live = { containers: [found("x", "container.old")], networks: [], volumes: [] };
const of = (...names: readonly string[]) => resolveAddresses(names, stack, live);

test.each([
  ["container.web", ["container.web", "container.web[2]", "container.web[3]"]],
  ["web", ["container.web", "container.web[2]", "container.web[3]"]],
  ["container.web[1]", ["container.web"]],
  ["container.web[2]", ["container.web[2]"]],
  ["volume.db", ["volume.db"]],
  ["data", ["volume.data"]],
  ["container.old", ["container.old"]],
  ["old", ["container.old"]],
])("%s names resources of the stack", (name, addresses) => {
  expect(of(name)).toEqual(addresses);
});

describe("the volumes that may lose their data", () => {
  const old = {
    id: "1",
    name: "shop_old",
    owner: { stack: "shop", address: "volume.old" as const },
    json: {},
  };
  const other = {
    id: "2",
    name: "x",
    owner: { stack: "other", address: "volume.x" as const },
    json: {},
  };
  const anonymous = "0f".repeat(32);
  const listed = [{ volumes: [anonymous] }] as unknown as ListedContainer[];
  const volumes = (...names: readonly string[]) =>
    volumesOf(names, stack, { volumes: [old, other], listed });

  test("are named by key, by address, or as on the engine", () => {
    const names = ["data", "volume.data", "shop_data", "old", "volume.old", "shop_old", anonymous];
    expect(volumes(...names)).toEqual(names);
    for (const name of ["data", "volume.data", "shop_data"])
      expect(mayLoseData([name], "volume.data", "shop_data")).toBe(true);
    expect(mayLoseData(["db", "volume.db"], "volume.data", "shop_data")).toBe(false);
  });

  test.each([
    ["dta", "Did you mean data?"],
    ["volume.dat", "Did you mean volume.data?"],
    ["shop_dta", "Did you mean shop_data?"],
    ["container.web", "There are: volume.data, volume.db, volume.old."],
    ["web", "There are: volume.data, volume.db, volume.old."],
    ["x", "There are: volume.data, volume.db, volume.old."],
  ])("do not include %s, which is refused with a hint", (name, hint) => {
    expect(volumes("data", name)).toEqual({ message: `there is no volume ${name}`, hint });
  });
});

test.each([
  ["db", "db is ambiguous", "Write volume.db or container.db."],
  ["wbe", "the stack has no wbe", "Did you mean web?"],
  ["container.wbe", "the stack has no container.wbe", "Did you mean container.web?"],
  ["container.web[4]", "the stack has no container.web[4]", "Did you mean container.web[2]?"],
])("%s is refused", (name, message, hint) => {
  expect(of("web", name)).toEqual({ message, hint });
});
