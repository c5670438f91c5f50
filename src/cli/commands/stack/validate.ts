import { plural } from "../../../render/words/quantities.ts";
import type { Run } from "../../framework/command.ts";
import { EXIT } from "../../host/exit-codes.ts";
import { loadInput } from "../../inputs/load-stack.ts";

export const run: Run = async (args, host) => {
  const { stack, files } = await loadInput(args, host, { commands: false, files: true });
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
