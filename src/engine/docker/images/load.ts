import { pipeline, type Readable, Transform } from "node:stream";
import { ROOTFS_LABEL } from "../../../attributes/image/archive.ts";
import { hasSameContent } from "../../../attributes/image/content-identity.ts";
import { splitReference } from "../../../attributes/values/image-reference.ts";
import { at, equal, text } from "../../../attributes/values/json.ts";
import { serves } from "../../../attributes/values/platform.ts";
import type { StepProgress } from "../../../model/events.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { OperationOf } from "../../../model/operations/operations.ts";
import { isFault, reasonOf } from "../../../system/file-errors.ts";
import { readStream, requireFile } from "../../../system/read-file.ts";
import {
  type Archive,
  type ArchivedImage,
  choose,
  readArchive,
} from "../../archives/image-archive.ts";
import { rootfsDigest } from "../../archives/rootfs-digest.ts";
import { BadArchive } from "../../archives/tar-reader.ts";
import { type Named, picked } from "../../archives/write-archive.ts";
import type { StepContext } from "../../engine.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";
import { findImage } from "../api/queries.ts";
import { EngineError } from "../errors/engine-error.ts";
import { postconditionFailed } from "../errors/postcondition.ts";

/* Images from files of the client. */

type Load = OperationOf<"image.load">;
type Import = OperationOf<"image.import">;
type Context = Pick<StepContext, "signal" | "advance">;

const LOAD = "POST /images/load";
const IMPORT = "POST /images/create";
/** Bytes per second that an engine must accept at least; a slower one counts as lost. */
const SLOWEST = 100_000;
const DEADLINE = 120_000;

/**
 * Loads the image that the archive contains, under the requested name only. @throws EngineError if
 * the file changed since the plan, for an error inside the 200 stream, and if the engine has a
 * different image afterwards
 */
export async function load(client: Client, work: Load, context: Context): Promise<void> {
  const { image, file, ids, platform = "" } = work;
  const archive = await legible(file, LOAD, () => readArchive(file));
  const meant = await legible(file, LOAD, async () => choose(archive, image, platform));
  const now = meant.flatMap((each) => each.ids);
  if (!equal([...now], [...ids])) throw moved(file, LOAD);
  const chosen = await forEngine(client, meant, context.signal);
  await send(client, file, archive, [{ image: chosen, names: [image] }], context);
  const json = await findImage(client, image, context.signal);
  if (!json || !hasSameContent(json, chosen.ids, [chosen.essence]))
    throw postconditionFailed(
      "not-applied",
      LOAD,
      `${image} is not what ${file} holds after its load`,
    );
}

/** Sends the selected images of an archive in one call. */
export async function send(
  client: Client,
  file: string,
  archive: Archive,
  picks: readonly Named[],
  { signal, advance }: Context,
): Promise<void> {
  const layers = new Set(picks.flatMap(({ image }) => image.layers));
  const total = [...layers].reduce((sum, name) => sum + (archive.entries.get(name)?.size ?? 0), 0);
  const told = counter(advance, total);
  const body = picked(file, archive, picks, told);
  const options = { body, deadline: deadlineFor(total), signal };
  await upload(file, body, LOAD, async () => {
    for await (const { stream } of await client.progress("POST", path`/images/load`, options)) {
      const words = text(stream as never).trim();
      if (words) advance({ text: words });
    }
  });
}

/** Reports an unreadable file as such; the engine would only see a closed connection. */
async function upload(file: string, body: Readable, operation: string, run: () => Promise<void>) {
  let broken: Error | undefined;
  body.on("error", (error) => {
    broken = error;
  });
  try {
    await run();
  } catch (error) {
    const passing = error instanceof EngineError && error.code !== "cut";
    if (!broken || passing) throw error;
    throw postconditionFailed(
      "not-applied",
      operation,
      `${file} cannot be read to its end: ${reasonOf(broken)}`,
    );
  }
}

/** Imports a root file system archive. A label of the image records its inputs. */
export async function importRootfs(
  client: Client,
  { image, file, platform, changes, digest }: Import,
  { signal, advance }: Context,
): Promise<void> {
  const { size } = await legible(file, IMPORT, async () => requireFile(file));
  if ((await legible(file, IMPORT, () => rootfsDigest(file, changes, platform ?? ""))) !== digest)
    throw moved(file, IMPORT);
  const told = counter(advance, size);
  // A failure in either stream ends both, and the sender receives it.
  const body = pipeline(readStream(file), counted(told), () => {});
  const { repository, tag = "latest" } = splitReference(image);
  const options = {
    query: {
      ...{ fromSrc: "-", repo: repository, tag, platform },
      // The engine joins repeated `changes` with line ends itself.
      changes: [...changes, `LABEL ${ROOTFS_LABEL}=${digest}`].join("\n"),
    },
    body,
    deadline: deadlineFor(size),
    signal,
  };
  await upload(file, body, IMPORT, async () => {
    for await (const _ of await client.progress("POST", path`/images/create`, options));
  });
  const json = await findImage(client, image, signal);
  if (at(json, "Config", "Labels", ROOTFS_LABEL) !== digest)
    throw postconditionFailed(
      "not-applied",
      IMPORT,
      `${image} is not what ${file} holds after its import`,
    );
}

export const deadlineFor = (bytes: number): number => DEADLINE + (bytes / SLOWEST) * 1000;

function counter(
  advance: (progress: StepProgress) => void,
  total: number,
): (bytes: number) => void {
  let current = 0;
  return (bytes) => {
    current = Math.min(current + bytes, total);
    advance({ text: "sending", current, total });
  };
}

function counted(told: (bytes: number) => void): Transform & Readable {
  return new Transform({
    transform(part: Buffer, _encoding, done) {
      told(part.length);
      done(null, part);
    },
  });
}

/** Of an image's platforms, the one that matches the engine. */
export async function forEngine(
  client: Client,
  images: readonly ArchivedImage[],
  signal: AbortSignal,
): Promise<ArchivedImage> {
  const [first, ...more] = images;
  if (first && more.length === 0) return first;
  const { Os, Arch } = await client.get<JsonObject>(path`/version`, { signal });
  const platform = `${text(Os)}/${text(Arch)}`;
  const fitting = images.find((each) => serves(each.platform, platform));
  if (fitting) return fitting;
  const has = images.map((each) => each.platform).join(", ");
  throw postconditionFailed(
    "not-applied",
    LOAD,
    `the archive is for ${has}, and the engine for ${platform}`,
  );
}

const moved = (file: string, operation: string) =>
  postconditionFailed(
    "not-applied",
    operation,
    `${file} has changed since the plan was made`,
    "Plan again.",
  );

/** Turns a file system error into an EngineError. */
async function legible<T>(file: string, operation: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const bad = error instanceof BadArchive;
    if (!bad && !isFault(error)) throw error;
    const why = bad ? error.message : reasonOf(error);
    throw postconditionFailed("not-applied", operation, `${file} cannot be read: ${why}`);
  }
}
