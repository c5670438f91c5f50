import type { Engine } from "../engine/engine.ts";
import type { Plan } from "../model/plan.ts";
import type { Secrets, Stack } from "../model/stack.ts";

/** A plan with all that it takes to do it. */
export interface Prepared {
  readonly plan: Plan;
  readonly stack: Stack;
  readonly secrets: Secrets;
  readonly engine: Engine;
  /** Consent was given before: by --yes, or by saving the plan. */
  readonly agreed: boolean;
}
