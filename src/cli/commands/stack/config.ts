import { stringify } from "yaml";
import { readable } from "../../../language/portable-document.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Run } from "../../framework/command.ts";
import { EXIT } from "../../host/exit-codes.ts";
import { loadInput } from "../../inputs/load-stack.ts";

export const run: Run = async (args, host) => {
  const { document } = await loadInput(args, host, { commands: false });
  host.out(configText(document, args.text("format")));
  return EXIT.done;
};

/** The resolved document as a stack file, which is understood as the same stack. */
export function configText(document: JsonObject, format: string | undefined): string {
  const shown = readable(document);
  if (format === "json") return `${JSON.stringify(shown, null, 2)}\n`;
  return stringify(shown, { lineWidth: 100, aliasDuplicateObjects: false });
}
