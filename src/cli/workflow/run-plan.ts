import type { Plan } from "../../model/plan.ts";
import { planSummary, planText } from "../../render/text/plan.ts";
import { resultText } from "../../render/text/summary.ts";
import type { Given } from "../framework/command.ts";
import { milliseconds, waitLimit, wholeNumber } from "../framework/parse-arguments.ts";
import { EXIT, type ExitCode, Stop } from "../host/exit-codes.ts";
import type { Around } from "../host/host.ts";
import type { Prepared } from "./approved-plan.ts";
import { confirm } from "./confirm.ts";
import { perform } from "./perform.ts";
import { type LockSettings, underLock } from "./with-lock.ts";

/** Shows a plan, asks, does it, and says what came of it. */
export async function carryOut(
  prepared: Prepared,
  given: Given,
  around: Around,
): Promise<ExitCode> {
  const settings = settingsOf(given);
  const json = given.text("progress") === "json";
  // Who agreed in advance, and asks for quiet, reads what comes of it alone.
  const quiet = given.text("progress") === "quiet" && prepared.agreed;
  // With events on stdout, people read stderr.
  const tell = json ? around.err : around.out;
  const paint = json ? around.paintErr : around.paintOut;
  /** `undefined`: there are steps to take. */
  const show = ({ plan }: Prepared): ExitCode | undefined => {
    if (!quiet || plan.conflicts.length > 0) tell(planText(plan, paint));
    else if (plan.steps.length === 0) tell(planSummary(plan, paint));
    if (plan.conflicts.length > 0)
      throw new Stop(EXIT.refused, "nothing was done, because of what is in the way");
    return plan.steps.length === 0 ? heldCode(plan, around) : undefined;
  };
  const nothing = show(prepared);
  if (nothing !== undefined) return nothing;
  if (!prepared.agreed) await confirm(prepared, around);
  return underLock(prepared, settings, around, async (current, lost) => {
    const ended = current.plan === prepared.plan ? undefined : show(current);
    if (ended !== undefined) return ended;
    if (!quiet) tell("\n");
    const { plan } = current;
    const { result, ...ran } = await perform(current, { ...settings, lost }, given, around);
    const text = resultText({ ...ran, plan, outcome: result.outcome }, around.paintErr);
    if (result.outcome === "done") tell(text);
    else around.err(text);
    if (result.outcome !== "done") lost?.throwIfAborted();
    return result.outcome === "done" ? heldCode(current.plan, around) : CODES[result.outcome];
  });
}

const CODES = {
  failed: EXIT.failed,
  "rolled back": EXIT.rolledBack,
  interrupted: EXIT.interrupted,
} as const;

interface Settings extends LockSettings {
  readonly concurrency: number;
  readonly waitTimeout: number;
}

/** Read before anything is shown or asked, so that a typing error costs nothing. */
export function settingsOf(given: Given): Settings {
  return {
    concurrency: wholeNumber(given.text("concurrency") ?? "8", "--concurrency", 1, 64),
    waitTimeout: waitLimit(given.text("wait-timeout") ?? "5m", "--wait-timeout"),
    lock: given.text("lock") !== "false",
    lockTimeout: milliseconds(given.text("lock-timeout") ?? "5m", "--lock-timeout"),
  };
}

/** Everything else is done; what is held keeps the stack from being as asked. */
function heldCode(plan: Plan, around: Around): ExitCode {
  const blocking = plan.held.filter(({ blocks }) => blocks);
  if (blocking.length === 0) return EXIT.done;
  const flags = [...new Set(blocking.flatMap(({ flag }) => (flag === undefined ? [] : [flag])))];
  const names = blocking.map(({ address }) => address).join(", ");
  const how = flags.length > 0 ? `; permit it with ${flags.join(" ")}` : "";
  around.err(`${around.paintErr.warn("held back:")} ${names}${how}\n`);
  return EXIT.refused;
}
