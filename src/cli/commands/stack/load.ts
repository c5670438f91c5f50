import { resolve } from "node:path";
import { hasSameContent } from "../../../attributes/image/content-identity.ts";
import { text } from "../../../attributes/values/json.ts";
import {
  type Archive,
  type ArchivedImage,
  fullName,
  readArchive,
} from "../../../engine/archives/image-archive.ts";
import { BadArchive } from "../../../engine/archives/tar-reader.ts";
import type { EngineSession } from "../../../engine/engine.ts";
import type { Images } from "../../../engine/image-store.ts";
import type { Pins } from "../../../model/pins.ts";
import { plural } from "../../../render/words/quantities.ts";
import { sanitize } from "../../../render/words/sanitize.ts";
import { isAbsence, isFault, reasonOf } from "../../../system/file-errors.ts";
import type { Run } from "../../framework/command.ts";
import { meter } from "../../framework/transfer-meter.ts";
import { CliError, EXIT } from "../../host/exit-codes.ts";
import type { CliHost } from "../../host/host.ts";
import { engineFlags } from "../../inputs/load-stack.ts";
import { lockText, parseLock } from "../../inputs/lock-file.ts";
import { withEngine } from "../../workflow/with-engine.ts";
import { LOCK_ENTRY, STACK_ENTRY } from "./save.ts";

export const run: Run = async (args, host) => {
  const file = args.positional ?? "";
  const archive = await readWhole(resolve(host.cwd, file), file);
  const [stack, lock] = [STACK_ENTRY, LOCK_ENTRY].map((name) => archive.entries.get(name)?.text);
  if (stack === undefined || lock === undefined)
    throw new CliError(
      "invalid-archive",
      `${file} was not written by \`stack save\``,
      "An image of `docker save` is named in the stack file: `images.KEY.archive`.",
    );
  const folder = resolve(host.cwd, args.text("out") ?? ".");
  const [stackFile, lockFile] = [resolve(folder, STACK_ENTRY), resolve(folder, LOCK_ENTRY)];
  const before = host.read(stackFile);
  if (before && new TextDecoder().decode(before) !== stack)
    throw new CliError(
      "exists",
      `there is another ${STACK_ENTRY} in ${folder}`,
      "Name another folder with --out.",
    );
  const pins = parseLock(lock, LOCK_ENTRY);
  const ids = await withEngine(engineFlags(args), host, (engine) =>
    bring(resolve(host.cwd, file), archive, engine, host),
  );
  await host.write(stackFile, stack, {});
  await host.write(lockFile, lockText(withIds(pins, ids)), {});
  host.out(`${stackFile}, ${lockFile}: \`stack apply --locked\` there pulls nothing.\n`);
  return EXIT.done;
};

async function readWhole(path: string, file: string): Promise<Archive> {
  try {
    return await readArchive(path);
  } catch (error) {
    if (isAbsence(error)) throw new CliError("invalid-archive", `there is no file ${file}`);
    if (!(error instanceof BadArchive) && !isFault(error)) throw error;
    const [why, hint] =
      error instanceof BadArchive ? [error.message, error.hint] : [reasonOf(error), undefined];
    throw new CliError("invalid-archive", `${file} cannot be used: ${why}`, hint);
  }
}

/** The ids of the archive's images on the engine, by their full names. */
async function bring(
  file: string,
  archive: Archive,
  engine: EngineSession,
  host: CliHost,
): Promise<ReadonlyMap<string, string>> {
  const { signal } = host.interrupts;
  const images = await engine.images();
  const names = [...new Set(archive.images.flatMap((image) => image.names))];
  const wanted = await Promise.all(
    names.map(async (name) => {
      const platforms = archive.images.filter((image) => image.names.includes(name));
      const image = await images.fitting(platforms, signal);
      return { name, image, id: await idOf(images, name, image, signal) };
    }),
  );
  const missing = wanted.filter(({ id }) => id === undefined);
  if (missing.length > 0) {
    const picks = missing.map(({ image, name }) => ({ image, names: [name] }));
    const layers = new Set(missing.flatMap(({ image }) => image.layers));
    const total = [...layers].reduce(
      (sum, path) => sum + (archive.entries.get(path)?.size ?? 0),
      0,
    );
    const show = meter("loading", total, host);
    let told = 0;
    const advance = ({ current }: { readonly current?: number }) => {
      show.more((current ?? told) - told);
      told = current ?? told;
    };
    await images.load(file, archive, picks, { signal, advance }).finally(show.end);
  }
  const here = await Promise.all(
    wanted.map(async ({ name, image, id }) => {
      const now = id ?? (await idOf(images, name, image, signal));
      host.out(`${sanitize(name)}  ${id === undefined ? "loaded" : "here already"}\n`);
      if (now === undefined)
        throw new CliError("failed", `${name} is not what ${file} holds after its load`);
      return [name, now] as const;
    }),
  );
  host.out(`${plural(missing.length, "image")} loaded.\n`);
  return new Map(here);
}

/** The engine's id of an image, if it is that of the archive. */
async function idOf(images: Images, name: string, image: ArchivedImage, signal: AbortSignal) {
  const json = await images.inspect(name, signal);
  return json && hasSameContent(json, image.ids, [image.essence]) ? text(json.Id) : undefined;
}

/** An engine may have made an id of its own for what it was brought. */
function withIds(pins: Pins, ids: ReadonlyMap<string, string>): Pins {
  return Object.fromEntries(
    Object.entries(pins).map(([name, pin]) => {
      const id = ids.get(fullName(name));
      return [name, id ? { ...pin, ids: [...new Set([...(pin.ids ?? []), id])] } : pin];
    }),
  );
}
