import { describe, expect, test } from "vitest";
import { freshFor, strongestPolicy } from "../../../../src/attributes/image/pull-policy.ts";
import {
  mirrorHost,
  onMirror,
  splitReference,
} from "../../../../src/attributes/values/image-reference.ts";
import { serves } from "../../../../src/attributes/values/platform.ts";

const digest = `sha256:${"0".repeat(64)}`;

describe("a reference in its parts", () => {
  test.each([
    ["busybox", "busybox", "docker.io", "library/busybox", undefined, undefined],
    ["busybox:1.36", "busybox", "docker.io", "library/busybox", "1.36", undefined],
    ["acme/app:1", "acme/app", "docker.io", "acme/app", "1", undefined],
    [
      "docker.io/busybox",
      "docker.io/busybox",
      "docker.io",
      "library/busybox",
      undefined,
      undefined,
    ],
    ["index.docker.io/a/b", "index.docker.io/a/b", "docker.io", "a/b", undefined, undefined],
    ["localhost/a:v1", "localhost/a", "localhost", "a", "v1", undefined],
    ["localhost:5000/a/b", "localhost:5000/a/b", "localhost:5000", "a/b", undefined, undefined],
    ["ghcr.io/a/b:v1", "ghcr.io/a/b", "ghcr.io", "a/b", "v1", undefined],
    [`busybox@${digest}`, "busybox", "docker.io", "library/busybox", undefined, digest],
    [`r:5000/a:v1@${digest}`, "r:5000/a", "r:5000", "a", "v1", digest],
  ])("%s", (text, repository, host, path, tag, pinned) => {
    expect(splitReference(text)).toEqual({
      ...{ repository, host, path },
      ...(tag === undefined ? {} : { tag }),
      ...(pinned === undefined ? {} : { digest: pinned }),
    });
  });

  test("a mirror holds it under the path of its own registry", () => {
    expect(onMirror("m:5000/hub", splitReference("busybox:1"))).toBe("m:5000/hub/library/busybox");
    expect(onMirror("m.example", splitReference("ghcr.io/a/b"))).toBe("m.example/a/b");
  });

  test.each([
    "https://m.example",
    "m.example/",
    "m.example/A",
    "m.example:x",
    "m/a:1",
    "mirror",
    "docker.io",
    "",
  ])("%j is no mirror", (text) => expect(() => mirrorHost(text)).toThrow("is no registry"));
});

test.each([
  ["linux/amd64", "linux/amd64", true],
  ["linux/amd64", "linux/x86_64", true],
  ["linux/arm64", "linux/arm64/v8", true],
  ["linux/arm64/v8", "linux/aarch64", true],
  ["linux/arm/v7", "linux/arm", true],
  ["linux/arm/v6", "linux/arm/v7", false],
  ["linux/amd64", "linux/arm64", false],
  ["windows/amd64", "linux/amd64", false],
])("an image for %s, where %s is asked for: %s", (has, asked, expected) => {
  expect(serves(has, asked)).toBe(expected);
});

test.each([
  ["always", 0],
  ["daily", 86_400_000],
  ["weekly", 604_800_000],
  ["every_12h", 43_200_000],
  ["every_1w2d3h4m5s", (((7 + 2) * 24 + 3) * 60 + 4) * 60_000 + 5000],
  ["missing", undefined],
  ["never", undefined],
])("an image with the policy %s is fresh for %s ms", (policy, expected) => {
  expect(freshFor(policy)).toBe(expected);
});

test.each([
  [[], "missing"],
  [["never", undefined], "never"],
  [["never", "missing"], "missing"],
  [["missing", "weekly", "daily"], "daily"],
  [["every_2h", "daily"], "every_2h"],
  [["daily", "always", "never"], "always"],
])("of %j the strongest is %s", (policies, strongest) => {
  expect(strongestPolicy(policies)).toBe(strongest);
});
