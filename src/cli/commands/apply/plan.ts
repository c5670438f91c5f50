import { dirname } from "node:path";
import type { Plan } from "../../../model/plan.ts";
import { planJson } from "../../../render/json/plan.ts";
import { writeSaved } from "../../../render/json/saved-plan.ts";
import { planText } from "../../../render/text/plan.ts";
import { shellWord } from "../../../render/words/shell-quoting.ts";
import type { Given, Run } from "../../framework/command.ts";
import { absolute, type Destination, destination } from "../../host/destination.ts";
import { EXIT, type ExitCode, Stop } from "../../host/exit-codes.ts";
import type { Around } from "../../host/host.ts";
import {
  choicesOf,
  engineFlags,
  type Input,
  loadInput,
  loadOwned,
  lockFile,
} from "../../inputs/load-stack.ts";
import { digest } from "../../workflow/lazy-pipeline.ts";
import { withEngine } from "../../workflow/with-engine.ts";

export const run: Run = async (given, around) => {
  const destroying = given.flag("destroy");
  for (const name of ["volumes", "plugins"])
    if (given.flag(name) && !destroying)
      throw new Stop(EXIT.failed, `--${name} needs --destroy`, "To plan is not to remove.");
  if (given.list("replace").length > 0 && destroying)
    throw new Stop(EXIT.failed, "--replace has no meaning with --destroy");
  const input = await (destroying ? loadOwned(given, around) : loadInput(given, around));
  if (given.flag("locked"))
    (await import("../../inputs/lock-file.ts")).refuseUnlocked(input.stack, input.pins);
  const planned = await withEngine(engineFlags(given), around, async (engine) => {
    const { stack, secrets } = input;
    const observed = await engine.observe(stack, secrets, around.interrupts.signal);
    if (destroying) {
      return around.parts.planDestroy(stack, observed, {
        secrets,
        volumes: given.flag("volumes"),
        plugins: given.flag("plugins"),
        ...choicesOf(given),
      });
    }
    const allowDataLoss = given.list("allow-data-loss");
    return around.parts.plan(stack, observed, {
      secrets,
      allowDataLoss,
      ...choicesOf(given, "replace", "detach"),
    });
  });
  const json = given.text("format") === "json";
  const file = given.text("out");
  const to = file === undefined ? undefined : destination(file, around);
  const [tell, paint] = to?.isStdout
    ? [around.err, around.paintErr]
    : [around.out, around.paintOut];
  tell(json ? planJson(planned) : planText(planned, paint));
  if (to) await save(planned, input, to, given, around);
  return codeOf(planned, given.flag("detailed-exitcode"));
};

async function save(plan: Plan, input: Input, to: Destination, given: Given, around: Around) {
  const flags = engineFlags(given);
  const name = given.text("name");
  const whole = (path: string) => absolute(path, around);
  const inputs = {
    files: input.files.map(whole),
    folder: to.isStdout ? around.cwd : dirname(to.path),
    variableFiles: given.list("var-file").map(whole),
    variables: input.given,
    sensitive: given
      .list("var")
      .map((pair) => pair.split("=", 1)[0] ?? "")
      .filter((name) => !Object.hasOwn(input.given, name)),
    ...(name === undefined ? {} : { name }),
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.context === undefined ? {} : { context: flags.context }),
    ...(flags.insecure ? { insecure: true } : {}),
  };
  const sources = [...inputs.files, ...inputs.variableFiles, lockFile(input.files, around.cwd)];
  const text = writeSaved({ inputs, stack: input.stack, plan }, digest);
  await around.write(to.path, text, { secret: true, sources });
  const tell = given.text("format") === "json" ? around.err : to.tell;
  tell(`\nSaved. To do exactly this: stack apply ${to.isStdout ? "FILE" : shellWord(to.file)}\n`);
}

/** A plan that something is in the way of cannot be applied, and CI should know. */
export function codeOf(plan: Plan, detailed: boolean): ExitCode {
  if (plan.conflicts.length > 0) return EXIT.refused;
  const pending = plan.changes.length > 0 || plan.held.some(({ blocks }) => blocks);
  return detailed && pending ? EXIT.pending : EXIT.done;
}
