import { sanitize } from "../../render/words/sanitize.ts";
import { CliError } from "../host/exit-codes.ts";
import type { CliHost } from "../host/host.ts";
import type { Prepared } from "./approved-plan.ts";

/** Asks for consent to exactly this plan. */
export async function confirm(prepared: Prepared, host: CliHost): Promise<void> {
  const { plan } = prepared;
  if (!host.stdin.isTTY || !host.stderr.isTTY)
    throw new CliError(
      "not-confirmed",
      "there is no terminal to ask on",
      "Give --yes, or save the plan (`stack plan --out FILE`) and apply that.",
    );
  const { strong } = host.paintErr;
  const what = plan.purpose === "destroy" ? destruction(plan) : "Apply these changes to";
  const where = `${strong(sanitize(plan.stack))} on ${sanitize(plan.engine.endpoint)}`;
  const answer = (await host.ask(`\n${what} ${where}? [y/N] `))?.trim() ?? "";
  if (/^y(es)?$/i.test(answer)) return;
  const hint = /^(no?)?$/i.test(answer) ? undefined : "To go on, answer y or yes.";
  throw new CliError("not-confirmed", "nothing was done", hint);
}

function destruction(plan: Prepared["plan"]): string {
  const volumes = plan.changes.filter(({ kind }) => kind === "volume").length;
  const data = volumes > 0 ? " The data of its volumes is lost for ever." : "";
  return `There is no undo.${data} Remove all this of`;
}
