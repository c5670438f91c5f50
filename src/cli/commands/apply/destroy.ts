import type { Run } from "../../framework/command.ts";
import { choicesOf, engineFlags, loadOwned } from "../../inputs/load-stack.ts";
import { carryOut, settingsOf } from "../../workflow/run-plan.ts";
import { withEngine } from "../../workflow/with-engine.ts";

export const run: Run = async (given, around) => {
  settingsOf(given);
  const { stack, secrets } = await loadOwned(given, around);
  return withEngine(engineFlags(given), around, async (engine) => {
    engine.follow();
    const asked = { volumes: given.flag("volumes"), plugins: given.flag("plugins") };
    const choices = choicesOf(given);
    const plan = async () => {
      const observed = await engine.observe(stack, secrets, around.interrupts.signal);
      return around.parts.planDestroy(stack, observed, { secrets, ...asked, ...choices });
    };
    const agreed = given.flag("yes");
    const prepared = { plan: await plan(), stack, secrets, engine, agreed };
    return carryOut(agreed ? { ...prepared, replan: plan } : prepared, given, around);
  });
};
