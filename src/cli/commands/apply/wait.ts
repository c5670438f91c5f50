import { waitText } from "../../../render/text/summary.ts";
import { sanitize } from "../../../render/words/sanitize.ts";
import type { Run } from "../../framework/command.ts";
import { waitLimit } from "../../framework/parse-arguments.ts";
import { EXIT } from "../../host/exit-codes.ts";
import { engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { perform } from "../../workflow/perform.ts";
import { withEngine } from "../../workflow/with-engine.ts";

/** Nothing is sent that would need a queue. */
const CONCURRENCY = 64;

export const run: Run = async (args, host) => {
  const waitTimeout = waitLimit(args.text("timeout") ?? "5m", "--timeout");
  const { stack, secrets } = await loadInput(args, host, { commands: false });
  return withEngine(engineFlags(args), host, async (engine) => {
    const observed = await engine.observe(stack, secrets, host.interrupts.signal);
    const names = args.positionals;
    const plan = await host.parts.planWait(stack, observed, { secrets, names });
    for (const { address, message, hint } of plan.conflicts) {
      host.err(`${host.paintErr.bad("x")} ${sanitize(address)}: ${sanitize(message)}\n`);
      host.err(`    ${sanitize(hint)}\n`);
    }
    if (plan.conflicts.length > 0) return EXIT.failed;
    const how = { concurrency: CONCURRENCY, waitTimeout };
    const { result, ...ran } = await perform({ plan, engine, secrets }, how, args, host);
    const { outcome } = result;
    const text = waitText({ ...ran, outcome }, host.paintErr);
    const json = args.text("progress") === "json";
    if (outcome === "completed" && !json) host.out(text);
    else host.err(text);
    if (outcome === "interrupted") return EXIT.interrupted;
    return outcome === "completed" ? EXIT.done : EXIT.failed;
  });
};
