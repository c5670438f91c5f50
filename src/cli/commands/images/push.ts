import { pushedNames } from "../../../attributes/image/digests.ts";
import { texts } from "../../../attributes/values/json.ts";
import type { Resource } from "../../../model/stack.ts";
import { tableText } from "../../../render/text/table.ts";
import type { Run } from "../../framework/command.ts";
import { meter } from "../../framework/transfer-meter.ts";
import { CliError, EXIT } from "../../host/exit-codes.ts";
import { engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

const FORMAT = "stackwright.push/1";

export const run: Run = async (args, host) => {
  const { stack } = await loadInput(args, host, { commands: false });
  const images = stack.resources.filter(({ kind }) => kind === "image");
  const chosen = choose(images, args.positionals);
  const { signal } = host.interrupts;
  const rows = await withEngine(engineFlags(args), host, async (engine) => {
    const port = await engine.images();
    const done: { readonly image: string; readonly digest: string }[] = [];
    for (const resource of chosen) {
      const { name, spec } = resource;
      for (const to of texts(spec.tags)) await port.tag(name, to, signal);
      for (const image of pushedNames(resource)) {
        const show = meter(`pushing ${image}`, 0, host);
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
  if (args.text("format") === "json")
    host.out(`${JSON.stringify({ format: FORMAT, stack: stack.name, images: rows }, null, 2)}\n`);
  else {
    const cells = rows.map(({ image, digest }) => [image, digest]);
    host.out(tableText(["IMAGE", "DIGEST"], cells, host.paintOut));
  }
  return EXIT.done;
};

/** Those that are named, by key or reference; otherwise all that say `push: true`. */
function choose(images: readonly Resource[], names: readonly string[]): readonly Resource[] {
  const unknown = names.find((name) => !images.some((image) => isNamed(image, name)));
  if (unknown !== undefined)
    throw new CliError("not-found", `the stack has no image ${JSON.stringify(unknown)}`);
  const chosen = images.filter((image) =>
    names.length > 0 ? names.some((name) => isNamed(image, name)) : image.spec.push === true,
  );
  const nameless = chosen.find((image) => pushedNames(image).length === 0);
  if (nameless)
    throw new CliError(
      "usage",
      `${nameless.name} is pulled, and has no \`tags\` to be pushed under`,
      "Give it `images.KEY.tags`.",
    );
  if (chosen.length > 0) return chosen;
  throw new CliError("usage", "no image of the stack says `push: true`", "Name one, or say so.");
}

const isNamed = ({ key, name }: Resource, asked: string): boolean =>
  key === asked || name === asked;
