import type { Plan } from "../../model/plan.ts";
import { planSummary, planText } from "../../render/text/plan.ts";
import { resultText } from "../../render/text/summary.ts";
import type { ParsedArguments } from "../framework/command.ts";
import { milliseconds, waitLimit, wholeNumber } from "../framework/parse-arguments.ts";
import { CliError, EXIT, type ExitCode } from "../host/exit-codes.ts";
import type { CliHost } from "../host/host.ts";
import type { Prepared } from "./approved-plan.ts";
import { confirm } from "./confirm.ts";
import { perform } from "./perform.ts";
import { type LockSettings, underLock } from "./with-lock.ts";

/** Shows a plan, asks, does it, and says what came of it. */
export async function carryOut(
  prepared: Prepared,
  args: ParsedArguments,
  host: CliHost,
): Promise<ExitCode> {
  const settings = settingsOf(args);
  const json = args.text("progress") === "json";
  // Who agreed in advance, and asks for quiet, reads what comes of it alone.
  const quiet = args.text("progress") === "quiet" && prepared.agreed;
  // With events on stdout, people read stderr.
  const tell = json ? host.err : host.out;
  const paint = json ? host.paintErr : host.paintOut;
  /** `undefined`: there are steps to take. */
  const show = ({ plan, origin }: Prepared): ExitCode | undefined => {
    if (!quiet || plan.conflicts.length > 0) tell(planText(plan, paint, origin));
    else if (plan.steps.length === 0) tell(planSummary(plan, paint));
    if (plan.conflicts.length > 0)
      throw new CliError("conflict", "nothing was done, because of what is in the way");
    return plan.steps.length === 0 ? heldCode(plan, host) : undefined;
  };
  const nothing = show(prepared);
  if (nothing !== undefined) return nothing;
  if (!prepared.agreed) await confirm(prepared, host);
  return underLock(prepared, settings, host, async (current, lost) => {
    const ended = current.plan === prepared.plan ? undefined : show(current);
    if (ended !== undefined) return ended;
    if (!quiet) tell("\n");
    const { plan } = current;
    const { result, ...ran } = await perform(current, { ...settings, lost }, args, host);
    const text = resultText({ ...ran, plan, outcome: result.outcome }, host.paintErr);
    if (result.outcome === "completed") tell(text);
    else host.err(text);
    if (result.outcome !== "completed") lost?.throwIfAborted();
    return result.outcome === "completed" ? heldCode(current.plan, host) : CODES[result.outcome];
  });
}

const CODES = {
  failed: EXIT.failed,
  rolled_back: EXIT.rolledBack,
  interrupted: EXIT.interrupted,
} as const;

interface Settings extends LockSettings {
  readonly concurrency: number;
  readonly waitTimeout: number;
}

/** Read before anything is shown or asked, so that a typing error costs nothing. */
export function settingsOf(args: ParsedArguments): Settings {
  return {
    concurrency: wholeNumber(args.text("concurrency") ?? "8", "--concurrency", 1, 64),
    waitTimeout: waitLimit(args.text("wait-timeout") ?? "5m", "--wait-timeout"),
    lock: args.text("lock") !== "false",
    lockTimeout: milliseconds(args.text("lock-timeout") ?? "5m", "--lock-timeout"),
  };
}

/** Everything else is done; what is held keeps the stack from being as asked. */
function heldCode(plan: Plan, host: CliHost): ExitCode {
  const blocking = plan.blocked.filter(({ required }) => required);
  if (blocking.length === 0) return EXIT.done;
  const flags = [...new Set(blocking.flatMap(({ flag }) => (flag === undefined ? [] : [flag])))];
  const names = blocking.map(({ address }) => address).join(", ");
  const how = flags.length > 0 ? `; permit it with ${flags.join(" ")}` : "";
  host.err(`${host.paintErr.warn("held back:")} ${names}${how}\n`);
  return EXIT.refused;
}
