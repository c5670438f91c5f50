import type { Summary } from "../../executor/step.ts";
import type { ApplyEvent } from "../../model/events.ts";
import type { Plan } from "../../model/plan.ts";
import type { Screen } from "../../render/progress/screen.ts";
import {
  drawnScreen,
  jsonScreen,
  plainScreen,
  quietScreen,
  styleFor,
} from "../../render/progress/screens.ts";
import { type Progress, reduce, waiting } from "../../render/progress/state.ts";
import type { ParsedArguments } from "../framework/command.ts";
import type { CliHost } from "../host/host.ts";
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
  args: ParsedArguments,
  host: CliHost,
): Promise<Performed> {
  const { plan, engine, secrets } = prepared;
  const { interrupts, now } = host;
  const screen = await screenFor(plan, args, host);
  const began = now();
  let progress = waiting(plan);
  const emit = (event: ApplyEvent) => {
    progress = reduce(progress, event);
    screen.show(event, progress);
  };
  const told = () =>
    screen.say("Interrupted: what runs is finished, nothing new is begun. Again to leave at once.");
  let result: Summary;
  try {
    const signals = [interrupts.signal, ...(lost ? [lost] : [])];
    const signal = AbortSignal.any(signals);
    const options = { concurrency, waitTimeout, secrets, signal, now, emit };
    result = await interrupts.guard(told, () => host.parts.execute(plan, engine, options));
  } finally {
    await screen.end();
  }
  return { result, progress, ms: now() - began };
}

function screenFor(plan: Plan, args: ParsedArguments, host: CliHost): Screen | Promise<Screen> {
  const { err, out, paintErr, now } = host;
  switch (styleFor(args.text("progress") ?? "auto", host.stderr)) {
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
