import { waitText } from "../../../render/text/summary.ts";
import { safe } from "../../../render/words/sanitize.ts";
import type { Run } from "../../framework/command.ts";
import { waitLimit } from "../../framework/parse-arguments.ts";
import { EXIT } from "../../host/exit-codes.ts";
import { engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { perform } from "../../workflow/perform.ts";
import { withEngine } from "../../workflow/with-engine.ts";

/** Nothing is sent that would need a queue. */
const CONCURRENCY = 64;

export const run: Run = async (given, around) => {
  const waitTimeout = waitLimit(given.text("timeout") ?? "5m", "--timeout");
  const { stack, secrets } = await loadInput(given, around, { commands: false });
  return withEngine(engineFlags(given), around, async (engine) => {
    const observed = await engine.observe(stack, secrets, around.interrupts.signal);
    const names = given.positionals;
    const plan = await around.parts.planWait(stack, observed, { secrets, names });
    for (const { address, message, hint } of plan.conflicts) {
      around.err(`${around.paintErr.bad("x")} ${safe(address)}: ${safe(message)}\n`);
      around.err(`    ${safe(hint)}\n`);
    }
    if (plan.conflicts.length > 0) return EXIT.failed;
    const how = { concurrency: CONCURRENCY, waitTimeout };
    const { result, ...ran } = await perform({ plan, engine, secrets }, how, given, around);
    const { outcome } = result;
    const text = waitText({ ...ran, outcome }, around.paintErr);
    const json = given.text("progress") === "json";
    if (outcome === "done" && !json) around.out(text);
    else around.err(text);
    if (outcome === "interrupted") return EXIT.interrupted;
    return outcome === "done" ? EXIT.done : EXIT.failed;
  });
};
