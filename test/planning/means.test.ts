import { expect, test } from "vitest";
import type { EngineMeans } from "../../src/model/observed.ts";
import type { Resource } from "../../src/model/stack.ts";
import { lacking } from "../../src/planning/means.ts";
import type { Survey } from "../../src/planning/survey.ts";

const MEANS: EngineMeans = {
  cpus: 2,
  runtimes: ["runc", "kata"],
  logDrivers: ["json-file", "loki"],
};

const told = (spec: Resource["spec"], means: EngineMeans | undefined = MEANS) => {
  const world = { observed: { engine: { ...(means && { means }) } } } as unknown as Survey;
  return lacking(world, { address: "container.web", spec } as unknown as Resource).map(
    ({ message, hint }) => `${message} | ${hint}`,
  );
};

test.each([
  [{ cpus: 2.5 }, "`cpus` is 2.5, and the engine has 2 CPUs | give it less"],
  [{ cpuset: "0-2" }, "`cpuset` is 0-2, and the engine has 2 CPUs | they are counted from 0"],
  [{ runtime: "gvisor" }, "the engine has no runtime `gvisor` | it has runc, kata"],
  [
    { logging: { driver: "lokki" } },
    "the engine has no log driver `lokki` | it has json-file, loki",
  ],
])("%j is a conflict where the engine lacks it", (spec, expected) => {
  expect(told(spec)).toEqual([expected]);
});

test.each([
  [{}],
  [{ cpus: 2, cpuset: "0,1", runtime: "kata", logging: { driver: "loki" } }],
  [{ runtime: "io.containerd.runsc.v1" }],
  [{ logging: { driver: "shop_log:latest" } }],
  [{ logging: { "options.tag": "x" } }],
  [{ logging: { driver: "none" } }],
])("%j is none", (spec) => {
  expect(told(spec)).toEqual([]);
});

test("what an engine does not tell is left to it", () => {
  expect(told({ cpus: 99 }, { cpus: 0, runtimes: [], logDrivers: [] })).toEqual([]);
});
