import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ObservedState } from "../../src/model/observed-state.ts";
import { plan } from "../../src/planning/plan.ts";
import { understand } from "../support/fixtures/stackfile.ts";
import { unsound } from "../support/generators/soundness.ts";
import { policyOf } from "../support/simulator/reconcile.ts";
import { print } from "./format-plan.ts";
import { recordedCases } from "./recorded.ts";

test.each(recordedCases)(
  "the plan for what engine $engine told of $name is as reviewed: $about",
  ({ read, path }) => {
    const { stack, secrets } = understand(read("stack.yaml") ?? "");
    const seen = JSON.parse(read("observed.json") ?? "") as ObservedState;
    const made = plan(stack, seen, policyOf({ secrets }));
    const printed = print(made);
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(path("plan.txt"), printed);
    else expect(printed).toBe(read("plan.txt"));
    expect(unsound(made, seen)).toEqual([]);
  },
);
