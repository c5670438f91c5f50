import { defineConfig } from "vitest/config";
import { Skips } from "./test/support/fixtures/skips.ts";

/** A file that gets the results, as the continuous integration counts them. */
const results = process.env.STACK_TEST_RESULTS;

/** `npm test -- --quick`: what takes long is left out, and a few tests of an engine stand for the rest. */
const quick = process.env.STACK_TEST_QUICK === "1";
const SLOW = [
  "test/properties/**",
  "test/unit/attributes/forms.test.ts",
  "test/unit/cli/{kept,process}.test.ts",
  "test/unit/http/api/{broken,hostile,reads}.test.ts",
  "test/unit/language/compose/compose.test.ts",
  "test/unit/language/schema/carets.test.ts",
  "test/unit/language/yaml/limits.test.ts",
  "test/unit/launch.test.ts",
  "test/unit/planning/told.test.ts",
  "test/unit/system/{output,read}.test.ts",
];
const FEW = [
  "test/engine/apply/saved.test.ts",
  "test/engine/ownership/adopt.test.ts",
  "test/engine/planning/recorded.test.ts",
];

export default defineConfig({
  test: {
    reporters: ["default", new Skips(), ...(results ? ["json"] : [])],
    ...(results && { outputFile: { json: results } }),
    projects: [
      {
        test: {
          name: "pure",
          // Half of the time of the quick ones would be for files to be loaded anew.
          isolate: !quick,
          include: ["test/**/*.test.ts"],
          exclude: ["test/engine/**", ...(quick ? SLOW : [])],
          // For what hangs; a machine that is busy with other work may take long.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "engine",
          include: quick ? FEW : ["test/engine/**/*.test.ts"],
          globalSetup: ["test/support/engine/engine-env.ts"],
          // For what hangs; a machine that is busy with other work may take very long.
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
          // After the pure ones, which are quick and would only compete for the processors.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
