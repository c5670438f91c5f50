import { redactorOf } from "../../../attributes/container/former-values.ts";
import { ownerOf } from "../../../attributes/core/ownership.ts";
import { type Layered, unionSize } from "../../../attributes/image/shared-layers.ts";
import { list, number, record, text } from "../../../attributes/values/json.ts";
import type { Images } from "../../../engine/image-store.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Stack } from "../../../model/stack.ts";
import { size } from "../../../render/words/quantities.ts";
import type { Run } from "../../framework/command.ts";
import { show } from "../../framework/print-table.ts";
import { EXIT } from "../../host/exit-codes.ts";
import { engineFlags, loadOwned } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

const TITLES = ["KIND", "NAME", "SIZE"];

interface Row {
  readonly kind: "image" | "container" | "volume";
  readonly name: string;
  /** Bytes; of an image with the layers that it shares, of a container what it has written. */
  readonly size: number;
}

export const run: Run = async (args, host) => {
  const { stack, secrets } = await loadOwned(args, host);
  const redact = redactorOf(stack, secrets);
  const { signal } = host.interrupts;
  const { rows, images } = await withEngine(engineFlags(args), host, async (engine) => {
    const port = await engine.images();
    const usage = await port.usage(signal);
    const mine = imagesOf(usage, stack);
    const layered = await Promise.all(mine.map((image) => layersOf(image, port, signal)));
    const rows = rowsOf(usage, mine, stack).map((row) => ({ ...row, name: redact(row.name) }));
    return { rows, images: unionSize(layered) };
  });
  const sum = (kind: Row["kind"]) =>
    rows.reduce((total, row) => total + (row.kind === kind ? row.size : 0), 0);
  const totals = { images, containers: sum("container"), volumes: sum("volume") };
  const total = totals.images + totals.containers + totals.volumes;
  const cells = [
    ...rows.map((row) => [row.kind, row.name, size(row.size)]),
    ["images", "what they share counts once", size(totals.images)],
    ["total", "", size(total)],
  ];
  const document = { stack: stack.name, rows, totals: { ...totals, total } };
  const empty = `${stack.name} takes nothing.`;
  const shown = { format: "stackwright.df/1", document, titles: TITLES, empty };
  show(args, host, { ...shown, cells: rows.length === 0 ? [] : cells });
  return EXIT.done;
};

const ours = (json: JsonObject, { name }: Stack): boolean =>
  ownerOf(record(json.Labels))?.stack === name;

/** Images that the stack names, and those that its containers run. */
function imagesOf(usage: JsonObject, stack: Stack): readonly JsonObject[] {
  const names = new Set(
    stack.resources.flatMap(({ kind, name }) => (kind === "image" ? name : [])),
  );
  const used = new Set(
    list(usage.Containers)
      .map(record)
      .filter((container) => ours(container, stack))
      .map(({ ImageID }) => text(ImageID)),
  );
  return list(usage.Images)
    .map(record)
    .filter(({ Id, RepoTags }) =>
      [text(Id), ...list(RepoTags).map(text)].some((each) => used.has(each) || names.has(each)),
    );
}

function rowsOf(usage: JsonObject, images: readonly JsonObject[], stack: Stack): readonly Row[] {
  const containers = list(usage.Containers).map(record);
  const volumes = list(usage.Volumes).map(record);
  return [
    ...images.map(({ Id, RepoTags, Size }): Row => {
      const name = list(RepoTags).map(text).join(", ") || text(Id);
      return { kind: "image", name, size: number(Size) };
    }),
    ...containers
      .filter((each) => ours(each, stack))
      .map(({ Names, SizeRw }): Row => {
        const name = text(list(Names)[0]).slice(1);
        return { kind: "container", name, size: number(SizeRw) };
      }),
    ...volumes
      .filter((each) => ours(each, stack))
      .map(({ Name, UsageData }): Row => {
        // -1: the driver does not tell.
        const size = Math.max(0, number(record(UsageData).Size));
        return { kind: "volume", name: text(Name), size };
      }),
  ];
}

async function layersOf(image: JsonObject, port: Images, signal: AbortSignal): Promise<Layered> {
  const id = text(image.Id);
  const [json, history] = await Promise.all([port.inspect(id, signal), port.history(id, signal)]);
  const [first = id] = list(record(json?.RootFS).Layers).map(text);
  return {
    first,
    size: number(image.Size),
    layers: history.toReversed().map(({ Created, CreatedBy, Size }) => ({
      made: `${number(Created)} ${text(CreatedBy)}`,
      size: number(Size),
    })),
  };
}
