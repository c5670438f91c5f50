import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Pack, pack } from "tar-stream";
import type { JsonObject } from "../../model/json.ts";
import { type Archive, type ArchivedImage, fullName } from "./image-archive.ts";
import { clean, compressionOf } from "./tar-reader.ts";

/** An image and the names to load it under. */
export interface Named {
  readonly image: ArchivedImage;
  readonly names: readonly string[];
}

/** Documents that decide which images an archive holds. They are rewritten, never copied. */
const DOCUMENTS = new Set(["manifest.json", "index.json", "repositories"]);

/**
 * An archive of the selected images under the given names only, so that loading it changes no other
 * tag of the engine. It suits both kinds of image store: manifest.json for graph drivers,
 * index.json (if the source has one) for containerd.
 */
export function picked(
  file: string,
  { entries }: Archive,
  picks: readonly Named[],
  sent: (bytes: number) => void,
): Readable {
  const wanted = new Set(picks.flatMap(({ image }) => image.oci?.blobs ?? []));
  const keeps = (name: string) =>
    !DOCUMENTS.has(name) && (!name.startsWith("blobs/") || wanted.size === 0 || wanted.has(name));
  return packed(async (tar) => {
    await copy(await opened(file), tar, keeps, sent);
    tar.entry({ name: "manifest.json" }, JSON.stringify(picks.map(manifestOf)));
    if (entries.has("oci-layout"))
      tar.entry({ name: "index.json" }, JSON.stringify(indexOf(picks)));
  });
}

/** A tar archive produced by `write` while it is read. The reader receives what `write` throws. */
export function packed(write: (tar: Pack) => Promise<void>): Readable {
  return Readable.from(
    (async function* () {
      const tar = pack();
      let failure: unknown;
      // A reader that stops passes its reason, which the archive emits again.
      unheard(tar);
      write(tar)
        .then(() => tar.finalize())
        .catch((error: unknown) => {
          failure = error;
          tar.destroy();
        });
      try {
        yield* tar as AsyncIterable<Buffer>;
      } catch (error) {
        failure ??= error;
      } finally {
        tar.destroy();
      }
      if (failure !== undefined) throw failure;
    })(),
  );
}

/**
 * Adds an empty listener: the error is reported elsewhere, and without a listener it would end the
 * process.
 */
function unheard(stream: { on(event: "error", listener: () => void): unknown }): void {
  stream.on("error", () => {});
}

function manifestOf({ image, names }: Named): JsonObject {
  return { Config: image.config, RepoTags: names.map(short), Layers: [...image.layers] };
}

/** The short form in which engines write names of Docker Hub's images. */
function short(reference: string): string {
  return fullName(reference).replace(/^docker\.io\/(library\/)?/, "");
}

function indexOf(picks: readonly Named[]): JsonObject {
  const manifests = picks.flatMap(({ image, names }) =>
    names.map((name) => ({
      ...image.oci?.descriptor,
      annotations: { "io.containerd.image.name": fullName(name) },
    })),
  );
  const mediaType = "application/vnd.oci.image.index.v1+json";
  return { schemaVersion: 2, mediaType, manifests } as JsonObject;
}

/** Copies a tar's entries in order and calls `sent` with the size of each piece, in bytes. */
export async function copy(
  from: Readable,
  into: Pack,
  keeps: (name: string) => boolean,
  sent: (bytes: number) => void,
): Promise<void> {
  const entries = extract();
  const read = pipeline(from, entries);
  // The loop receives this failure too.
  read.catch(() => {});
  for await (const entry of entries) {
    const { header } = entry;
    const name = clean(header.name);
    if (!keeps(name)) entry.resume();
    else {
      const sink = into.entry({ ...header, name }) as unknown as Writable;
      unheard(sink);
      await passOn(entry as AsyncIterable<Buffer>, into, sink, sent);
    }
  }
  await read;
}

async function opened(file: string): Promise<Readable> {
  const from = createReadStream(file);
  if (!(await isZipped(file))) return from;
  const unzip = createGunzip();
  from.on("error", (error) => unzip.destroy(error));
  return from.pipe(unzip);
}

async function isZipped(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(6), 0, 6, 0);
    return compressionOf(buffer) === "gzip";
  } finally {
    await handle.close();
  }
}

async function passOn(
  entry: AsyncIterable<Buffer>,
  into: Pack,
  sink: Writable,
  sent: (bytes: number) => void,
): Promise<void> {
  for await (const part of entry) {
    sent(part.length);
    if (sink.write(part)) continue;
    // An archive whose reader is gone is closed and accepts no more entries.
    await drained(sink);
    if ((into as { destroyed?: boolean }).destroyed) throw new Error("the archive was closed");
  }
  sink.end();
}

function drained(sink: Writable): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      sink.off("drain", go).off("close", go);
      resolve();
    };
    sink.on("drain", go).on("close", go);
  });
}
