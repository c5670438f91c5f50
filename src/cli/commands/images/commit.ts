import { imageReference } from "../../../attributes/values/image-reference.ts";
import { Invalid } from "../../../attributes/values/invalid.ts";
import { list, record, text } from "../../../attributes/values/json.ts";
import { safe } from "../../../render/words/sanitize.ts";
import type { Run } from "../../framework/command.ts";
import { EXIT, Stop } from "../../host/exit-codes.ts";
import { engineFlags, loadOwned } from "../../inputs/load-stack.ts";
import { containerOf } from "../../workflow/find-container.ts";
import { withEngine } from "../../workflow/with-engine.ts";

export const run: Run = async (given, around) => {
  const [asked = "", image, ...more] = given.positionals;
  if (image === undefined || more.length > 0)
    throw new Stop(EXIT.failed, "name a container and an image", "See: stack commit --help");
  checked(image);
  const input = await loadOwned(given, around);
  const { signal } = around.interrupts;
  const { found, id } = await withEngine(engineFlags(given), around, async (engine) => {
    const found = await containerOf(asked, input, engine, around);
    return { found, id: await (await engine.images()).commit(found.id, image, signal) };
  });
  const mounted = list(found.json.Mounts).map((mount) => text(record(mount).Destination));
  const warnings = [
    "nothing says how its files came about, so it cannot be made again; a Dockerfile can",
    "the container's environment and what was written into its files are in it, secrets too",
    ...(mounted.length > 0 ? [`what is mounted is not in it: ${mounted.join(", ")}`] : []),
  ];
  for (const warning of warnings)
    around.err(`${around.paintErr.warn("warning:")} ${safe(warning)}\n`);
  const document = { format: "stackwright.commit/1", container: found.name, image, id, warnings };
  if (given.text("format") === "json") around.out(`${JSON.stringify(document, null, 2)}\n`);
  else around.out(`${safe(image)}  ${id}\n`);
  return EXIT.done;
};

function checked(image: string): void {
  try {
    if (!imageReference(image).includes("@")) return;
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    throw new Stop(EXIT.failed, error.message, error.hint);
  }
  throw new Stop(EXIT.failed, `${image} names a digest, which cannot be given`, "Name a tag.");
}
