import { describe, expect, test } from "vitest";
import {
  BUILD_LABEL,
  buildRecord,
  rebuild,
} from "../../../../src/attributes/image/build-record.ts";
import type { Build, Building, BuildSources } from "../../../../src/model/build.ts";

const SOURCES: BuildSources = {
  dockerfile: "d1",
  context: "c1",
  files: { a: "aaaaaa", b: "bbbbbb", c: "cccccc" },
};
const ASKED: Build = {
  context: "/app",
  dockerfile: "/app/Dockerfile",
  args: { V: "1", API_TOKEN: "x" },
  target: "release",
};
const BASE: Building = { asked: ASKED, bases: ["busybox"], sources: SOURCES };

const asked = (change: Partial<Build>): Building => ({ ...BASE, asked: { ...ASKED, ...change } });
const sources = (change: Partial<BuildSources>): Building => ({
  ...BASE,
  sources: { ...SOURCES, ...change },
});

function image(from: Building, id = "sha256:1") {
  const label = JSON.stringify({ ...buildRecord(from), base: { busybox: id } });
  return { Id: "x", RepoTags: ["app:latest"], Config: { Labels: { [BUILD_LABEL]: label } } };
}

const again = (now: Building, id: string | undefined = "sha256:1") =>
  rebuild(image(BASE), now, () => id);

describe("an image is built again", () => {
  test.each<[string, Building, readonly string[]]>([
    ["never for nothing", BASE, []],
    ["for another Dockerfile", sources({ dockerfile: "d2" }), ["Dockerfile changed"]],
    [
      "for a changed file, which is named",
      sources({ context: "c2", files: { ...SOURCES.files, b: "xxxxxx" } }),
      ["context changed (b)"],
    ],
    [
      "for two",
      sources({ context: "c2", files: { ...SOURCES.files, b: "x", n: "y" } }),
      ["context changed (b and n)"],
    ],
    [
      "for many",
      sources({ context: "c2", files: { a: "x", b: "y", c: "z" } }),
      ["context changed (a and 2 other files)"],
    ],
    [
      "for one that is gone",
      sources({ context: "c2", files: { a: "aaaaaa", b: "bbbbbb" } }),
      ["context changed (1 file removed)"],
    ],
    [
      "for what cannot be named",
      { ...BASE, sources: { dockerfile: "d1", context: "c2" } },
      ["context changed"],
    ],
    ["for an argument", asked({ args: { V: "2", API_TOKEN: "x" } }), ["argument V changed"]],
    ["for a dropped one", asked({ args: { API_TOKEN: "x" } }), ["argument V changed"]],
    ["for a target", asked({ target: "debug" }), ["target changed"]],
    ["for a label", asked({ labels: { a: "b" } }), ["label a changed"]],
    ["for a tag that it lacks", asked({ tags: ["other:1"] }), ["it has no tag other:1"]],
    ["not for a tag that it has", asked({ tags: ["docker.io/library/app"] }), []],
    ["not for a secret", asked({ secrets: [{ id: "a", content: "t" }], ssh: ["default"] }), []],
    ["not for another way to it", asked({ no_cache: true, cache_from: ["x"], context: "/b" }), []],
  ])("%s", (_, now, reasons) => {
    expect(again(now).reasons).toEqual(reasons);
  });

  test("for another base, but not for one that is gone", () => {
    expect(again(BASE, "sha256:2").reasons).toEqual(["base image busybox changed"]);
    expect(rebuild(image(BASE), BASE, () => undefined).reasons).toEqual([]);
  });

  test("when somebody else has made it", () => {
    const { reasons } = rebuild({ Config: { Labels: null } }, BASE, () => "x");
    expect(reasons).toEqual(["it was not built from this stack"]);
  });
});

test("what differs is shown, but for what looks like a secret", () => {
  const { deltas } = again(asked({ args: { V: "2", API_TOKEN: "y" } }));
  expect(deltas).toMatchObject([
    { attribute: "build.args.V", before: "1", after: "2" },
    { attribute: "build.args.API_TOKEN", sensitive: true },
  ]);
  expect(JSON.stringify(deltas)).not.toContain('"y"');
});

test("the record tells no folder of this machine", () => {
  const record = buildRecord(
    asked({ additional_contexts: { lib: "/home/me/lib", x: "docker-image://y" } }),
  );
  expect(JSON.stringify(record)).not.toMatch(/home|\/app/);
  expect(record.asked).toMatchObject({ additional_contexts: { lib: "", x: "docker-image://y" } });
});
