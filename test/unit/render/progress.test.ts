import { expect, test } from "vitest";
import type { ApplyEvent } from "../../../src/model/events.ts";
import { eventLine, stillLines } from "../../../src/render/progress/plain.ts";
import {
  doing,
  type Progress,
  reduce,
  remaining,
  waiting,
} from "../../../src/render/progress/state.ts";
import { titleOf } from "../../../src/render/progress/task-line.ts";
import { resultText } from "../../../src/render/text/summary.ts";
import { paint } from "../../../src/render/words/colors.ts";
import { change, plan, step } from "./fixtures.ts";

const web = "container.web" as const;
const pull = step(
  1,
  "image.busybox",
  { operation: "image.pull", image: "busybox:1.37" },
  "web needs it",
);
const create = step(
  2,
  web,
  { operation: "container.create", name: "shop-web-1", body: {} },
  "",
  [1],
);
const start = step(
  3,
  web,
  { operation: "container.start", container: { name: "shop-web-1" } },
  "",
  [2],
);
const shop = plan({
  changes: [change("image.busybox", { action: "pull" }), change(web)],
  steps: [pull, create, start],
});

const at = 1000;
const begun: ApplyEvent[] = [
  { type: "started", at, plan: shop },
  { type: "step_started", at, step: pull },
  {
    type: "step_progress",
    at: 2000,
    step: pull,
    progress: { text: "pulling", current: 1e6, total: 5e6 },
  },
  {
    type: "step_progress",
    at: 3000,
    step: pull,
    progress: { text: "pulling", current: 3e6, total: 5e6 },
  },
];
const pulled: ApplyEvent[] = [...begun, { type: "step_completed", at: 4000, step: pull, ms: 3000 }];

function after(events: readonly ApplyEvent[]): Progress {
  return events.reduce(reduce, waiting(shop));
}

test("a transfer has bytes and a rate", () => {
  const task = after(begun).tasks.get("image.busybox");
  expect(task).toMatchObject({
    state: "running",
    advance: { current: 3e6 },
    transfer: { rate: 2e6 },
  });
  expect(task && doing(task)).toBe("pulling");
});

test("an object is done when all of its steps are", () => {
  const half = after([
    ...pulled,
    { type: "step_started", at: 4000, step: create },
    { type: "step_completed", at: 4100, step: create, ms: 100 },
  ]);
  expect(half.tasks.get(web)).toMatchObject({ state: "running", ended: 1, steps: 2 });
  expect(remaining(half)).toEqual([web]);
  const whole = reduce(reduce(half, { type: "step_started", at: 4100, step: start }), {
    type: "step_completed",
    at: 4300,
    step: start,
    ms: 200,
  });
  expect(whole.tasks.get(web)).toMatchObject({ state: "done", startedAt: 4000, endedAt: 4300 });
  expect(
    resultText({ plan: shop, progress: whole, outcome: "completed", ms: 4200 }, paint(false)),
  ).toBe("Apply complete: 1 pulled, 1 created in 4.2 s.\n");
});

test.each([
  ["ready", []],
  ["completed", [web]],
] as const)("of a skipped wait until it is %s there remain %j", (condition, left) => {
  const container = { name: "shop-web-1" };
  const wait = step(4, web, { operation: "container.wait", container, condition }, "", [3]);
  const steps = [create, start, wait];
  const events: ApplyEvent[] = [
    ...[create, start].flatMap((one): ApplyEvent[] => [
      { type: "step_started", at, step: one },
      { type: "step_completed", at, step: one, ms: 1 },
    ]),
    { type: "step_skipped", at, step: wait, reason: "interrupted" },
  ];
  expect(remaining(events.reduce(reduce, waiting({ ...shop, steps })))).toEqual(left);
});

test("a failure outweighs what is skipped after it", () => {
  const failed = after([
    ...pulled,
    { type: "step_started", at: 4000, step: create },
    {
      type: "step_failed",
      at: 4100,
      step: create,
      ms: 100,
      code: "exited",
      message: "no space left",
      hint: "Free some.",
    },
    { type: "step_skipped", at: 4100, step: start, reason: "create failed" },
  ]);
  expect(failed.tasks.get(web)).toMatchObject({ state: "failed", message: "no space left" });
  expect(
    resultText({ plan: shop, progress: failed, outcome: "failed", ms: 100 }, paint(false)),
  ).toBe(
    [
      "Apply failed after 0.1 s: 1 pulled.",
      "  x container.web: no space left",
      "      Free some.",
      "1 object not as planned: container.web",
      "The next apply goes on from here.",
      "",
    ].join("\n"),
  );
});

test("an interruption says what remains", () => {
  const result = { plan: shop, progress: after(pulled), outcome: "interrupted", ms: 3000 } as const;
  expect(resultText(result, paint(false))).toContain("1 object not as planned: container.web");
});

test("a fold never changes what it was given", () => {
  const before = after(begun);
  const copy = structuredClone([...before.tasks]);
  reduce(before, { type: "step_completed", at: 4000, step: pull, ms: 3000 });
  expect([...before.tasks]).toEqual(copy);
});

test("plain lines are stable", () => {
  const lines = [
    ...pulled,
    {
      type: "step_failed",
      at,
      step: create,
      ms: 300,
      code: "exited",
      message: "bad\u001b[2J",
      hint: "h",
    } as const,
    { type: "step_skipped", at, step: start, reason: "it needs the former" } as const,
    { type: "warning", at, step: start, message: "slow disk" } as const,
  ].map((event) => eventLine(event, paint(false), waiting(shop)));
  expect(lines).toEqual([
    undefined,
    "image.busybox: pulling...",
    undefined,
    undefined,
    "image.busybox: pulled after 3.0 s",
    "container.web: failed after 0.3 s, creating: bad (h)",
    "container.web: skipped: start shop-web-1: it needs the former",
    "container.web: warning: slow disk",
  ]);
  expect(stillLines(after(begun), 12_000)).toEqual([
    "image.busybox: still pulling (11 s, pulling)",
  ]);
  expect(stillLines(after(begun), 10_000)).toEqual([]);
});

test("a screen's line tells what happens, how far it is, and for how long", () => {
  const line = (progress: Progress, address: "image.busybox" | typeof web) => {
    const task = progress.tasks.get(address);
    return task && titleOf(task, "create", 14, paint(false), 4000);
  };
  expect(line(after(begun), "image.busybox")).toBe(
    "image.busybox   pulling  3.0 MB of 5.0 MB, 2.0 MB/s  3.0 s",
  );
  expect(line(after(begun), web)).toBe("container.web   waiting");
  expect(line(after(pulled), "image.busybox")).toBe("image.busybox   created  3.0 s");
  const failed = after([
    ...pulled,
    { type: "step_failed", at, step: create, ms: 1, code: "exited", message: "no\n" },
  ]);
  expect(line(failed, web)).toBe("container.web   failed  no ");
});

test("a way back changes nothing about the failure, and is told with the downtime", () => {
  const back = step(
    4,
    web,
    { operation: "container.start", container: { name: "shop-web-1.old" } },
    "",
  );
  const made = { ...shop, rollback: [back] };
  const events: ApplyEvent[] = [
    { type: "step_failed", at: 4100, step: start, ms: 100, code: "exited", message: "it exits" },
    { type: "step_started", at: 4100, step: back },
    { type: "step_completed", at: 4200, step: back, ms: 100 },
    { type: "downtime", at: 4200, address: web, ms: 1500 },
    { type: "rolled_back", at: 4200, address: web, complete: true },
  ];
  const progress = events.reduce(reduce, waiting(made));
  expect(progress.tasks.get(web)).toMatchObject({
    ...{ state: "failed", message: "it exits", back: "whole", downtime: 1500, ended: 1 },
  });
  const text = resultText({ plan: made, progress, outcome: "rolled_back", ms: 100 }, paint(false));
  expect(text).toContain("Apply failed and was rolled back after 0.1 s");
  expect(text).toContain("  container.web: it runs as it did before.\n");
  expect(text).toContain("  container.web was down for 1.5 s.\n");
  expect(events.map((event) => eventLine(event, paint(false), progress)).slice(3)).toEqual([
    "container.web: was down for 1.5 s",
    "container.web: rolled back: it runs as it did before",
  ]);
});

test("the last lines of a container stand one below the other", () => {
  const lines = ["no db", "  at main\u001b[2J"];
  const failed: ApplyEvent = {
    ...{
      type: "step_failed",
      at,
      step: start,
      ms: 100,
      code: "exited",
      message: "it exits (1)",
      lines,
    },
  };
  const progress = reduce(after(pulled), failed);
  const result = resultText({ plan: shop, progress, outcome: "failed", ms: 100 }, paint(false));
  expect(result).toContain(
    "  x container.web: it exits (1)\n      its last lines:\n        no db\n          at main\n",
  );
  expect(eventLine(failed, paint(false), progress)?.split("\n").slice(1)).toEqual([
    "  its last lines:",
    "    no db",
    "      at main",
  ]);
});

test("where nothing ran before, nothing is said to run again", () => {
  const { steps } = shop;
  const told = (made: typeof shop, down: boolean) => {
    const event: ApplyEvent = {
      ...{ type: "rolled_back", at, address: web, complete: true, ...(down && { stopped: true }) },
    };
    const progress = reduce(waiting(made), event);
    const failed = { plan: made, progress, outcome: "failed", ms: 100 } as const;
    return [eventLine(event, paint(false), progress), resultText(failed, paint(false))];
  };
  const [line, result] = told(shop, true);
  expect(line).toBe("container.web: undone: it is stopped, and the next apply starts it");
  expect(result).toContain("  container.web: it is stopped, and the next apply starts it.\n");
  const job = step(
    9,
    web,
    {
      ...{ operation: "container.wait", container: { name: "shop-web-1" }, condition: "completed" },
    },
    "",
  );
  const [ended] = told({ ...shop, steps: [...steps, job] }, false);
  expect(ended).toBe("container.web: rolled back: it is as it was before");
});

test("what has a way back is not over when it fails, but when that has been gone", () => {
  const guarded = { ...start, onFailure: [4] };
  const failing: ApplyEvent = {
    type: "step_failed",
    at,
    step: guarded,
    ms: 1,
    code: "exited",
    message: "it exits",
  };
  const failed = reduce(after(pulled), failing);
  expect(failed.tasks.get(web)?.back).toBe("going");
  const line = (progress: Progress) => {
    const task = progress.tasks.get(web);
    return task && titleOf(task, "replace", 14, paint(false), 4000);
  };
  expect(line(failed)).toBe("container.web   rolling back  ");
  const back = reduce(failed, { type: "rolled_back", at, address: web, complete: true });
  expect(line(back)).toBe("container.web   rolled back  it exits");
});
