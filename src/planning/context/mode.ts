import type { Plan } from "../../model/plan.ts";
import type { Stack } from "../../model/stack.ts";

/** What a plan is for. */
export interface PlanMode {
  readonly purpose: Plan["purpose"];
  /** The stack whose dependencies order the removals. */
  readonly order: Stack;
  readonly volumes?: boolean;
  readonly plugins?: boolean;
}
