import type { EngineSession } from "../../engine/engine.ts";
import type { Plan } from "../../model/plan.ts";
import type { Secrets, Stack } from "../../model/stack.ts";

/** A plan with all that it takes to do it. */
export interface Prepared {
  readonly plan: Plan;
  readonly stack: Stack;
  readonly secrets: Secrets;
  readonly engine: EngineSession;
  /** Which files were read, where there was a choice. */
  readonly origin?: string | undefined;
  /** Consent was given before: by --yes, or by saving the plan. */
  readonly agreed: boolean;
  /** Plans anew what was agreed to whatever it would be (--yes); absent: only this plan is. */
  readonly replan?: () => Promise<Plan>;
}
