import type { Summary } from "../../executor/execute.ts";
import type { RunEvent } from "../../model/events.ts";
import type { Plan } from "../../model/plan.ts";
import type { Screen } from "../../render/progress/screen.ts";
import {
  drawnScreen,
  jsonScreen,
  plainScreen,
  quietScreen,
  styleFor,
} from "../../render/progress/screens.ts";
import { fold, type Progress, waiting } from "../../render/progress/state.ts";
import type { Given } from "../framework/command.ts";
import type { Around } from "../host/host.ts";
import { version } from "../host/version.ts";
import type { Prepared } from "./approved-plan.ts";

interface How {
  readonly concurrency: number;
  /** Milliseconds. */
  readonly waitTimeout: number;
  /** Aborted: nothing more may be done. */
  readonly lost?: AbortSignal | undefined;
}

export interface Performed {
  readonly result: Summary;
  readonly progress: Progress;
  readonly ms: number;
}

/** Runs a plan, and shows it while it runs; an interrupt ends it well. */
export async function perform(
  prepared: Pick<Prepared, "plan" | "engine" | "secrets">,
  { lost, concurrency, waitTimeout }: How,
  given: Given,
  around: Around,
): Promise<Performed> {
  const { plan, engine, secrets } = prepared;
  const { interrupts, now } = around;
  const screen = await screenFor(plan, given, around);
  const began = now();
  let progress = waiting(plan);
  const emit = (event: RunEvent) => {
    progress = fold(progress, event);
    screen.show(event, progress);
  };
  const told = () =>
    screen.say("Interrupted: what runs is finished, nothing new is begun. Again to leave at once.");
  let result: Summary;
  try {
    const signals = [interrupts.signal, ...(lost ? [lost] : [])];
    const signal = AbortSignal.any(signals);
    const options = { concurrency, waitTimeout, secrets, signal, now, emit };
    result = await interrupts.guard(told, () => around.parts.execute(plan, engine, options));
  } finally {
    await screen.end();
  }
  return { result, progress, ms: now() - began };
}

function screenFor(plan: Plan, given: Given, around: Around): Screen | Promise<Screen> {
  const { err, out, paintErr, now } = around;
  switch (styleFor(given.text("progress") ?? "auto", around.stderr)) {
    case "tty":
      return drawnScreen(plan, paintErr, now);
    case "json":
      return jsonScreen(out, version, err);
    case "quiet":
      return quietScreen(err);
    case "plain":
      return plainScreen(err, paintErr, now);
  }
}
