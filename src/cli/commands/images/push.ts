import { pushedNames } from "../../../attributes/image/digests.ts";
import { texts } from "../../../attributes/values/json.ts";
import type { Resource } from "../../../model/stack.ts";
import { tableText } from "../../../render/text/table.ts";
import type { Run } from "../../framework/command.ts";
import { meter } from "../../framework/transfer-meter.ts";
import { EXIT, Stop } from "../../host/exit-codes.ts";
import { engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

const FORMAT = "stackwright.push/1";

export const run: Run = async (given, around) => {
  const { stack } = await loadInput(given, around, { commands: false });
  const images = stack.resources.filter(({ kind }) => kind === "image");
  const chosen = choose(images, given.positionals);
  const { signal } = around.interrupts;
  const rows = await withEngine(engineFlags(given), around, async (engine) => {
    const port = await engine.images();
    const done: { readonly image: string; readonly digest: string }[] = [];
    for (const resource of chosen) {
      const { name, spec } = resource;
      for (const to of texts(spec.tags)) await port.tag(name, to, signal);
      for (const image of pushedNames(resource)) {
        const show = meter(`pushing ${image}`, 0, around);
        let told = 0;
        const advance = ({ current = told }: { readonly current?: number }) => {
          show.more(current - told);
          told = current;
        };
        const digest = await port.push(image, { signal, advance }).finally(show.end);
        done.push({ image, digest });
      }
    }
    return done;
  });
  if (given.text("format") === "json")
    around.out(`${JSON.stringify({ format: FORMAT, stack: stack.name, images: rows }, null, 2)}\n`);
  else {
    const cells = rows.map(({ image, digest }) => [image, digest]);
    around.out(tableText(["IMAGE", "DIGEST"], cells, around.paintOut.strong));
  }
  return EXIT.done;
};

/** Those that are named, by key or reference; otherwise all that say `push: true`. */
function choose(images: readonly Resource[], names: readonly string[]): readonly Resource[] {
  const unknown = names.find((name) => !images.some((image) => isNamed(image, name)));
  if (unknown !== undefined)
    throw new Stop(EXIT.failed, `the stack has no image ${JSON.stringify(unknown)}`);
  const chosen = images.filter((image) =>
    names.length > 0 ? names.some((name) => isNamed(image, name)) : image.spec.push === true,
  );
  const nameless = chosen.find((image) => pushedNames(image).length === 0);
  if (nameless)
    throw new Stop(
      EXIT.failed,
      `${nameless.name} is pulled, and has no \`tags\` to be pushed under`,
      "Give it `images.KEY.tags`.",
    );
  if (chosen.length > 0) return chosen;
  throw new Stop(EXIT.failed, "no image of the stack says `push: true`", "Name one, or say so.");
}

const isNamed = ({ key, name }: Resource, asked: string): boolean =>
  key === asked || name === asked;
