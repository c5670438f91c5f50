import type { ApplyEvent, StepProgress } from "../../model/events.ts";
import type { Plan, Step } from "../../model/plan.ts";
import type { Address } from "../../model/stack.ts";
import { phrase } from "../words/steps.ts";

type State = "waiting" | "running" | "done" | "failed" | "skipped";

/** How far the work on one object has come. */
export interface Task {
  readonly address: Address;
  readonly state: State;
  readonly steps: number;
  readonly ended: number;
  /** Steps that run now, oldest first, with the time at which each began. */
  readonly running: ReadonlyMap<number, { readonly step: Step; readonly since: number }>;
  readonly advance?: StepProgress;
  /** First moment and bytes of a transfer, from which its rate follows. */
  readonly transfer?: { readonly since: number; readonly from: number; readonly rate: number };
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Why it failed or was skipped. */
  readonly message?: string;
  readonly hint?: string;
  /** The last that the container or command wrote that failed. */
  readonly lines?: readonly string[];
  /** `going`: what ran before is being brought back; then whether it runs as it did. */
  readonly back?: "going" | "whole" | "broken";
  /** What is so once it is rolled back: the old container runs, or is there, or it is down. */
  readonly before: "runs" | "there" | "down";
  /** Milliseconds for which it did not serve. */
  readonly downtime?: number;
}

/** All that the events of a run have told so far: the one place where they are added up. */
export interface Progress {
  readonly tasks: ReadonlyMap<Address, Task>;
  /** Ids of the steps that only lead back. */
  readonly rollbackIds: ReadonlySet<number>;
  readonly warnings: readonly { readonly address: Address; readonly message: string }[];
}

export function waiting(plan: Plan): Progress {
  const tasks = new Map<Address, Task>();
  for (const { address } of plan.steps) {
    const steps = (tasks.get(address)?.steps ?? 0) + 1;
    const task = {
      address,
      state: "waiting",
      steps,
      ended: 0,
      running: new Map(),
    } as const;
    tasks.set(address, { ...task, before: "there" });
  }
  for (const [target, task] of tasks) {
    const own = plan.steps.filter((step) => step.address === target);
    const isJob = own.some(
      (step) => step.operation === "container.wait" && step.condition === "completed",
    );
    if (!isJob && own.some((step) => step.operation === "container.start"))
      tasks.set(target, { ...task, before: "runs" });
  }
  return { tasks, rollbackIds: new Set(plan.rollback.map(({ id }) => id)), warnings: [] };
}

export function reduce(progress: Progress, event: ApplyEvent): Progress {
  if (event.type === "started" || event.type === "finished") return progress;
  const target = "step" in event ? event.step.address : event.address;
  if (event.type === "warning") {
    const warning = { address: target, message: event.message };
    return { ...progress, warnings: [...progress.warnings, warning] };
  }
  const task = progress.tasks.get(target);
  if (!task) throw new Error(`an event names ${target}, which the plan does not`);
  return { ...progress, tasks: new Map(progress.tasks).set(target, after(task, event, progress)) };
}

function after(
  task: Task,
  event: Exclude<ApplyEvent, { type: "started" | "finished" | "warning" }>,
  { rollbackIds }: Progress,
): Task {
  switch (event.type) {
    case "downtime":
      return { ...task, downtime: (task.downtime ?? 0) + event.ms };
    case "rolled_back":
      return {
        ...{ ...task, back: event.complete ? "whole" : "broken", endedAt: event.at },
        ...(event.stopped && { before: "down" }),
      };
    default:
      return rollbackIds.has(event.step.id) ? goingBack(task, event) : next(task, event);
  }
}

/** The steps that lead back are told of, and change nothing about what has failed. */
function goingBack(task: Task, event: Exclude<StepEvent, { type: "warning" }>): Task {
  const { step, at } = event;
  const running = new Map(task.running);
  if (event.type === "step_started") running.set(step.id, { step, since: at });
  else if (event.type !== "step_progress") running.delete(step.id);
  const worse =
    event.type === "step_failed"
      ? { state: "failed" as const, message: messageOf(task, event) }
      : {};
  return { ...task, ...worse, running, back: "going" };
}

function messageOf(task: Task, { step, message }: Extract<ApplyEvent, { type: "step_failed" }>) {
  const told = `and ${phrase(step).running} during the rollback failed: ${message}`;
  return task.message === undefined ? told : `${task.message}; ${told}`;
}

type StepEvent = Extract<ApplyEvent, { step: Step }>;

function next(task: Task, event: Exclude<StepEvent, { type: "warning" }>): Task {
  const { step, at } = event;
  switch (event.type) {
    case "step_started": {
      const running = new Map(task.running).set(step.id, { step, since: at });
      return {
        ...task,
        state: worst(task.state, "running"),
        running,
        startedAt: task.startedAt ?? at,
      };
    }
    case "step_progress":
      return { ...task, advance: event.progress, ...transferOf(task, event.progress, at) };
    case "step_completed":
      return ended(task, step, at, "done");
    case "step_failed": {
      const { message, hint, lines } = event;
      const more = { message, ...(hint && { hint }), ...(lines && { lines }) };
      const failed = { ...ended(task, step, at, "failed"), ...more };
      return step.onFailure ? turning(failed) : failed;
    }
    case "step_skipped": {
      // To look whether it is ready would have changed nothing; a job that runs on is not done.
      if (step.operation === "container.wait" && step.condition !== "completed" && !step.onSkip)
        return ended(task, step, at, "done");
      const left = { ...ended(task, step, at, "skipped"), message: task.message ?? event.reason };
      return step.onSkip && task.startedAt !== undefined ? turning(left) : left;
    }
  }
}

/** The rollback follows, though none of its steps has begun. */
const turning = (task: Task): Task => ({ ...task, back: task.back ?? "going" });

/** A failure outweighs all, and what was left out outweighs what was done. */
const WEIGHT: Readonly<Record<State, number>> = {
  waiting: 0,
  running: 1,
  done: 1,
  skipped: 2,
  failed: 3,
};

function worst(before: State, now: State): State {
  return WEIGHT[now] >= WEIGHT[before] ? now : before;
}

function ended(task: Task, step: Step, at: number, state: "done" | "failed" | "skipped"): Task {
  const running = new Map(task.running);
  running.delete(step.id);
  const count = task.ended + 1;
  const over = count >= task.steps;
  // Between two steps an object is still being worked on.
  const shown = state === "done" && !over ? "running" : state;
  const { advance: _advance, transfer: _transfer, ...rest } = task;
  const at_ = over ? { endedAt: at } : {};
  return { ...rest, running, ended: count, state: worst(task.state, shown), ...at_ };
}

function transferOf(
  task: Task,
  advance: StepProgress,
  at: number,
): Pick<Task, "transfer"> | object {
  const { current } = advance;
  if (current === undefined) return {};
  const { since, from } = task.transfer ?? { since: at, from: current };
  const seconds = (at - since) / 1000;
  const rate = seconds > 0 ? Math.max(0, (current - from) / seconds) : 0;
  return { transfer: { since, from, rate } };
}

/** The step that has been running longest, in words. */
export function doing(task: Task): string | undefined {
  const [first] = task.running.values();
  return first && phrase(first.step).running;
}

/** Objects whose work did not come to its end: never begun, left in the middle, failed. */
export function remaining(progress: Progress): Address[] {
  return [...progress.tasks.values()]
    .filter(({ state }) => state !== "done")
    .map(({ address }) => address);
}

const BACK = {
  runs: ["it runs as it did before", "it may not run as it did before"],
  there: ["it is as it was before", "it may not be as it was before"],
  down: ["it is stopped, and the next apply starts it", "it may still run"],
} as const;

/** What is so after an object has gone back, well or not, as a clause. */
export const backText = ({ before }: Task, whole: boolean): string => BACK[before][whole ? 0 : 1];
