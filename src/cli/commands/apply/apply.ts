import type { Plan, Step } from "../../../model/plan.ts";
import type { Given, Run } from "../../framework/command.ts";
import { EXIT, type ExitCode, Stop } from "../../host/exit-codes.ts";
import type { Around } from "../../host/host.ts";
import { choicesOf, engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { carryOut, settingsOf } from "../../workflow/run-plan.ts";
import { reopened } from "../../workflow/saved-plan.ts";
import { refuseStale } from "../../workflow/stale-plan.ts";
import { withEngine } from "../../workflow/with-engine.ts";

export const run: Run = async (given, around) => {
  settingsOf(given);
  if (given.positional !== undefined) return applySaved(given.positional, given, around);
  const { stack, secrets, pins } = await loadInput(given, around);
  if (given.flag("locked")) (await import("../../inputs/lock-file.ts")).refuseUnlocked(stack, pins);
  return withEngine(engineFlags(given), around, async (engine) => {
    engine.follow();
    const allowDataLoss = given.list("allow-data-loss");
    const choices = choicesOf(given, "replace", "detach");
    const look = async () => {
      const observed = await engine.observe(stack, secrets, around.interrupts.signal);
      const made = await around.parts.plan(stack, observed, {
        secrets,
        allowDataLoss,
        ...choices,
      });
      return given.flag("no-rollback") ? withoutWayBack(made) : made;
    };
    // What another run is making may be seen before it has its labels (a volume, on 20.10).
    const plan = async () => {
      const first = await look();
      return first.conflicts.length > 0 ? look() : first;
    };
    const agreed = given.flag("yes");
    const prepared = { plan: await plan(), stack, secrets, engine, agreed };
    return carryOut(agreed ? { ...prepared, replan: plan } : prepared, given, around);
  });
};

/** Does exactly what was saved, on the engine that it was made for, if that is as it was then. */
async function applySaved(file: string, given: Given, around: Around): Promise<ExitCode> {
  const { inputs, stack, plan, secrets } = await reopened(file, given, around);
  const { host, context, insecure } = engineFlags(given);
  const recorded = host || context ? {} : { host: inputs.host, context: inputs.context };
  const flags = { host, context, ...recorded, insecure: insecure ?? inputs.insecure };
  return withEngine(flags, around, async (engine) => {
    engine.follow();
    if (engine.facts.endpoint !== plan.engine.endpoint)
      throw new Stop(
        EXIT.refused,
        `the plan was made for ${plan.engine.endpoint}, not for ${engine.facts.endpoint}`,
        "Name the same engine with --host or --context.",
      );
    const asked = given.flag("no-rollback") ? withoutWayBack(plan) : plan;
    const prepared = { plan: asked, stack, secrets, engine, agreed: true };
    await refuseStale(prepared, around);
    return carryOut(prepared, given, around);
  });
}

/** The same plan, of which a failure leaves everything as it is then. */
function withoutWayBack(plan: Plan): Plan {
  const steps = plan.steps.map(
    ({ ifFails: _, ifSkipped: __, ifUndone: ___, ...step }) => step as Step,
  );
  return { ...plan, steps, recovery: [], exchanges: [] };
}
