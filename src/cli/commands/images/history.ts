import { redactorOf } from "../../../attributes/container/former-values.ts";
import { number, text, texts } from "../../../attributes/values/json.ts";
import { ago } from "../../../render/text/table.ts";
import { size } from "../../../render/words/quantities.ts";
import type { Given, Run } from "../../framework/command.ts";
import { show } from "../../framework/print-table.ts";
import { EXIT } from "../../host/exit-codes.ts";
import type { Around } from "../../host/host.ts";
import { engineFlags, hasStackFile, loadInput } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

const TITLES = ["CREATED", "SIZE", "BY"];

export const run: Run = async (given, around) => {
  const { image, redact } = await referenceOf(given, around);
  const { signal } = around.interrupts;
  const layers = await withEngine(engineFlags(given), around, async (engine) =>
    (await engine.images()).history(image, signal),
  );
  const rows = layers.map((layer) => ({
    created: new Date(number(layer.Created) * 1000).toISOString(),
    size: number(layer.Size),
    by: redact(text(layer.CreatedBy) || text(layer.Comment)),
    tags: texts(layer.Tags),
  }));
  const cells = rows.map((row) => [
    ago(around.now() - Date.parse(row.created)),
    size(row.size),
    row.by,
  ]);
  const document = { image, layers: rows };
  const empty = `${image} has no history.`;
  show(given, around, { format: "stackwright.history/1", document, titles: TITLES, cells, empty });
  return EXIT.done;
};

/** A key of the stack's images, where there is a stack; else a reference. */
async function referenceOf(given: Given, around: Around) {
  const asked = given.positional ?? "";
  if (!hasStackFile(given, around)) return { image: asked, redact: (text: string) => text };
  const { stack, secrets } = await loadInput(given, around, { commands: false });
  const image = stack.resources.find(({ kind, key }) => kind === "image" && key === asked);
  return { image: image?.name ?? asked, redact: redactorOf(stack, secrets) };
}
