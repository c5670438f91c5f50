import type { Plan, Step } from "./plan.ts";
import type { Address } from "./stack.ts";

/** Progress inside one step: bytes of a pull, a health status. */
export interface StepProgress {
  readonly text: string;
  /** Bytes done and to do, where known. */
  readonly current?: number;
  readonly total?: number;
}

/** What an apply tells while it runs; renderers consume nothing else. Times are ms since epoch. */
export type ApplyEvent =
  | { readonly type: "begun"; readonly at: number; readonly plan: Plan }
  | { readonly type: "step started"; readonly at: number; readonly step: Step }
  | {
      readonly type: "step advanced";
      readonly at: number;
      readonly step: Step;
      readonly advance: StepProgress;
    }
  | { readonly type: "step done"; readonly at: number; readonly step: Step; readonly ms: number }
  | {
      readonly type: "step failed";
      readonly at: number;
      readonly step: Step;
      readonly ms: number;
      readonly message: string;
      readonly hint?: string;
      /** The last that the container or command wrote in this run. */
      readonly lines?: readonly string[];
    }
  | {
      readonly type: "step skipped";
      readonly at: number;
      readonly step: Step;
      readonly why: string;
    }
  | {
      /** An object no longer served from one step to another, for `ms`. */
      readonly type: "downtime";
      readonly at: number;
      readonly target: Address;
      readonly ms: number;
    }
  | {
      /** The recovery of an object has ended; `whole`: each of its steps succeeded. */
      readonly type: "rolled back";
      readonly at: number;
      readonly target: Address;
      readonly whole: boolean;
      /** Nothing ran before: what was started is stopped again, for the next apply to start. */
      readonly down?: true;
    }
  | { readonly type: "warning"; readonly at: number; readonly step: Step; readonly message: string }
  | {
      readonly type: "ended";
      readonly at: number;
      readonly ms: number;
      readonly outcome: Outcome;
      readonly done: number;
      readonly failed: number;
      readonly skipped: number;
    };

/** `rolled back`: something failed, and all of it was brought back to what ran before. */
export type Outcome = "done" | "failed" | "rolled back" | "interrupted";
