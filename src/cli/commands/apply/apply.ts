import type { Plan, Step } from "../../../model/plan.ts";
import type { ParsedArguments, Run } from "../../framework/command.ts";
import { CliError, type ExitCode } from "../../host/exit-codes.ts";
import type { CliHost } from "../../host/host.ts";
import { choicesOf, engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { carryOut, settingsOf } from "../../workflow/run-plan.ts";
import { reopened } from "../../workflow/saved-plan.ts";
import { refuseStale } from "../../workflow/stale-plan.ts";
import { withEngine } from "../../workflow/with-engine.ts";

export const run: Run = async (args, host) => {
  settingsOf(args);
  if (args.positional !== undefined) return applySaved(args.positional, args, host);
  const { stack, secrets, pins, origin } = await loadInput(args, host, choicesOf(args));
  if (args.flag("locked")) (await import("../../inputs/lock-file.ts")).refuseUnlocked(stack, pins);
  return withEngine(engineFlags(args), host, async (engine) => {
    engine.follow();
    const allowDataLoss = args.list("allow-data-loss");
    const choices = choicesOf(args, "replace", "detach");
    const look = async () => {
      const observed = await engine.observe(stack, secrets, host.interrupts.signal);
      const made = await host.parts.plan(stack, observed, {
        secrets,
        allowDataLoss,
        ...choices,
      });
      return args.flag("no-rollback") ? withoutWayBack(made) : made;
    };
    // What another run is making may be seen before it has its labels (a volume, on 20.10).
    const plan = async () => {
      const first = await look();
      return first.conflicts.length > 0 ? look() : first;
    };
    const agreed = args.flag("yes");
    const prepared = { plan: await plan(), stack, secrets, engine, agreed, origin };
    return carryOut(agreed ? { ...prepared, replan: plan } : prepared, args, host);
  });
};

/** Does exactly what was saved, on the engine that it was made for, if that is as it was then. */
async function applySaved(file: string, args: ParsedArguments, around: CliHost): Promise<ExitCode> {
  const { inputs, stack, plan, secrets } = await reopened(file, args, around);
  const { host, context, insecure } = engineFlags(args);
  const recorded = host || context ? {} : { host: inputs.host, context: inputs.context };
  const flags = { host, context, ...recorded, insecure: insecure ?? inputs.insecure };
  return withEngine(flags, around, async (engine) => {
    engine.follow();
    if (engine.facts.endpoint !== plan.engine.endpoint)
      throw new CliError(
        "wrong-engine",
        `the plan was made for ${plan.engine.endpoint}, not for ${engine.facts.endpoint}`,
        "Name the same engine with --host or --context.",
      );
    const asked = args.flag("no-rollback") ? withoutWayBack(plan) : plan;
    const prepared = { plan: asked, stack, secrets, engine, agreed: true };
    await refuseStale(prepared, around);
    return carryOut(prepared, args, around);
  });
}

/** The same plan, of which a failure leaves everything as it is then. */
function withoutWayBack(plan: Plan): Plan {
  const steps = plan.steps.map(
    ({ onFailure: _, onSkip: __, onExchangeRollback: ___, ...step }) => step as Step,
  );
  return { ...plan, steps, rollback: [], exchanges: [] };
}
