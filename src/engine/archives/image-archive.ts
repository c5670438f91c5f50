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
  /** Such as `docker.io/library/busybox:1.36`; empty for an image without a name. */
  readonly names: readonly string[];
  readonly platform: string;
  /** Digests that may be an engine's image ID: of the config, the manifest, the index. */
  readonly ids: readonly string[];
  readonly essence: JsonObject;
  /** Paths of the config and of the layers, lowest layer first. */
  readonly config: string;
  readonly layers: readonly string[];
  /**
   * The image's entry in index.json and the paths of its blobs; absent if the archive has no index.
   */
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

/** The fully qualified form of a reference: registry, repository and tag. */
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
  // An OCI layout has one index entry for each tag of an image.
  const once = Map.groupBy(found, ({ ids }) => ids.join());
  return [...once.values()].flatMap(([first, ...more]) =>
    first ? [{ ...first, names: [first, ...more].flatMap(({ names }) => names) }] : [],
  );
}

/** The images that a descriptor leads to. An index may list platforms that the archive lacks. */
function under(entries: Entries, descriptor: JsonObject, ids: readonly string[]): readonly Whole[] {
  const digest = text(descriptor.digest);
  const content = record(json(entries, blobOf(digest)));
  const path = [digest, ...ids];
  if (Array.isArray(content.manifests))
    return content.manifests.flatMap((each) => under(entries, record(each), path));
  const config = text(record(content.config).digest);
  const layers = list(content.layers).map((each) => text(record(each).digest));
  // An attestation has a config but no file system layers.
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
  // The OCI annotation may hold a tag alone, which does not name an image.
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
 * Selects images of an archive by name. Without a name, the images must be platforms of one image,
 * and all are selected. @throws BadArchive
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
