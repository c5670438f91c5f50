import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { record, text } from "../../src/attributes/values/json.ts";
import { pinned } from "../../src/language/pins.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { ObservedState } from "../../src/model/observed-state.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Resource, Stack } from "../../src/model/stack.ts";
import { plan, planDestroy } from "../../src/planning/plan.ts";
import { planDocument } from "../../src/render/json/plan.ts";
import { planSchema } from "../../src/render/json/plan-schema.ts";
import { readSaved, writeSaved } from "../../src/render/json/saved-plan.ts";
import { digest, understand } from "../support/fixtures/stackfile.ts";
import { unsound } from "../support/generators/soundness.ts";
import { IMAGES } from "../support/simulator/images.ts";
import { observed, policyOf } from "../support/simulator/reconcile.ts";
import { print } from "./format-plan.ts";
import { type Loaded, type Scene, staged } from "./scene.ts";

/*
 * One folder a case: a simulated engine is staged (`case.json`, `before*.yaml`), and `stack.yaml`
 * is planned against it. UPDATE_GOLDEN=1 rewrites each `plan.txt`, to be reviewed by eye.
 */
const CASES = join(import.meta.dirname, "cases");
const rewriting = process.env.UPDATE_GOLDEN === "1";

interface Case {
  readonly name: string;
  readonly folder: string;
  readonly scene: Scene;
}

const cases = readdirSync(CASES)
  .flatMap((group) => readdirSync(join(CASES, group)).map((name) => join(group, name)))
  .sort()
  .map((name): Case => {
    const folder = join(CASES, name);
    return { name, folder, scene: JSON.parse(readFileSync(join(folder, "case.json"), "utf8")) };
  });

function loaded(folder: string, file: string): Loaded {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const files = names.map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]);
  const source = readFileSync(join(folder, file), "utf8");
  return understand(source, { files: Object.fromEntries(files) });
}

/** The stack with what the commands read of other files before they plan. */
function supplied(
  stack: Stack,
  { locked = {}, files = {} }: Pick<Scene, "locked" | "files">,
): Stack {
  const pins = Object.entries(locked).map(([reference, digest]) => [
    reference,
    { digest, platforms: [], locked: "2026-01-01" },
  ]);
  const resources = pinned(stack, Object.fromEntries(pins)).resources.map((resource): Resource => {
    const held = files[resource.name];
    if (resource.kind !== "image" || held === undefined) return resource;
    if (resource.build)
      return {
        ...resource,
        build: { ...resource.build, sources: { dockerfile: held, context: held } },
      };
    if (resource.spec.rootfs !== undefined)
      return { ...resource, content: { from: "rootfs", digest: held } };
    const ids = [text(IMAGES[held]?.Id)];
    return { ...resource, content: { from: "archive", ids, essences: [] } };
  });
  return { ...stack, resources };
}

interface Planned {
  readonly stack: Stack;
  readonly made: Plan;
  readonly seen: ObservedState;
}

async function planned({ folder, scene }: Case): Promise<Planned> {
  const befores = readdirSync(folder).filter((file) => file.startsWith("before"));
  const engine = await staged(
    scene,
    befores.sort().map((file) => {
      const { stack, secrets } = loaded(folder, file);
      return { stack: supplied(stack, { files: scene.filesBefore ?? {} }), secrets };
    }),
  );
  const { stack: written, secrets } = loaded(folder, "stack.yaml");
  const stack = supplied(written, scene);
  const seen = await observed(engine, stack, secrets);
  const { allowDataLoss = [], unprotect = [], targets = [], replacing = [] } = scene;
  const policy = policyOf({ secrets, allowDataLoss, unprotect, targets, replacing });
  const { destroy, volumes = false, plugins = false } = scene;
  const made = destroy
    ? planDestroy(stack, seen, { ...policy, volumes, plugins })
    : plan(stack, seen, policy);
  return { stack, made, seen };
}

/** Each case is planned once, by whichever test asks first. */
const plans = new Map<Case, Promise<Planned>>();

function planOf(one: Case): Promise<Planned> {
  const known = plans.get(one) ?? planned(one);
  plans.set(one, known);
  return known;
}

const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false });
const fits = ajv.compile(planSchema);

/** What is saved with a plan; no plan depends on it. */
const INPUTS = { folder: "/stack", files: [], variableFiles: [], variables: {}, sensitive: [] };

test.each(cases)("the plan of $name is as reviewed: $scene.about", async (one) => {
  const { stack, made, seen } = await planOf(one);
  const file = join(one.folder, "plan.txt");
  const printed = print(made, one.scene);
  if (rewriting) writeFileSync(file, printed);
  expect(printed).toBe(readFileSync(file, "utf8"));
  expect(unsound(made, seen)).toEqual([]);
  fits(JSON.parse(JSON.stringify(planDocument(made))));
  expect(fits.errors ?? []).toEqual([]);
  const saved = { inputs: INPUTS, stack, plan: made };
  expect(readSaved(writeSaved(saved, digest), digest)).toEqual(JSON.parse(JSON.stringify(saved)));
});

test("each operation of the plan schema is a step of some golden plan", async () => {
  const { oneOf } = record(record(planSchema.$defs).step) as { oneOf: readonly JsonObject[] };
  const operations = oneOf.map(({ properties }) => record(record(properties).operation).const);
  expect(operations.length).toBeGreaterThan(20);
  const all = await Promise.all(cases.map(planOf));
  const used = new Set(
    all.flatMap(({ made }) => [...made.steps, ...made.rollback]).map((step) => step.operation),
  );
  expect(operations.filter((operation) => !used.has(operation as never))).toEqual([]);
});
