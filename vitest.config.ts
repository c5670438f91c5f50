import { defineConfig } from "vitest/config";
import { Skips } from "./test/support/fixtures/skips.ts";

/** A file that gets the results, as the continuous integration counts them. */
const results = process.env.STACK_TEST_RESULTS;

export default defineConfig({
  test: {
    reporters: ["default", new Skips(), ...(results ? ["json"] : [])],
    ...(results && { outputFile: { json: results } }),
    projects: [
      {
        test: {
          name: "pure",
          include: ["test/**/*.test.ts"],
          exclude: ["test/engine/**"],
          // For what hangs; a machine that is busy with other work may take long.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "engine",
          include: ["test/engine/**/*.test.ts"],
          globalSetup: ["test/support/engine/engine-env.ts"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: 2,
          // After the pure ones, which are quick and would only compete for the processors.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
