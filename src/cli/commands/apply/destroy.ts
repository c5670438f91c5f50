import type { Run } from "../../framework/command.ts";
import { choicesOf, engineFlags, loadOwned } from "../../inputs/load-stack.ts";
import { carryOut, settingsOf } from "../../workflow/run-plan.ts";
import { withEngine } from "../../workflow/with-engine.ts";

export const run: Run = async (args, host) => {
  settingsOf(args);
  const { stack, secrets, origin } = await loadOwned(args, host);
  return withEngine(engineFlags(args), host, async (engine) => {
    engine.follow();
    const asked = { volumes: args.flag("volumes"), plugins: args.flag("plugins") };
    const choices = choicesOf(args);
    const plan = async () => {
      const observed = await engine.observe(stack, secrets, host.interrupts.signal);
      return host.parts.planDestroy(stack, observed, { secrets, ...asked, ...choices });
    };
    const agreed = args.flag("yes");
    const prepared = { plan: await plan(), stack, secrets, engine, agreed, origin };
    return carryOut(agreed ? { ...prepared, replan: plan } : prepared, args, host);
  });
};
