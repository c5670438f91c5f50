import { expect, test } from "vitest";
import { pushedNames } from "../../../../src/attributes/image/digests.ts";
import type { Resource } from "../../../../src/model/stack.ts";

const image = (spec: Resource["spec"], more: Partial<Resource> = {}): Resource => ({
  ...{ address: "image.app", kind: "image", key: "app", name: "r.io/app:1" },
  ...{ spec, needs: [], ...more },
});
const tags = ["r.io/app:latest", "r.io/app:1"];

test.each<[string, Resource, readonly string[]]>([
  ["is pulled", image({ tags }), tags],
  ["is pulled, and has no tags", image({}), []],
  ["is built", image({}, { build: { asked: { context: "/" }, bases: [] } }), ["r.io/app:1"]],
  [
    "is built, and has tags",
    image({ tags }, { build: { asked: { context: "/" }, bases: [] } }),
    ["r.io/app:1", "r.io/app:latest"],
  ],
  ["is loaded", image({ archive: "/a.tar" }), ["r.io/app:1"]],
  ["is imported", image({ rootfs: "/a.tar" }), ["r.io/app:1"]],
])("what %s is pushed under its names", (_, resource, names) =>
  expect(pushedNames(resource)).toEqual(names),
);
