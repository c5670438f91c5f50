import type { Plan, Step } from "./plan.ts";

/** Progress inside one step: bytes of a pull, a health status. */
export interface Advance {
  readonly text: string;
  /** Bytes done and to do, where known. */
  readonly current?: number;
  readonly total?: number;
}

/** What an apply tells while it runs; renderers consume nothing else. Times are ms since epoch. */
export type RunEvent =
  | { readonly type: "begun"; readonly at: number; readonly plan: Plan }
  | { readonly type: "step started"; readonly at: number; readonly step: Step }
  | {
      readonly type: "step advanced";
      readonly at: number;
      readonly step: Step;
      readonly advance: Advance;
    }
  | { readonly type: "step done"; readonly at: number; readonly step: Step; readonly ms: number }
  | {
      readonly type: "step failed";
      readonly at: number;
      readonly step: Step;
      readonly ms: number;
      readonly message: string;
      readonly hint?: string;
    }
  | {
      readonly type: "step skipped";
      readonly at: number;
      readonly step: Step;
      readonly why: string;
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

export type Outcome = "done" | "failed" | "interrupted";
