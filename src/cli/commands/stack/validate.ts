import type { JsonObject } from "../../../model/json.ts";
import { validationJson } from "../../../render/json/diagnostics.ts";
import { plural } from "../../../render/words/quantities.ts";
import type { ParsedArguments, Run } from "../../framework/command.ts";
import { CliError, EXIT, type ExitCode } from "../../host/exit-codes.ts";
import type { CliHost } from "../../host/host.ts";
import { findStackFiles } from "../../inputs/find-stack-files.ts";
import { loadInput } from "../../inputs/load-stack.ts";

const HOW = { commands: false, files: true } as const;

export const run: Run = async (args, host) => {
  if (args.text("format") === "json") return asJson(args, host);
  const { stack, files } = await loadInput(args, host, HOW);
  const kinds = ["container", "network", "volume", "plugin", "image"] as const;
  const counts = kinds.flatMap((kind) => {
    const count = stack.resources.filter((resource) => resource.kind === kind).length;
    return count > 0 ? [plural(count, kind)] : [];
  });
  const what = counts.length > 0 ? counts.join(", ") : "nothing";
  const { good } = host.paintOut;
  host.out(`${files.join(", ")}: the stack ${stack.name} is ${good("valid")} (${what}).\n`);
  return EXIT.done;
};

/** The diagnostics as one document; what keeps the stack from being read at all is an error as usual. */
async function asJson(args: ParsedArguments, host: CliHost): Promise<ExitCode> {
  const found: JsonObject[] = [];
  const collect = (more: readonly JsonObject[]) => void found.push(...more);
  try {
    const { stack, files } = await loadInput(args, host, { ...HOW, collect });
    host.out(validationJson(files, stack.name, found));
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof CliError) || error.message !== "") throw error;
    host.out(validationJson(findStackFiles(args, host).files, undefined, found));
    return EXIT.invalid;
  }
}
