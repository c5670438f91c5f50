import type { Engine, StepContext } from "../engine/engine.ts";
import type { ApplyEvent, Failure, Outcome } from "../model/events.ts";
import { definitionOf } from "../model/operations/operations.ts";
import type { Step } from "../model/plan.ts";
import type { Secrets } from "../model/stack.ts";
import type { State } from "./readiness.ts";

export interface Summary {
  readonly outcome: Outcome;
  readonly completed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Execution {
  readonly secrets: Secrets;
  /** Engine operations at once. */
  readonly concurrency: number;
  /** Aborted: what runs is finished, nothing new is begun. */
  readonly signal: AbortSignal;
  /** Deadline of each `await` and `exec` step, in milliseconds. */
  readonly waitTimeout: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** An error, or foreign text, in words that are short and printable. */
  describe(error: unknown): Failure;
  emit(event: ApplyEvent): void;
}

/** Reads may be cut off by an interrupt; a change, once sent, is awaited. */
const isInterruptible = (step: Step): boolean => definitionOf(step).interruptible === true;

interface Ran {
  readonly state: State;
  readonly began: number;
  /** When the condition of an `await` was first so. */
  readonly met?: number | undefined;
}

/** Does one step, and tells of it. Never throws. */
export async function run(
  step: Step,
  engine: Engine,
  options: Execution & Pick<StepContext, "over">,
): Promise<Ran> {
  const { emit, now, secrets, signal, waitTimeout, over } = options;
  const began = now();
  let met: number | undefined;
  emit({ type: "step_started", at: began, step });
  try {
    await engine.perform(step, {
      secrets,
      waitTimeout,
      over,
      signal: isInterruptible(step) ? signal : new AbortController().signal,
      met: () => {
        met ??= now();
      },
      advance: (progress) => emit({ type: "step_progress", at: now(), step, progress: progress }),
      warn: (message) =>
        emit({ type: "warning", at: now(), step, message: options.describe(message).message }),
    });
    emit({ type: "step_completed", at: now(), step, ms: now() - began });
    return { state: "done", began, met };
  } catch (error) {
    if (signal.aborted && isInterruptible(step)) {
      const why = typeof signal.reason === "string" ? signal.reason : "interrupted";
      emit({ type: "step_skipped", at: now(), step, reason: why });
      return { state: "skipped", began };
    }
    const words = options.describe(error);
    emit({ type: "step_failed", at: now(), step, ms: now() - began, ...words });
    return { state: "failed", began };
  }
}
