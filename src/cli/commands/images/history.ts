import { redactorOf } from "../../../attributes/container/former-values.ts";
import { number, text, texts } from "../../../attributes/values/json.ts";
import { ago } from "../../../render/text/table.ts";
import { size } from "../../../render/words/quantities.ts";
import type { ParsedArguments, Run } from "../../framework/command.ts";
import { show } from "../../framework/print-table.ts";
import { EXIT } from "../../host/exit-codes.ts";
import type { CliHost } from "../../host/host.ts";
import { engineFlags, hasStackFile, loadInput } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

const TITLES = ["CREATED", "SIZE", "BY"];

export const run: Run = async (args, host) => {
  const { image, redact } = await referenceOf(args, host);
  const { signal } = host.interrupts;
  const layers = await withEngine(engineFlags(args), host, async (engine) =>
    (await engine.images()).history(image, signal),
  );
  const rows = layers.map((layer) => ({
    created: new Date(number(layer.Created) * 1000).toISOString(),
    size: number(layer.Size),
    by: redact(text(layer.CreatedBy) || text(layer.Comment)),
    tags: texts(layer.Tags),
  }));
  const cells = rows.map((row) => [
    ago(host.now() - Date.parse(row.created)),
    size(row.size),
    row.by,
  ]);
  const document = { image, layers: rows };
  const empty = `${image} has no history.`;
  show(args, host, { format: "stackwright.history/1", document, titles: TITLES, cells, empty });
  return EXIT.done;
};

/** A key of the stack's images, where there is a stack; else a reference. */
async function referenceOf(args: ParsedArguments, host: CliHost) {
  const asked = args.positional ?? "";
  if (!hasStackFile(args, host)) return { image: asked, redact: (text: string) => text };
  const { stack, secrets } = await loadInput(args, host, { commands: false });
  const image = stack.resources.find(({ kind, key }) => kind === "image" && key === asked);
  return { image: image?.name ?? asked, redact: redactorOf(stack, secrets) };
}
