import { describe, expect, test } from "vitest";
import { pinnable } from "../../../../src/language/pins.ts";
import { loaded, resource, told } from "../support.ts";

const DOCKERFILE = "FROM busybox:1.36\n";
const files = (text: string) => ({
  "stack.yaml": text,
  Dockerfile: DOCKERFILE,
  "web/Dockerfile": DOCKERFILE,
  "web/other": "FROM busybox:1.37\n",
});
const only = { files: ["stack.yaml"] };
const build = (...lines: readonly string[]) =>
  loaded(
    files(
      `name: shop\nsecrets:\n  token: { environment: TOKEN }\nimages:\n  app:\n    build:\n${lines.map((line) => `      ${line}\n`).join("")}`,
    ),
    { ...only, env: { TOKEN: "s3cret", OUTER: "7" } },
  );

test("a container's build needs no name", () => {
  const found = loaded(files("name: shop\ncontainers:\n  web: { build: ./web }\n"), only);
  expect(told(found)).toEqual([]);
  expect(resource(found, "container.web").spec.image).toBe("shop-web");
  expect(resource(found, "image.shop-web")).toMatchObject({
    name: "shop-web",
    spec: { pull: "build" },
    build: {
      asked: { context: "/srv/shop/web", dockerfile: "/srv/shop/web/Dockerfile" },
      bases: ["busybox:1.36"],
    },
  });
  // The base is pulled as any other image is, and can be locked; what is built cannot.
  expect(found.stack && pinnable(found.stack).map(({ name }) => name)).toEqual(["busybox:1.36"]);
});

test("all that can be asked", () => {
  const found = build(
    ...["context: web", "dockerfile: other", "args: [A=1, OUTER, UNSET]", "target: t"],
    ...["labels: { l: x }", "cache_from: [a]", "network: host", "platforms: [linux/amd64]"],
    ...["shm_size: 64m", 'extra_hosts: ["a=1.2.3.4"]', "secrets: [{ source: token, target: id }]"],
    ...["ssh: [default]", "tags: [b:1]", "no_cache: true", "pull: true"],
    ...["additional_contexts: { lib: ../lib, img: docker-image://c:2 }"],
  );
  expect(told(found)).toEqual([]);
  expect(resource(found, "image.app").build).toEqual({
    asked: {
      ...{ context: "/srv/shop/web", dockerfile: "/srv/shop/web/other" },
      ...{ args: { A: "1", OUTER: "7" }, target: "t", labels: { l: "x" }, cache_from: ["a"] },
      ...{ network: "host", platform: "linux/amd64", shm_size: 67108864, tags: ["b:1"] },
      ...{ extra_hosts: ["a:1.2.3.4"], ssh: ["default"], no_cache: true, pull: true },
      secrets: [{ id: "id", content: "\uE000secret.token\uE001" }],
      additional_contexts: { lib: "/srv/lib", img: "docker-image://c:2" },
    },
    bases: ["busybox:1.37", "c:2"],
    modern: "`build.secrets`",
  });
  expect(JSON.stringify([found.stack, found.document])).not.toContain("s3cret");
});

test("a command whose output only a build needs is run too", () => {
  const text = `name: shop
secrets:
  token: { command: [pass, token] }
  other: { command: [pass, other] }
containers:
  web: { build: { context: ., secrets: [token] } }
`;
  const { commands } = loaded(files(text), only);
  expect(commands.map(({ key }) => key)).toEqual(["token"]);
});

test.each([
  ["args: { V: '${password}' }", "⟨'${password}'⟩ `password` is sensitive and cannot be used here"],
  ["args: [password]", "⟨args⟩ the argument `password` stays readable in the image's history, and"],
  [
    "labels: { l: '${password}' }",
    "⟨'${password}'⟩ `password` is sensitive and cannot be used here",
  ],
])("%s is no place for a sensitive value", (line, expected) => {
  const text = `name: shop
variables: { password: { sensitive: true } }
images:
  app:
    build:
      context: .
      ${line}
`;
  const found = loaded(files(text), { ...only, variables: ["password=hunter22"] });
  expect(told(found)).toEqual([expect.stringContaining(expected)]);
  expect(told(found)[0]).toContain("name a secret under `build.secrets`");
});

describe("mistakes", () => {
  test.each<[readonly string[], string]>([
    [
      ["context: .", "cache_to: [x]"],
      "stack.yaml:8:7 ⟨cache_to⟩ `cache_to` is not supported | the engine keeps",
    ],
    [["context: .", "contxt: x"], "stack.yaml:8:7 ⟨contxt⟩ `contxt` is not known"],
    [
      ["context: https://x/y.git"],
      "stack.yaml:7:16 ⟨https://x/y.git⟩ a build from a remote address",
    ],
    [
      ["dockerfile: none"],
      "stack.yaml:6:5 ⟨build⟩ no Dockerfile: none | `dockerfile` names another",
    ],
    [
      ["context: nope"],
      "stack.yaml:7:16 ⟨nope⟩ the build context `nope` does not exist | a folder, relative to",
    ],
    [
      ["context: Dockerfile"],
      "stack.yaml:7:16 ⟨Dockerfile⟩ the build context `Dockerfile` is a file, and not a folder",
    ],
    [["platforms: [linux/amd64, linux/arm64]"], "an engine builds for one platform"],
    [["secrets: [tokn]"], "⟨tokn⟩ `tokn` is not among the stack's secrets | did you mean `token`?"],
    [["tags: [UPPER]"], "⟨UPPER⟩ `UPPER` is no image reference"],
    [["dockerfile: x", 'dockerfile_inline: "FROM a"'], "cannot stand together"],
    [["labels: { stackwright.build: x }"], "begins with a prefix that stack keeps"],
    [
      ["args: { API_TOKEN: x }"],
      "stack.yaml:6:5 ⟨build⟩ warning: the argument `API_TOKEN` stays readable in the image's history",
    ],
    [['dockerfile_inline: "FROM shop-app"'], "the build of shop-app starts from itself"],
  ])("%j", (lines, expected) => {
    const [first, ...others] = told(build(...lines));
    expect(first).toContain(expected);
    expect(others).toEqual([]);
  });

  test.each([
    ["containers: { w: { image: a, pull_policy: build } }", "nothing says how to build a"],
    [
      "containers: { w: { build: ., pull_policy: always } }",
      "shop-w is built here, and never pulled",
    ],
    [
      "images: { w: { platform: linux/arm64, build: { platforms: [linux/amd64] } } }",
      "it is built for linux/amd64 here, and wanted for linux/arm64",
    ],
    [
      "images: { w: { build: ., mirrors: [m.example.com] } }",
      "shop-w is built here, and never pulled",
    ],
    [
      "containers: { w: { build: ., image: x }, v: { build: web, image: x } }",
      "x is built by `containers.w` already",
    ],
  ])("%s", (text, expected) => {
    const lines = told(loaded(files(`name: shop\n${text}\n`), only));
    expect(lines).toEqual([expect.stringContaining(expected)]);
  });
});
