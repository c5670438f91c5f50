import { plural } from "../render/quantities.ts";
import type { Run } from "./command.ts";
import { EXIT } from "./exit.ts";
import { loadInput } from "./inputs.ts";

export const run: Run = async (given, around) => {
  const { stack, files } = await loadInput(given, around, { commands: false, files: true });
  const kinds = ["container", "network", "volume", "plugin", "image"] as const;
  const counts = kinds.flatMap((kind) => {
    const count = stack.resources.filter((resource) => resource.kind === kind).length;
    return count > 0 ? [plural(count, kind)] : [];
  });
  const what = counts.length > 0 ? counts.join(", ") : "nothing";
  const { good } = around.paintOut;
  around.out(`${files.join(", ")}: the stack ${stack.name} is ${good("valid")} (${what}).\n`);
  return EXIT.done;
};
