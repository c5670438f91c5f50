import { safe } from "../render/safe.ts";
import type { Around } from "./around.ts";
import { EXIT, Stop } from "./exit.ts";
import type { Prepared } from "./prepared.ts";

/** Refuses a plan whose ground has moved since it was made. */
export async function refuseStale(
  { plan, stack, secrets, engine }: Omit<Prepared, "agreed">,
  around: Around,
): Promise<void> {
  const observed = await engine.observe(stack, secrets, around.interrupts.signal);
  const moved = await around.parts.stale(plan.fingerprint, observed, plan.stack);
  if (moved.length === 0) return;
  const shown = moved.slice(0, 5).map((text) => safe(text));
  const more = moved.length > 5 ? `, and ${moved.length - 5} more` : "";
  throw new Stop(
    EXIT.refused,
    `the plan is stale: ${shown.join(", ")}${more}`,
    "Make a new plan; nothing was done.",
  );
}
