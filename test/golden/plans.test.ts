import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { text } from "../../src/attributes/values/json.ts";
import { load } from "../../src/language/load.ts";
import { pinned } from "../../src/language/pins.ts";
import type { ObservedState } from "../../src/model/observed-state.ts";
import type { Resource, Stack } from "../../src/model/stack.ts";
import { plan, planDestroy } from "../../src/planning/plan.ts";
import { unsound } from "../support/generators/soundness.ts";
import { IMAGES } from "../support/simulator/images.ts";
import { observed, policyOf } from "../support/simulator/reconcile.ts";
import { type Loaded, type Scene, staged } from "../unit/planning/scene.ts";
import { print } from "./format-plan.ts";

/*
 * One folder a case: `stack.yaml` and `observed.json` give `plan.txt`. UPDATE_GOLDEN=1 stages the
 * engine anew (`case.json`, `before*.yaml`) and rewrites both results, to be reviewed by eye.
 */
const CASES = join(import.meta.dirname, "cases");
const casesOf = (group: string): string[] =>
  readdirSync(join(CASES, group)).map((name) => join(group, name));
const rewriting = process.env.UPDATE_GOLDEN === "1";

function loaded(folder: string, name: string): Loaded {
  const result = load({
    read: (path) => (existsSync(path) ? readFileSync(path) : undefined),
    files: [join(folder, name)],
    cwd: folder,
    home: "/home/me",
    env: {},
    variables: [],
    variableFiles: [],
  });
  if (!result.stack) throw new Error(JSON.stringify(result.diagnostics, undefined, 2));
  return { stack: result.stack, secrets: result.secrets };
}

function supplied(stack: Stack, { files = {} }: Scene): Stack {
  const resources = stack.resources.map((resource): Resource => {
    const held = files[resource.name];
    if (resource.kind !== "image" || held === undefined) return resource;
    if (resource.spec.rootfs !== undefined)
      return { ...resource, content: { from: "rootfs", digest: held } };
    const ids = [text(IMAGES[held]?.Id)];
    return { ...resource, content: { from: "archive", ids, essences: [] } };
  });
  return { ...stack, resources };
}

for (const name of readdirSync(CASES).flatMap(casesOf).sort()) {
  const folder = join(CASES, name);
  const scene = JSON.parse(readFileSync(join(folder, "case.json"), "utf8")) as Scene;
  test(`${name}: ${scene.about}`, async () => {
    const { stack: written, secrets } = loaded(folder, "stack.yaml");
    const pins = Object.entries(scene.locked ?? {}).map(([reference, digest]) => [
      reference,
      { digest, platforms: [], locked: "2026-01-01" },
    ]);
    const stack = supplied(pinned(written, Object.fromEntries(pins)), scene);
    if (rewriting) {
      const befores = readdirSync(folder)
        .filter((file) => file.startsWith("before"))
        .sort();
      const engine = await staged(
        scene,
        befores.map((file) => loaded(folder, file)),
      );
      const seen = await observed(engine, stack, secrets);
      writeFileSync(join(folder, "observed.json"), `${JSON.stringify(seen, undefined, 1)}\n`);
    }
    const seen = JSON.parse(readFileSync(join(folder, "observed.json"), "utf8")) as ObservedState;
    const policy = policyOf({
      secrets,
      allowDataLoss: scene.allowDataLoss ?? [],
      unprotect: scene.unprotect ?? [],
      targets: scene.targets ?? [],
      replacing: scene.replacing ?? [],
    });
    const made = scene.destroy
      ? planDestroy(stack, seen, {
          ...policy,
          volumes: scene.volumes === true,
          plugins: scene.plugins === true,
        })
      : plan(stack, seen, policy);
    if (rewriting) writeFileSync(join(folder, "plan.txt"), print(made));
    expect(print(made)).toBe(readFileSync(join(folder, "plan.txt"), "utf8"));
    expect(unsound(made, seen)).toEqual([]);
  });
}
