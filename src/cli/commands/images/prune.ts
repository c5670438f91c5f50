import { list, number, record, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import { type Prunable, selectPrunable } from "../../../planning/prune.ts";
import { plural, size } from "../../../render/words/quantities.ts";
import { sanitize } from "../../../render/words/sanitize.ts";
import type { Run } from "../../framework/command.ts";
import { wholeNumber } from "../../framework/parse-arguments.ts";
import { short, show } from "../../framework/print-table.ts";
import { CliError, EXIT } from "../../host/exit-codes.ts";
import type { CliHost } from "../../host/host.ts";
import { engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

const TITLES = ["IMAGE", "SIZE", "WHY"];

export const run: Run = async (args, host) => {
  const keep = wholeNumber(args.text("keep") ?? "1", "--keep", 0, 1000);
  const { stack } = await loadInput(args, host, { commands: false });
  const { signal } = host.interrupts;
  return withEngine(engineFlags(args), host, async (engine) => {
    const port = await engine.images();
    const [images, usage] = await Promise.all([port.list(signal), port.usage(signal)]);
    const goes = selectPrunable(stack, images, usedBy(usage), keep);
    const cache = unusedCache(usage);
    const cells = goes.map(({ image, size: bytes, reason: because }) => [
      image.startsWith("sha256:") ? short(image) : image,
      ...[size(bytes), because],
    ]);
    const rows = cache > 0 ? [...cells, ["build cache", size(cache), "nothing uses it"]] : cells;
    const document = { stack: stack.name, images: goes, buildCache: cache };
    const empty = "Nothing to remove.";
    show(args, host, {
      ...{ format: "stackwright.prune/1", document, titles: TITLES, cells: rows, empty },
    });
    if (rows.length === 0) return EXIT.done;
    if (!args.flag("yes")) await agree(goes, engine.facts.endpoint, host);
    const failed: string[] = [];
    for (const { image } of goes)
      await port.remove(image, signal).catch((error: Error) => {
        signal.throwIfAborted();
        failed.push(image);
        host.err(`${host.paintErr.warn("kept:")} ${sanitize(image)}: ${sanitize(error.message)}\n`);
      });
    const freed = cache > 0 ? await port.pruneBuilds(signal) : 0;
    const builds = freed > 0 ? `, ${size(freed)} of build cache` : "";
    host.err(`${plural(goes.length - failed.length, "image")} removed${builds}.\n`);
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

async function agree(images: readonly Prunable[], endpoint: string, host: CliHost): Promise<void> {
  if (!host.stdin.isTTY || !host.stderr.isTTY)
    throw new CliError("not-confirmed", "there is no terminal to ask on", "Give --yes.");
  const what = images.length > 0 ? plural(images.length, "image") : "the build cache";
  const answer = await host.ask(
    `\nRemove ${what} from ${sanitize(endpoint)}? Only "yes" is accepted: `,
  );
  if (answer?.trim() !== "yes") throw new CliError("not-confirmed", "nothing was done");
}
