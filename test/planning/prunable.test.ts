import { expect, test } from "vitest";
import type { Resource } from "../../src/model/stack.ts";
import { prunable } from "../../src/planning/prunable.ts";

const image = (name: string, tags: string[] = []): Resource => ({
  ...{ address: `image.${name}`, kind: "image", key: name, name, needs: [] },
  spec: { source: name, tags },
});
const listed = (Id: string, Created: number, RepoTags: string[] | null, Size = 10) => ({
  ...{ Id: `sha256:${Id}`, Created, RepoTags, Size },
});
const stack = { name: "shop", resources: [image("acme/app:5", ["reg.example.com/app:5"])] };
const ENGINE = [
  listed("5", 50, ["acme/app:5", "reg.example.com/app:5"]),
  listed("4", 40, ["docker.io/acme/app:4"]),
  listed("3", 30, ["acme/app:3"]),
  listed("2", 20, ["acme/app:2", "reg.example.com/app:2"]),
  listed("o", 10, ["other/app:1"]),
  listed("d", 10, ["<none>:<none>"]),
  listed("e", 10, null),
  listed("f", 10, []),
];
const names = (used: readonly string[], keep: number) =>
  prunable(stack, ENGINE, new Set(used), keep).map(({ image: name }) => name);

test.each<[string, readonly string[], number, readonly string[]]>([
  [
    "what has no name, and earlier ones but for the newest of each repository",
    ["sha256:5"],
    1,
    ["sha256:d", "sha256:e", "sha256:f", "acme/app:3", "acme/app:2"],
  ],
  [
    "none of what a container uses",
    ["sha256:3", "sha256:d", "sha256:e", "sha256:f", "acme/app:2"],
    0,
    ["docker.io/acme/app:4"],
  ],
  ["as many are kept as is asked", ["sha256:d", "sha256:e", "sha256:f"], 3, []],
])("prune takes %s", (_, used, keep, goes) => {
  expect(names(used, keep)).toEqual(goes);
});
