import { expect, test } from "vitest";
import { laterVersions } from "../../../../src/attributes/values/tag-versions.ts";

test.each([
  ["1.36", ["1.35", "1.36", "1.37", "1.9", "1.100"], ["1.100", "1.37"]],
  ["1.36", ["1.37.0", "2", "v1.37", "1.37-alpine", "1.37-rc1"], []],
  ["1.36-alpine", ["1.37-alpine", "1.37", "1.37-slim"], ["1.37-alpine"]],
  ["v1.2.3", ["v1.2.10", "v2.0.0", "1.9.9"], ["v2.0.0", "v1.2.10"]],
  ["17", ["18", "9"], ["18"]],
  ["latest", ["1", "2"], []],
])("after %s of %j come %j", (tag, tags, later) => {
  expect(laterVersions(tag, tags)).toEqual(later);
});
