import { dirname } from "node:path";
import type { Plan } from "../../../model/plan.ts";
import { planJson } from "../../../render/json/plan.ts";
import { writeSaved } from "../../../render/json/saved-plan.ts";
import { planText } from "../../../render/text/plan.ts";
import { shellWord } from "../../../render/words/shell-quoting.ts";
import type { ParsedArguments, Run } from "../../framework/command.ts";
import { absolute, type Destination, destination } from "../../host/destination.ts";
import { CliError, EXIT, type ExitCode } from "../../host/exit-codes.ts";
import type { CliHost } from "../../host/host.ts";
import { projectOptions } from "../../inputs/find-stack-files.ts";
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

export const run: Run = async (args, host) => {
  const destroying = args.flag("destroy");
  for (const name of ["volumes", "plugins"])
    if (args.flag(name) && !destroying)
      throw new CliError("usage", `--${name} needs --destroy`, "To plan is not to remove.");
  if (args.list("replace").length > 0 && destroying)
    throw new CliError("usage", "--replace has no meaning with --destroy");
  const input = await (destroying ? loadOwned(args, host) : loadInput(args, host, choicesOf(args)));
  if (args.flag("locked"))
    (await import("../../inputs/lock-file.ts")).refuseUnlocked(input.stack, input.pins);
  const planned = await withEngine(engineFlags(args), host, async (engine) => {
    const { stack, secrets } = input;
    const observed = await engine.observe(stack, secrets, host.interrupts.signal);
    if (destroying) {
      return host.parts.planDestroy(stack, observed, {
        secrets,
        volumes: args.flag("volumes"),
        plugins: args.flag("plugins"),
        ...choicesOf(args),
      });
    }
    const allowDataLoss = args.list("allow-data-loss");
    return host.parts.plan(stack, observed, {
      secrets,
      allowDataLoss,
      ...choicesOf(args, "replace", "detach"),
    });
  });
  const json = args.text("format") === "json";
  const file = args.text("out");
  const to = file === undefined ? undefined : destination(file, host);
  const [tell, paint] = to?.isStdout ? [host.err, host.paintErr] : [host.out, host.paintOut];
  tell(json ? planJson(planned) : planText(planned, paint, input.origin));
  if (to) await save(planned, input, to, args, host);
  return codeOf(planned, args.flag("detailed-exitcode"));
};

async function save(
  plan: Plan,
  input: Input,
  to: Destination,
  args: ParsedArguments,
  host: CliHost,
) {
  const flags = engineFlags(args);
  const name = args.text("name");
  const whole = (path: string) => absolute(path, host);
  const inputs = {
    files: input.files.map(whole),
    folder: to.isStdout ? host.cwd : dirname(to.path),
    variableFiles: args.list("var-file").map(whole),
    variables: input.given,
    ...savedProject(args, host),
    sensitive: args
      .list("var")
      .map((pair) => pair.split("=", 1)[0] ?? "")
      .filter((name) => !Object.hasOwn(input.given, name)),
    ...(name === undefined ? {} : { name }),
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.context === undefined ? {} : { context: flags.context }),
    ...(flags.insecure ? { insecure: true } : {}),
  };
  const sources = [...inputs.files, ...inputs.variableFiles, lockFile(input.files, host.cwd)];
  const text = writeSaved({ inputs, stack: input.stack, plan }, digest);
  await host.write(to.path, text, { secret: true, sources });
  const tell = args.text("format") === "json" ? host.err : to.tell;
  tell(`\nSaved. To do exactly this: stack apply ${to.isStdout ? "FILE" : shellWord(to.file)}\n`);
}

/** What a later run has to be told of a Compose project again. */
function savedProject(args: ParsedArguments, host: CliHost) {
  const { envFiles, ...rest } = projectOptions(args, host);
  return { ...rest, ...(envFiles && { envFiles: envFiles.map((path) => absolute(path, host)) }) };
}

/** A plan that something is in the way of cannot be applied, and CI should know. */
export function codeOf(plan: Plan, detailed: boolean): ExitCode {
  if (plan.conflicts.length > 0) return EXIT.refused;
  const pending = plan.changes.length > 0 || plan.blocked.some(({ required }) => required);
  return detailed && pending ? EXIT.pending : EXIT.done;
}
