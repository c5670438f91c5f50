import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { imageIdentity } from "../../attributes/image/content-identity.ts";
import { splitReference } from "../../attributes/values/image-reference.ts";
import { isMap, list, record, text, texts } from "../../attributes/values/json.ts";
import { platformOf, serves } from "../../attributes/values/platform.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { requireFile } from "../../system/read-file.ts";
import { BadArchive, type Entry, entriesOf } from "./tar-reader.ts";

/*
 * The images in an archive, as `docker save` writes them (manifest.json) or as an OCI layout
 * (index.json; OCI Image Specification, "Image Layout"). Engines from 25 on write both at once.
 */

export interface ArchivedImage {
  /** `docker.io/library/busybox:1.36`; empty: it has none. */
  readonly names: readonly string[];
  readonly platform: string;
  /** Digests under which a store may know it: of its config, its manifest, its index. */
  readonly ids: readonly string[];
  readonly essence: JsonObject;
  /** Path of the config, and of the layers, in their order. */
  readonly config: string;
  readonly layers: readonly string[];
  /** The entry of index.json that leads to it, with all that it needs; absent: there is none. */
  readonly oci?: { readonly descriptor: JsonObject; readonly blobs: readonly string[] };
}

export interface Archive {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly images: readonly ArchivedImage[];
}

/** @throws BadArchive, or the file system's error */
export async function readArchive(file: string): Promise<Archive> {
  requireFile(file);
  const handle = await open(file);
  try {
    const entries = new Map((await entriesOf(handle)).map((entry) => [entry.name, entry]));
    const images = entries.has("oci-layout") ? fromIndex(entries) : fromManifest(entries);
    return { entries, images };
  } finally {
    await handle.close();
  }
}

type Entries = Archive["entries"];

/** The name that all ways of writing it have in common. */
export function fullName(reference: string): string {
  const { host, path, tag = "latest" } = splitReference(reference);
  return `${host}/${path}:${tag}`;
}

function fromManifest(entries: Entries): readonly ArchivedImage[] {
  const manifest = json(entries, "manifest.json");
  if (!Array.isArray(manifest))
    throw new BadArchive(
      "it is no archive of images: it has neither manifest.json nor oci-layout",
      "`docker save` writes one; a tar of files alone is a `rootfs`.",
    );
  return manifest.map((each) => {
    const { Config, RepoTags, Layers } = record(each);
    const config = text(Config);
    return {
      ...described(entries, config, texts(Layers)),
      names: texts(RepoTags).map(fullName),
    };
  });
}

function described(entries: Entries, config: string, layers: readonly string[]) {
  const content = json(entries, config);
  const missing = layers.find((layer) => !entries.has(layer));
  if (!isMap(content) || missing !== undefined)
    throw new BadArchive(`it lacks ${missing ?? (config || "the config of an image")}`);
  const digest = createHash("sha256")
    .update(entries.get(config)?.text ?? "")
    .digest("hex");
  return {
    platform: platformOf(content),
    ids: [`sha256:${digest}`],
    essence: imageIdentity(content),
    config,
    layers,
  };
}

function fromIndex(entries: Entries): readonly ArchivedImage[] {
  const found = list(record(json(entries, "index.json")).manifests).flatMap((each) =>
    under(entries, record(each), []).map((image): ArchivedImage => {
      const descriptor = record(each);
      const blobs = [text(descriptor.digest), ...image.blobs].map(blobOf);
      const { blobs: _, ...rest } = image;
      return { ...rest, names: namesOf(descriptor), oci: { descriptor, blobs } };
    }),
  );
  if (found.length === 0)
    throw new BadArchive("its index.json leads to no image that is whole in it");
  // A layout names each of an image's tags with an entry of its own.
  const once = Map.groupBy(found, ({ ids }) => ids.join());
  return [...once.values()].flatMap(([first, ...more]) =>
    first ? [{ ...first, names: [first, ...more].flatMap(({ names }) => names) }] : [],
  );
}

/** The images that a descriptor leads to; an index may name platforms that the archive has not. */
function under(entries: Entries, descriptor: JsonObject, ids: readonly string[]): readonly Whole[] {
  const digest = text(descriptor.digest);
  const content = record(json(entries, blobOf(digest)));
  const path = [digest, ...ids];
  if (Array.isArray(content.manifests))
    return content.manifests.flatMap((each) => under(entries, record(each), path));
  const config = text(record(content.config).digest);
  const layers = list(content.layers).map((each) => text(record(each).digest));
  // An attestation has a config too, but no layers of files.
  const isImage = platformOf(record(descriptor.platform)) !== "unknown/unknown";
  const whole = [config, ...layers].every((each) => entries.has(blobOf(each)));
  if (!isImage || config === "" || !whole) return [];
  const image = described(entries, blobOf(config), layers.map(blobOf));
  return [{ ...image, ids: [...image.ids, ...path], blobs: [...path, config, ...layers] }];
}

type Whole = Omit<ArchivedImage, "names" | "oci"> & { readonly blobs: readonly string[] };

function namesOf({ annotations }: JsonObject): readonly string[] {
  const said = record(annotations);
  const full = text(said["io.containerd.image.name"]);
  const name = full || text(said["org.opencontainers.image.ref.name"]);
  // The latter may be a tag alone, which names nothing.
  return full || /[/:]/.test(name) ? [fullName(name)] : [];
}

const blobOf = (digest: string): string => `blobs/${digest.replace(":", "/")}`;

function json(entries: Entries, name: string): Json | undefined {
  try {
    return JSON.parse(entries.get(name)?.text ?? "") as Json;
  } catch {
    return undefined;
  }
}

/**
 * Of the images in an archive those that are meant: by the name, or all, where they are the
 * platforms of one image. @throws BadArchive
 */
export function choose(
  { images }: Archive,
  source: string,
  platform: string,
): readonly ArchivedImage[] {
  const name = fullName(source);
  const named = images.filter(({ names }) => names.includes(name));
  const groups = new Set(images.map(({ names, ids }) => names.join() || (ids.at(-1) ?? "")));
  if (named.length === 0 && groups.size > 1) {
    const names = [...new Set(images.flatMap((each) => each.names))];
    throw new BadArchive(
      `it holds several images, and none is named ${source}`,
      names.length > 0 ? `It has ${names.join(", ")}.` : "Save each to a file of its own.",
    );
  }
  const meant = named.length > 0 ? named : images;
  if (platform === "") return meant;
  const fitting = meant.filter((each) => serves(each.platform, platform));
  if (fitting.length > 0) return fitting;
  const has = [...new Set(meant.map((each) => each.platform))].join(", ");
  throw new BadArchive(`it has ${source} for ${has}, not for ${platform}`);
}
