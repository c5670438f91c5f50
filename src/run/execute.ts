import PQueue from "p-queue";
import { redact } from "../attributes/sensitive.ts";
import type { Engine } from "../engine/engine.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { Outcome, RunEvent } from "../model/run.ts";
import type { Secrets } from "../model/stack.ts";

export interface Execution {
  readonly secrets: Secrets;
  /** Engine operations at once. */
  readonly concurrency: number;
  /** Aborted: what runs is finished, nothing new is begun. */
  readonly signal: AbortSignal;
  /** Deadline of each `await` step, in milliseconds. */
  readonly waitTimeout: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** An error in words. */
  describe(error: unknown): { readonly message: string; readonly hint?: string };
  emit(event: RunEvent): void;
}

export interface Summary {
  readonly outcome: Outcome;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
}

type State = "waiting" | "running" | "done" | "failed" | "skipped";

/**
 * Walks a plan: each step begins when its predecessors have succeeded. After a failure no further
 * object is touched, but what has begun on an object is brought to its end, since an object left
 * between two steps may be one that is down. Decides nothing else. Never throws.
 */
export async function execute(plan: Plan, engine: Engine, options: Execution): Promise<Summary> {
  const { emit, now, signal } = options;
  const began = now();
  const states = new Map<number, State>(plan.steps.map(({ id }) => [id, "waiting"]));
  const begun = new Set<string>();
  const queue = new PQueue({ concurrency: options.concurrency });
  const dependents = dependentsOf(plan.steps);
  const finished = Promise.withResolvers<void>();
  const optional = new Set(plan.steps.flatMap(({ afterEnd }) => afterEnd ?? []));
  let running = 0;
  let halted = false;
  emit({ type: "begun", at: began, plan });

  const settle = (step: Step, state: State): void => {
    states.set(step.id, state);
    // Who may fail (`required: false`) holds nobody up.
    if (state === "failed" && !optional.has(step.id)) halted = true;
  };
  const skip = (step: Step, why: string): void => {
    settle(step, "skipped");
    emit({ type: "step skipped", at: now(), step, why });
  };
  const advance = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (states.get(step.id) !== "waiting") continue;
      const verdict = judge(step, states);
      if (verdict === "wait") continue;
      if (verdict === "skip") skip(step, "a step before it did not succeed");
      else if (signal.aborted) skip(step, "interrupted");
      else if (halted && !begun.has(step.target)) skip(step, "another step failed");
      else launch(step);
      if (states.get(step.id) === "skipped") advance(dependents.get(step.id) ?? []);
    }
  };
  const launch = (step: Step): void => {
    states.set(step.id, "running");
    running++;
    const task = async (): Promise<void> => {
      if (signal.aborted) return skip(step, "interrupted");
      if (halted && !begun.has(step.target)) return skip(step, "another step failed");
      begun.add(step.target);
      settle(step, await run(step, engine, options));
    };
    // Waiting costs the engine nothing, so it takes no place in the queue.
    const ended = step.do === "await" ? task() : queue.add(task);
    const next = () => {
      running--;
      advance(dependents.get(step.id) ?? []);
      if (running === 0) finished.resolve();
    };
    ended.then(next).catch(finished.reject);
  };

  advance(plan.steps);
  if (running > 0) await finished.promise;
  const count = (state: State): number =>
    [...states.values()].filter((each) => each === state).length;
  const failed = count("failed");
  const summary: Summary = {
    outcome:
      failed > 0 ? "failed" : signal.aborted && count("skipped") > 0 ? "interrupted" : "done",
    done: count("done"),
    failed,
    skipped: count("skipped"),
  };
  emit({ type: "ended", at: now(), ms: now() - began, ...summary });
  return summary;
}

/** By the id of a step: the steps that wait for it. */
function dependentsOf(steps: readonly Step[]): ReadonlyMap<number, readonly Step[]> {
  const dependents = new Map<number, Step[]>();
  for (const step of steps) {
    for (const id of [...step.after, ...(step.afterEnd ?? [])]) {
      const known = dependents.get(id);
      if (known) known.push(step);
      else dependents.set(id, [step]);
    }
  }
  return dependents;
}

function judge(step: Step, states: ReadonlyMap<number, State>): "go" | "wait" | "skip" {
  const after = step.after.map((id) => states.get(id));
  if (after.some((state) => state === "failed" || state === "skipped")) return "skip";
  const ended = (step.afterEnd ?? []).map((id) => states.get(id));
  const open = ended.some((state) => state === "waiting" || state === "running");
  return !open && after.every((state) => state === "done") ? "go" : "wait";
}

/** Reads may be cut off by an interrupt; a change, once sent, is awaited. */
const CUTTABLE: ReadonlySet<Step["do"]> = new Set(["pull", "await"]);

async function run(step: Step, engine: Engine, options: Execution): Promise<State> {
  const { emit, now, secrets, signal, waitTimeout } = options;
  const began = now();
  emit({ type: "step started", at: began, step });
  try {
    await engine.perform(step, {
      secrets,
      waitTimeout,
      signal: CUTTABLE.has(step.do) ? signal : new AbortController().signal,
      advance: (progress) => emit({ type: "step advanced", at: now(), step, advance: progress }),
      warn: (message) =>
        emit({ type: "warning", at: now(), step, message: redact(message, secrets) }),
    });
    emit({ type: "step done", at: now(), step, ms: now() - began });
    return "done";
  } catch (error) {
    if (signal.aborted && CUTTABLE.has(step.do)) {
      emit({ type: "step skipped", at: now(), step, why: "interrupted" });
      return "skipped";
    }
    const { message, hint } = options.describe(error);
    const words = { message: redact(message, secrets), ...(hint ? { hint } : {}) };
    emit({ type: "step failed", at: now(), step, ms: now() - began, ...words });
    return "failed";
  }
}
