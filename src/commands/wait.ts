import { waitText } from "../render/result.ts";
import { safe } from "../render/safe.ts";
import { waitLimit } from "./arguments.ts";
import type { Run } from "./command.ts";
import { withEngine } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { engineFlags, loadInput } from "./inputs.ts";
import { perform } from "./perform.ts";

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
