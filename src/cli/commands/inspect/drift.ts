import { driftJson, driftText } from "../../../render/text/drift.ts";
import type { Run } from "../../framework/command.ts";
import { EXIT } from "../../host/exit-codes.ts";
import { engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

export const run: Run = async (args, host) => {
  const { stack, secrets } = await loadInput(args, host);
  const observed = await withEngine(engineFlags(args), host, (engine) =>
    engine.observe(stack, secrets, host.interrupts.signal),
  );
  const found = await host.parts.drift(stack, observed, secrets);
  const json = args.text("format") === "json";
  host.out(json ? driftJson(found) : driftText(found, host.paintOut));
  return found.drifted.length > 0 ? EXIT.pending : EXIT.done;
};
