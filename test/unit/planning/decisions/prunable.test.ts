import { expect, test } from "vitest";
import type { Resource } from "../../../../src/model/stack.ts";
import { selectPrunable } from "../../../../src/planning/prune.ts";

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
  selectPrunable(stack, ENGINE, new Set(used), keep).map(({ image: name }) => name);

test("what is named by digest stays where the stack or others name it so", () => {
  const sha = (mark: string) => `sha256:${mark.repeat(64)}`;
  const [mine, pinned, moved, others] = ["1", "2", "3", "4"].map(sha);
  const resources = [image(`acme/app@${mine}`), { ...image("acme/web:1"), digest: pinned ?? "" }];
  const byDigest = (
    Id: string,
    Created: number,
    repository: string,
    digest: string | undefined,
  ) => ({
    ...{ ...listed(Id, Created, null), RepoDigests: [`${repository}@${digest}`] },
  });
  const engine = [
    byDigest("1", 1, "acme/app", mine),
    byDigest("2", 2, "acme/web", pinned),
    byDigest("3", 3, "acme/web", moved),
    byDigest("4", 4, "other/app", others),
    { ...listed("5", 5, ["<none>:<none>"]), RepoDigests: ["<none>@<none>"] },
  ];
  const goes = selectPrunable({ name: "shop", resources }, engine, new Set(), 0);
  expect(goes.map(({ id }) => id)).toEqual(["sha256:5", "sha256:3"]);
  const used = new Set([`acme/web@${moved}`]);
  expect(selectPrunable({ name: "shop", resources }, engine, used, 0)).toHaveLength(1);
});

test("of those that bear one date, the highest tag is the newest", () => {
  const tags = ["acme/app:9", "acme/app:10", "acme/app:8"];
  const engine = tags.map((tag) => listed(tag, 7, [tag]));
  const gone = selectPrunable(stack, engine, new Set(), 1).map(({ image: name }) => name);
  expect(gone).toEqual(["acme/app:9", "acme/app:8"]);
});

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
