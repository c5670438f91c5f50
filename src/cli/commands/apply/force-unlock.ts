import { sanitize } from "../../../render/words/sanitize.ts";
import type { Run } from "../../framework/command.ts";
import { CliError, EXIT } from "../../host/exit-codes.ts";
import { engineFlags } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

/** Of an id, as the messages about a lock show it. */
const ID = /^[0-9a-f]{12,64}$/;

export const run: Run = async (args, around) => {
  const { signal } = around.interrupts;
  const id = args.positional ?? "";
  if (!ID.test(id))
    throw new CliError(
      "usage",
      `${JSON.stringify(sanitize(id, 70))} is not the id of a lock`,
      "Whoever waits for a lock is told its id: 12 digits.",
    );
  return withEngine(engineFlags(args), around, async (engine) => {
    const holder = await engine.holder(id, signal);
    if (!holder) throw new CliError("no-lock", `there is no lock ${id} (any more)`);
    const { stack, operation, user, host, pid, since, version } = holder;
    const who = `${user} on ${host} (process ${pid}, stack ${version})`;
    around.err(
      `${sanitize(stack)} is locked since ${sanitize(since)} by ${sanitize(who)}: ${operation}.\n`,
    );
    if (!args.flag("yes")) {
      if (!around.stdin.isTTY || !around.stderr.isTTY)
        throw new CliError("not-confirmed", "there is no terminal to ask on", "Give --yes.");
      const question = 'Is that run dead, or is it to end now? Only "yes" is accepted: ';
      const answer = await around.ask(question);
      if (answer?.trim() !== "yes") throw new CliError("not-confirmed", "nothing was done");
    }
    await engine.unlock(holder, signal);
    around.out(`${sanitize(stack)} is unlocked.\n`);
    return EXIT.done;
  });
};
