import { imageReference } from "../../../attributes/values/image-reference.ts";
import { Invalid } from "../../../attributes/values/invalid.ts";
import { list, record, text } from "../../../attributes/values/json.ts";
import { sanitize } from "../../../render/words/sanitize.ts";
import type { Run } from "../../framework/command.ts";
import { CliError, EXIT } from "../../host/exit-codes.ts";
import { engineFlags, loadOwned } from "../../inputs/load-stack.ts";
import { containerOf } from "../../workflow/find-container.ts";
import { withEngine } from "../../workflow/with-engine.ts";

export const run: Run = async (args, host) => {
  const [asked = "", image, ...more] = args.positionals;
  if (image === undefined || more.length > 0)
    throw new CliError("usage", "name a container and an image", "See: stack commit --help");
  checked(image);
  const input = await loadOwned(args, host);
  const { signal } = host.interrupts;
  const { found, id } = await withEngine(engineFlags(args), host, async (engine) => {
    const found = await containerOf(asked, input, engine, host);
    return { found, id: await (await engine.images()).commit(found.id, image, signal) };
  });
  const mounted = list(found.json.Mounts).map((mount) => text(record(mount).Destination));
  const warnings = [
    "nothing says how its files came about, so it cannot be made again; a Dockerfile can",
    "the container's environment and what was written into its files are in it, secrets too",
    ...(mounted.length > 0 ? [`what is mounted is not in it: ${mounted.join(", ")}`] : []),
  ];
  for (const warning of warnings)
    host.err(`${host.paintErr.warn("warning:")} ${sanitize(warning)}\n`);
  const document = { format: "stackwright.commit/1", container: found.name, image, id, warnings };
  if (args.text("format") === "json") host.out(`${JSON.stringify(document, null, 2)}\n`);
  else host.out(`${sanitize(image)}  ${id}\n`);
  return EXIT.done;
};

function checked(image: string): void {
  try {
    if (!imageReference(image).includes("@")) return;
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    throw new CliError("usage", error.message, error.hint);
  }
  throw new CliError("usage", `${image} names a digest, which cannot be given`, "Name a tag.");
}
