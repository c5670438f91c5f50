import { stringify } from "yaml";
import { mask } from "../attributes/sensitive.ts";
import type { Run } from "./command.ts";
import { EXIT } from "./exit.ts";
import { loadInput } from "./inputs.ts";

export const run: Run = async (given, around) => {
  const { document } = await loadInput(given, around, { commands: false });
  const shown = mask(document);
  if (given.text("format") === "json") around.out(`${JSON.stringify(shown, null, 2)}\n`);
  else around.out(stringify(shown, { lineWidth: 100, aliasDuplicateObjects: false }));
  return EXIT.done;
};
