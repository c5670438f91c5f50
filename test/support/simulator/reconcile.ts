import { createHash } from "node:crypto";
import { executePlan } from "../../../src/executor/execute.ts";
import type { Summary } from "../../../src/executor/step.ts";
import type { ObservedState } from "../../../src/model/observed-state.ts";
import type { Plan, Step } from "../../../src/model/plan.ts";
import type { Secrets, Stack } from "../../../src/model/stack.ts";
import { type PlanOptions, planDestroy } from "../../../src/planning/plan.ts";
import type { SimulatedEngine } from "./engine.ts";

const digest = (text: string): string =>
  `sha256:${createHash("sha256").update(text).digest("hex")}`;

export function policyOf(options: Partial<PlanOptions> = {}): PlanOptions {
  return { secrets: new Map(), allowDataLoss: [], digest, ...options };
}

const never = new AbortController().signal;

export function observed(
  engine: SimulatedEngine,
  stack: Stack,
  secrets: Secrets,
): Promise<ObservedState> {
  return engine.observe(stack, secrets, never);
}

export async function destruction(
  engine: SimulatedEngine,
  stack: Stack,
  policy: PlanOptions,
  volumes: boolean,
): Promise<Plan> {
  return planDestroy(stack, await observed(engine, stack, policy.secrets), { ...policy, volumes });
}

/** Runs a plan with the real executor. */
export async function carriedOut(
  engine: SimulatedEngine,
  todo: Plan,
  secrets: Secrets,
  options: { readonly concurrency?: number; readonly signal?: AbortSignal } = {},
): Promise<Summary & { readonly errors: readonly string[] }> {
  const errors: string[] = [];
  const summary = await executePlan(todo, engine, {
    secrets,
    concurrency: options.concurrency ?? 1,
    signal: options.signal ?? never,
    waitTimeout: 1000,
    now: () => 0,
    describe: (error) => ({
      code: "refused",
      message: error instanceof Error ? error.message : String(error),
    }),
    emit: (event) => {
      if (event.type === "step_failed") errors.push(`${spell(event.step)}: ${event.message}`);
    },
  });
  return { ...summary, errors };
}

/** A step in a line, for the messages of failing tests. */
export function spell({ id, address, dependsOn, reason, ...work }: Step): string {
  return `${id} ${address} ${JSON.stringify(work)} after ${dependsOn.join(",")} because ${reason}`;
}

/** Runs the steps one at a time in any order that the edges permit: `choose` takes one of the ready. */
export async function anyOrder(
  engine: SimulatedEngine,
  { steps }: Plan,
  secrets: Secrets,
  choose: (ready: number) => number,
): Promise<void> {
  const done = new Set<number>();
  while (done.size < steps.length) {
    const ready = steps.filter(
      ({ id, dependsOn, dependsOnCompletion = [], until = [] }) =>
        !done.has(id) &&
        [...dependsOn, ...dependsOnCompletion, ...until].every((each) => done.has(each)),
    );
    const step = ready[choose(ready.length)];
    if (!step) throw new Error("nothing is ready");
    try {
      await engine.perform(step, { secrets });
    } catch (error) {
      const before = steps.filter(({ id }) => done.has(id)).map(spell);
      throw new Error(
        `${(error as Error).message}\nat ${spell(step)}\nplan:\n${steps.map(spell).join("\n")}\nhad done ${before.length}`,
      );
    }
    done.add(step.id);
  }
}
