import { expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import type { Plan, Step } from "../../src/model/plan.ts";
import type { RunEvent } from "../../src/model/run.ts";
import { execute } from "../../src/run/execute.ts";

const facts = { endpoint: "unix:///none", server: "None/0", api: "1.41" };

function step(id: number, container: string, after: number[], more: object = {}): Step {
  const common = { id, target: `container.${container}`, after, because: "it is tested" } as const;
  return { do: "start", container: { name: container }, ...common, ...more };
}

/** Runs steps on an engine that does what `perform` says; gives what became of each step. */
async function run(
  steps: readonly Step[],
  perform: (step: Step, signal: AbortSignal) => Promise<void>,
  signal = new AbortController().signal,
  concurrency = 8,
) {
  const engine: Engine = {
    facts,
    observe: () => Promise.reject(new Error("a run observes nothing")),
    perform: (each, context) => perform(each, context.signal),
    close() {},
  };
  const plan: Plan = {
    ...{ stack: "shop", purpose: "apply", engine: facts, changes: [], steps, held: [] },
    ...{ conflicts: [], unchanged: 0, fingerprint: {}, sensitive: [] },
  };
  const events: RunEvent[] = [];
  const summary = await execute(plan, engine, {
    secrets: new Map([["password", "hunter22"]]),
    ...{ concurrency, signal, waitTimeout: 1000, now: () => 0 },
    describe: (error) => ({ message: (error as Error).message }),
    emit: (event) => events.push(event),
  });
  const fates = events.flatMap((event) =>
    event.type === "step done" || event.type === "step failed" || event.type === "step skipped"
      ? [`${event.step.id} ${event.type.slice(5)}`]
      : [],
  );
  return { summary, fates: fates.sort(), events };
}

const failing =
  (...ids: readonly number[]) =>
  async (each: Step) => {
    await Promise.resolve();
    if (ids.includes(each.id)) throw new Error("the password hunter22 is refused");
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
  expect(summary).toEqual({ outcome: "failed", done: 3, failed: 1, skipped: 2 });
  expect(fates).toEqual(["1 failed", "2 done", "3 done", "4 done", "5 skipped", "6 skipped"]);
});

test("who may fail holds nobody up, and yet the run has failed", async () => {
  const steps = [step(1, "a", []), step(2, "b", [], { afterEnd: [1] }), step(3, "c", [2])];
  const { summary, fates } = await run(steps, failing(1));
  expect(fates).toEqual(["1 failed", "2 done", "3 done"]);
  expect(summary.outcome).toBe("failed");
});

test("an error names no sensitive value", async () => {
  const { events } = await run([step(1, "a", [])], failing(1));
  expect(JSON.stringify(events)).not.toContain("hunter22");
});

test("an interrupt lets a change end, cuts a wait, and begins nothing new", async () => {
  const interrupt = new AbortController();
  const wait = { do: "await", condition: "healthy" };
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
  expect(fates).toEqual(["1 done", "2 skipped", "3 skipped"]);
  expect(summary.outcome).toBe("interrupted");
});

test("who waits takes no place in the queue", async () => {
  const wait = { do: "await", condition: "healthy" };
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
  expect(summary.done).toBe(2);
});
