import { list, number, record, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import { type Prunable, prunable } from "../../../planning/prune.ts";
import { plural, size } from "../../../render/words/quantities.ts";
import { safe } from "../../../render/words/sanitize.ts";
import type { Run } from "../../framework/command.ts";
import { wholeNumber } from "../../framework/parse-arguments.ts";
import { short, show } from "../../framework/print-table.ts";
import { EXIT, Stop } from "../../host/exit-codes.ts";
import type { Around } from "../../host/host.ts";
import { engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

const TITLES = ["IMAGE", "SIZE", "WHY"];

export const run: Run = async (given, around) => {
  const keep = wholeNumber(given.text("keep") ?? "1", "--keep", 0, 1000);
  const { stack } = await loadInput(given, around, { commands: false });
  const { signal } = around.interrupts;
  return withEngine(engineFlags(given), around, async (engine) => {
    const port = await engine.images();
    const [images, usage] = await Promise.all([port.list(signal), port.usage(signal)]);
    const goes = prunable(stack, images, usedBy(usage), keep);
    const cache = unusedCache(usage);
    const cells = goes.map(({ image, size: bytes, because }) => [
      image.startsWith("sha256:") ? short(image) : image,
      ...[size(bytes), because],
    ]);
    const rows = cache > 0 ? [...cells, ["build cache", size(cache), "nothing uses it"]] : cells;
    const document = { stack: stack.name, images: goes, buildCache: cache };
    const empty = "Nothing to remove.";
    show(given, around, {
      ...{ format: "stackwright.prune/1", document, titles: TITLES, cells: rows, empty },
    });
    if (rows.length === 0) return EXIT.done;
    if (!given.flag("yes")) await agree(goes, engine.facts.endpoint, around);
    const failed: string[] = [];
    for (const { image } of goes)
      await port.remove(image, signal).catch((error: Error) => {
        signal.throwIfAborted();
        failed.push(image);
        around.err(`${around.paintErr.warn("kept:")} ${safe(image)}: ${safe(error.message)}\n`);
      });
    const freed = cache > 0 ? await port.pruneBuilds(signal) : 0;
    const builds = freed > 0 ? `, ${size(freed)} of build cache` : "";
    around.err(`${plural(goes.length - failed.length, "image")} removed${builds}.\n`);
    return failed.length > 0 ? EXIT.failed : EXIT.done;
  });
};

/** Ids and references of the images of all containers of the engine. */
function usedBy(usage: JsonObject): ReadonlySet<string> {
  const containers = list(usage.Containers).map(record);
  return new Set(containers.flatMap(({ Image, ImageID }) => [text(Image), text(ImageID)]));
}

/** Bytes of build cache that no build uses and that is shared with no image. */
function unusedCache(usage: JsonObject): number {
  return list(usage.BuildCache)
    .map(record)
    .filter(({ InUse, Shared }) => InUse !== true && Shared !== true)
    .reduce((sum, each) => sum + number(each.Size), 0);
}

async function agree(images: readonly Prunable[], endpoint: string, around: Around): Promise<void> {
  if (!around.stdin.isTTY || !around.stderr.isTTY)
    throw new Stop(EXIT.refused, "there is no terminal to ask on", "Give --yes.");
  const what = images.length > 0 ? plural(images.length, "image") : "the build cache";
  const answer = await around.ask(
    `\nRemove ${what} from ${safe(endpoint)}? Only "yes" is accepted: `,
  );
  if (answer?.trim() !== "yes") throw new Stop(EXIT.refused, "nothing was done");
}
