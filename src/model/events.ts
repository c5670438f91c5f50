import type { Plan, Step } from "./plan.ts";
import type { Address } from "./stack.ts";

/** Progress inside one step: bytes of a pull, a health status. */
export interface StepProgress {
  readonly text: string;
  /** Bytes done and to do, where known. */
  readonly current?: number;
  readonly total?: number;
}

/**
 * What an apply tells while it runs; renderers consume nothing else. `at` is in milliseconds since the
 * epoch; `ms` is a duration in milliseconds.
 */
export type ApplyEvent =
  | { readonly type: "started"; readonly at: number; readonly plan: Plan }
  | { readonly type: "step_started"; readonly at: number; readonly step: Step }
  | {
      readonly type: "step_progress";
      readonly at: number;
      readonly step: Step;
      readonly progress: StepProgress;
    }
  | {
      readonly type: "step_completed";
      readonly at: number;
      readonly step: Step;
      readonly ms: number;
    }
  | ({
      readonly type: "step_failed";
      readonly at: number;
      readonly step: Step;
      readonly ms: number;
    } & Failure)
  | {
      readonly type: "step_skipped";
      readonly at: number;
      readonly step: Step;
      readonly reason: string;
    }
  | {
      /** An object did not serve from one step to another. */
      readonly type: "downtime";
      readonly at: number;
      readonly address: Address;
      readonly ms: number;
    }
  | {
      /** The rollback of an object has ended; `complete`: each of its steps succeeded. */
      readonly type: "rolled_back";
      readonly at: number;
      readonly address: Address;
      readonly complete: boolean;
      /** Nothing ran before: what was started is stopped again, for the next apply to start. */
      readonly stopped?: true;
    }
  | { readonly type: "warning"; readonly at: number; readonly step: Step; readonly message: string }
  | {
      readonly type: "finished";
      readonly at: number;
      readonly ms: number;
      readonly outcome: Outcome;
      /** Numbers of steps. */
      readonly completed: number;
      readonly failed: number;
      readonly skipped: number;
    };

/** An error as events tell it: short and printable, without secrets. */
export interface Failure {
  /** Stable, so that programs need not read messages. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** The last that the container or command wrote in this run. */
  readonly lines?: readonly string[];
}

/** `rolled_back`: something failed, and all of it was brought back to what ran before. */
export type Outcome = "completed" | "failed" | "rolled_back" | "interrupted";
