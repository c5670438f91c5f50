import { expect, test } from "vitest";
import { addressesOf } from "../../src/planning/address.ts";
import { stackOf } from "../support/stack-of.ts";

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
const of = (...names: readonly string[]) => addressesOf(names, stack, live);

test.each([
  ["container.web", ["container.web", "container.web[2]", "container.web[3]"]],
  ["web", ["container.web", "container.web[2]", "container.web[3]"]],
  ["container.web[1]", ["container.web"]],
  ["container.web[2]", ["container.web[2]"]],
  ["volume.db", ["volume.db"]],
  ["data", ["volume.data"]],
  ["container.old", ["container.old"]],
  ["old", ["container.old"]],
])("%s", (name, addresses) => {
  expect(of(name)).toEqual(addresses);
});

test.each([
  ["db", "db is ambiguous", "Write volume.db or container.db."],
  ["wbe", "the stack has no wbe", "Did you mean web?"],
  ["container.wbe", "the stack has no container.wbe", "Did you mean container.web?"],
  ["container.web[4]", "the stack has no container.web[4]", "Did you mean container.web[2]?"],
])("%s is refused", (name, message, hint) => {
  expect(of("web", name)).toEqual({ message, hint });
});
