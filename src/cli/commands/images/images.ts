import { list, number, text } from "../../../attributes/values/json.ts";
import { platformOf } from "../../../attributes/values/platform.ts";
import { ago } from "../../../render/text/table.ts";
import { size } from "../../../render/words/quantities.ts";
import type { Run } from "../../framework/command.ts";
import { short, show } from "../../framework/print-table.ts";
import { EXIT } from "../../host/exit-codes.ts";
import { engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

const TITLES = ["ADDRESS", "IMAGE", "ID", "PLATFORM", "SIZE", "CREATED"];

export const run: Run = async (args, host) => {
  const { stack } = await loadInput(args, host, { commands: false });
  const { signal } = host.interrupts;
  const images = stack.resources.filter(({ kind }) => kind === "image");
  const rows = await withEngine(engineFlags(args), host, async (engine) => {
    const port = await engine.images();
    return Promise.all(
      images.map(async ({ address, name }) => {
        const json = await port.inspect(name, signal);
        if (!json) return { address, image: name, present: false as const };
        return {
          ...{ address, image: name, present: true as const },
          id: text(json.Id),
          digests: list(json.RepoDigests).map(text),
          platform: platformOf(json),
          size: number(json.Size),
          created: text(json.Created),
        };
      }),
    );
  });
  const cells = rows.map((row) =>
    row.present
      ? [
          ...[row.address, row.image, short(row.id), row.platform, size(row.size)],
          ago(host.now() - Date.parse(row.created)),
        ]
      : [row.address, row.image, "not here", "", "", ""],
  );
  const document = { stack: stack.name, images: rows };
  const empty = `${stack.name} has no images.`;
  show(args, host, { format: "stackwright.images/1", document, titles: TITLES, cells, empty });
  return EXIT.done;
};
