import { expect, test } from "vitest";
import { splitReference } from "../../src/engine/docker/pull.ts";

const digest = `sha256:${"0".repeat(64)}`;

test.each([
  ["busybox", "busybox", "latest"],
  ["busybox:1.36", "busybox", "1.36"],
  ["localhost:5000/a/b", "localhost:5000/a/b", "latest"],
  ["localhost:5000/a/b:v1", "localhost:5000/a/b", "v1"],
  [`busybox@${digest}`, "busybox", digest],
  [`localhost:5000/a:v1@${digest}`, "localhost:5000/a", digest],
])("%s is pulled as a repository and one tag, never as all of them", (name, fromImage, tag) => {
  expect(splitReference(name)).toEqual({ fromImage, tag });
});
