import { carryOut, settingsOf } from "./carry-out.ts";
import type { Run } from "./command.ts";
import { withEngine } from "./connect.ts";
import { choicesOf, engineFlags, loadOwned } from "./inputs.ts";

export const run: Run = async (given, around) => {
  settingsOf(given);
  const { stack, secrets } = await loadOwned(given, around);
  return withEngine(engineFlags(given), around, async (engine) => {
    const observed = await engine.observe(stack, secrets, around.interrupts.signal);
    const volumes = given.flag("volumes");
    const plan = await around.parts.planDestroy(stack, observed, {
      secrets,
      volumes,
      ...choicesOf(given),
    });
    const agreed = given.flag("yes");
    return carryOut({ plan, stack, secrets, engine, agreed }, given, around);
  });
};
