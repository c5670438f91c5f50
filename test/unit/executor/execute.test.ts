import { expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { executePlan } from "../../../src/executor/execute.ts";
import type { ApplyEvent } from "../../../src/model/events.ts";
import type { Plan, Step } from "../../../src/model/plan.ts";

const facts = { endpoint: "unix:///none", server: "None/0", api: "1.41" };

function step(id: number, container: string, after: number[], more: object = {}): Step {
  const common = {
    id,
    address: `container.${container}`,
    dependsOn: after,
    reason: "it is tested",
  } as const;
  return { operation: "container.start", container: { name: container }, ...common, ...more };
}

/** Runs steps on an engine that does what `perform` says; gives what became of each step. */
async function run(
  steps: readonly Step[],
  perform: (step: Step, signal: AbortSignal) => Promise<void>,
  signal = new AbortController().signal,
  concurrency = 8,
  recovery: readonly Step[] = [],
) {
  const engine: Engine = {
    facts,
    observe: () => Promise.reject(new Error("a run observes nothing")),
    perform: (each, context) => perform(each, context.signal),
    close() {},
  };
  const plan: Plan = {
    ...{
      stack: "shop",
      purpose: "apply",
      engine: facts,
      changes: [],
      steps,
      rollback: recovery,
      blocked: [],
    },
    ...{ conflicts: [], unchanged: 0, fingerprint: {}, sensitive: [] },
  };
  const events: ApplyEvent[] = [];
  const summary = await executePlan(plan, engine, {
    secrets: new Map([["password", "hunter22"]]),
    ...{ concurrency, signal, waitTimeout: 1000, now: () => 0 },
    describe: (error) => ({ code: "refused", message: (error as Error).message }),
    emit: (event) => events.push(event),
  });
  const fates = events.flatMap((event) =>
    event.type === "step_completed" || event.type === "step_failed" || event.type === "step_skipped"
      ? [`${event.step.id} ${event.type.slice(5)}`]
      : [],
  );
  return { summary, fates: fates.sort(), events };
}

const failing =
  (...ids: readonly number[]) =>
  async (each: Step) => {
    await Promise.resolve();
    if (ids.includes(each.id)) throw new Error("it is refused");
  };

test("after a failure begun objects are finished, others are left alone", async () => {
  const steps = [
    step(1, "a", []),
    step(2, "b", []),
    step(3, "b", [2]),
    step(4, "b", [3]),
    step(5, "c", [2]),
    step(6, "a", [1]),
  ];
  const { summary, fates } = await run(steps, failing(1));
  expect(summary).toEqual({ outcome: "failed", completed: 3, failed: 1, skipped: 2 });
  expect(fates).toEqual([
    "1 failed",
    "2 completed",
    "3 completed",
    "4 completed",
    "5 skipped",
    "6 skipped",
  ]);
});

test("who may fail holds nobody up, and yet the run has failed", async () => {
  const steps = [
    step(1, "a", []),
    step(2, "b", [], { dependsOnCompletion: [1] }),
    step(3, "c", [2]),
  ];
  const { summary, fates } = await run(steps, failing(1));
  expect(fates).toEqual(["1 failed", "2 completed", "3 completed"]);
  expect(summary.outcome).toBe("failed");
});

test("an interrupt lets a change end, cuts a wait, and begins nothing new", async () => {
  const interrupt = new AbortController();
  const wait = { operation: "container.wait", condition: "healthy" };
  const steps = [step(1, "a", []), step(2, "a", [1]), step(3, "b", [], wait)];
  const { summary, fates } = await run(
    steps,
    async ({ id }, signal) => {
      if (id === 1) setTimeout(() => interrupt.abort(), 5);
      if (id === 1) return void (await new Promise((resolve) => setTimeout(resolve, 20)));
      await new Promise((_, reject) => signal.addEventListener("abort", reject));
    },
    interrupt.signal,
  );
  expect(fates).toEqual(["1 completed", "2 skipped", "3 skipped"]);
  expect(summary.outcome).toBe("interrupted");
});

test("who waits takes no place in the queue", async () => {
  const wait = { operation: "container.wait", condition: "healthy" };
  const steps = [step(1, "a", [], wait), step(2, "b", [])];
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { summary } = await run(
    steps,
    async ({ id }) => (id === 1 ? released : release()),
    undefined,
    1,
  );
  expect(summary.completed).toBe(2);
});

const down = { operation: "container.stop", timeout: 1, availability: "down" };
const recovery = [
  step(11, "a", [], { ...down, reason: "it failed" }),
  step(12, "a", [], { availability: "up" }),
  step(13, "a", [], { operation: "container.rename", to: "a" }),
];
/** A replacement, shortened: the second step stops what runs, the fourth proves the successor. */
const replacement = [
  step(1, "a", [], { onFailure: [] }),
  step(2, "a", [1], { ...down, onFailure: [12] }),
  step(3, "a", [2], { availability: "up", onFailure: [11, 12, 13], onSkip: [12] }),
  step(4, "a", [3], { operation: "container.wait", condition: "ready", onFailure: [11, 12, 13] }),
  step(5, "a", [4]),
];

test("a failure is followed by the way back that the step names, and nothing else", async () => {
  const { summary, fates, events } = await run(
    replacement,
    failing(4),
    undefined,
    undefined,
    recovery,
  );
  expect(summary).toEqual({ outcome: "rolled_back", completed: 3, failed: 1, skipped: 1 });
  expect(fates).toEqual([
    ...[
      "1 completed",
      "11 completed",
      "12 completed",
      "13 completed",
      "2 completed",
      "3 completed",
      "4 failed",
      "5 skipped",
    ],
  ]);
  expect(events.filter(({ type }) => type === "rolled_back" || type === "downtime")).toEqual([
    ...[0, 0].map((ms) => ({ type: "downtime", at: 0, address: "container.a", ms })),
    { type: "rolled_back", at: 0, address: "container.a", complete: true },
  ]);
});

test("a way back is gone to its end although a step of it fails; the run has failed then", async () => {
  const { summary, fates } = await run(replacement, failing(3, 11), undefined, undefined, recovery);
  expect(fates.filter((fate) => fate.startsWith("1"))).toEqual([
    ...["1 completed", "11 failed", "12 completed", "13 completed"],
  ]);
  expect(summary.outcome).toBe("failed");
});

test("nothing is taken back where nothing was touched, and what fails without a way back counts", async () => {
  const first = await run(replacement, failing(1), undefined, undefined, recovery);
  expect(first.summary).toEqual({ outcome: "rolled_back", completed: 0, failed: 1, skipped: 4 });
  const last = await run(replacement, failing(5), undefined, undefined, recovery);
  expect(last.summary).toEqual({ outcome: "failed", completed: 4, failed: 1, skipped: 0 });
});

test("an interrupt between stop and start brings back what ran, and the way back is finished", async () => {
  const interrupt = new AbortController();
  const { summary, fates } = await run(
    replacement,
    async ({ id }) => {
      if (id === 2) interrupt.abort();
    },
    interrupt.signal,
    undefined,
    recovery,
  );
  expect(fates).toEqual([
    "1 completed",
    "12 completed",
    "2 completed",
    "3 skipped",
    "4 skipped",
    "5 skipped",
  ]);
  expect(summary.outcome).toBe("interrupted");
});

test("one is brought back after another that its way back names, where that goes back too", async () => {
  const steps = [
    step(1, "host", []),
    step(2, "host", [1], { onFailure: [11] }),
    step(3, "guest", [], { onSkip: [] }),
    step(4, "guest", [2, 3], { onSkip: [12] }),
  ];
  const returns = [step(11, "host", []), step(12, "guest", [11])];
  const log: string[] = [];
  const perform = async (each: Step) => {
    if (each.id === 2) throw new Error("no");
    log.push(`${each.id} begins`);
    await new Promise((resolve) => setTimeout(resolve, each.id === 11 ? 20 : 0));
    log.push(`${each.id} ends`);
  };
  const { summary } = await run(steps, perform, undefined, undefined, returns);
  expect(summary.outcome).toBe("rolled_back");
  expect(log.filter((each) => /^1[12]/.test(each))).toEqual([
    "11 begins",
    "11 ends",
    "12 begins",
    "12 ends",
  ]);
});

test("a failure that halts nobody lets the others go on", async () => {
  const steps = [step(1, "a", [], { continueOnError: true }), step(2, "b", []), step(3, "c", [2])];
  const { fates } = await run(steps, failing(1), undefined, 1);
  expect(fates).toEqual(["1 failed", "2 completed", "3 completed"]);
});

test("a way back that leaves the object down makes no failure good, but an interrupt stays one", async () => {
  const hook = {
    operation: "container.exec",
    hook: "post_start",
    command: ["a"],
    leavesStopped: true,
  };
  const back = { onFailure: [11], onSkip: [11] };
  const steps = [step(1, "a", []), step(2, "a", [1], { ...hook, ...back })];
  const stop = [step(11, "a", [], { operation: "container.stop", timeout: 1 })];
  const failed = await run(steps, failing(2), undefined, undefined, stop);
  expect(failed.fates).toEqual(["1 completed", "11 completed", "2 failed"]);
  expect(failed.summary.outcome).toBe("failed");
  const interrupt = new AbortController();
  const begins = async ({ id }: Step) => {
    if (id === 1) interrupt.abort();
  };
  const cut = await run(steps, begins, interrupt.signal, undefined, stop);
  expect(cut.fates).toEqual(["1 completed", "11 completed", "2 skipped"]);
  expect(cut.summary.outcome).toBe("interrupted");
});
