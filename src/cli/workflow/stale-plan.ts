import { sanitize } from "../../render/words/sanitize.ts";
import { CliError } from "../host/exit-codes.ts";
import type { CliHost } from "../host/host.ts";
import type { Prepared } from "./approved-plan.ts";

const MOST = 5;

/** What has changed since the plan was made, of all that it depends on; nothing: it holds. */
export async function moved(
  { plan, stack, secrets, engine }: Prepared,
  host: CliHost,
): Promise<readonly string[]> {
  const observed = await engine.observeAgain(stack, secrets, host.interrupts.signal);
  const changes = await host.parts.stale(plan.fingerprint, observed, plan.stack);
  const shown = changes.slice(0, MOST).map((text) => sanitize(text));
  return changes.length > MOST ? [...shown, `and ${changes.length - MOST} more`] : shown;
}

/** Refuses a plan if the engine's state has changed since it was made. */
export async function refuseStale(prepared: Prepared, host: CliHost): Promise<void> {
  const changes = await moved(prepared, host);
  if (changes.length === 0) return;
  throw new CliError(
    "stale-plan",
    `the plan is stale: ${changes.join(", ")}`,
    "Make a new plan; nothing was done.",
  );
}
