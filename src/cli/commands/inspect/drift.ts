import { driftJson, driftText } from "../../../render/text/drift.ts";
import type { Run } from "../../framework/command.ts";
import { EXIT } from "../../host/exit-codes.ts";
import { engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

export const run: Run = async (given, around) => {
  const { stack, secrets } = await loadInput(given, around);
  const observed = await withEngine(engineFlags(given), around, (engine) =>
    engine.observe(stack, secrets, around.interrupts.signal),
  );
  const found = await around.parts.drift(stack, observed, secrets);
  const json = given.text("format") === "json";
  around.out(json ? driftJson(found) : driftText(found, around.paintOut));
  return found.drifted.length > 0 ? EXIT.pending : EXIT.done;
};
