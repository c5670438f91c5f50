import { expect, test } from "vitest";
import { load } from "../../../../src/language/load.ts";
import type { JsonObject } from "../../../../src/model/json.ts";
import { told } from "../support.ts";

function images(app: JsonObject) {
  const text = JSON.stringify({ name: "shop", images: { app } });
  return load({
    read: (path) => (path.endsWith(".yaml") ? new TextEncoder().encode(text) : undefined),
    files: ["/shop/stack.yaml"],
    ...{ cwd: "/", home: "/home/me", env: {}, variables: [], variableFiles: [] },
  });
}

test.each<[string, JsonObject, string]>([
  ["both files", { archive: "a", rootfs: "b" }, "not both"],
  [
    "changes of an archive",
    { archive: "a", changes: ["USER x"] },
    "`changes` belong to a `rootfs`",
  ],
  ["a policy", { archive: "a", pull: "always" }, "`pull` has no meaning beside `archive`"],
  ["mirrors", { rootfs: "a", mirrors: ["m.example.com"] }, "`mirrors` has no meaning beside"],
  ["no instruction", { rootfs: "a", changes: ["RUN make"] }, "no instruction that an import takes"],
  [
    "half an instruction",
    { rootfs: "a", changes: ["USER"] },
    "no instruction that an import takes",
  ],
  ["two lines", { rootfs: "a", changes: ["USER x\nLABEL y=z"] }, "no instruction"],
  ["a pull that is pushed back", { push: true }, "needs `tags` to be pushed under"],
  ["a digest for a tag", { tags: [`a@sha256:${"0".repeat(64)}`] }, "is a digest"],
])("an image refuses %s", (_, more, message) => {
  const found = told(images({ source: "a:1", ...more }));
  expect(found).toEqual([expect.stringContaining(message)]);
});

test("an image from a file is never pulled, and its path starts at the stack file", () => {
  const { stack } = images({ source: "a:1", archive: "./a.tar", tags: ["b:2", "b:1"], push: true });
  expect(stack?.resources[0]).toMatchObject({
    spec: { pull: "never", archive: "/shop/a.tar", tags: ["b:1", "b:2"], push: true },
  });
});
