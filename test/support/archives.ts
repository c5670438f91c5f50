import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

/* Archives of images, as other programs write them. */

const sha = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");
const OCI = "application/vnd.oci.image";

/** A tar of files by path; a string that begins with `->` is a symbolic link. */
export async function tarOf(entries: Readonly<Record<string, Buffer | string>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(entries)) {
    if (typeof content === "string" && content.startsWith("->"))
      archive.entry({ name, type: "symlink", linkname: content.slice(2) });
    else archive.entry({ name, mode: 0o755, mtime: new Date(0) }, content as Buffer);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export interface Made {
  readonly platform: string;
  readonly mark: string;
  /** Its file system, as a tar; otherwise a few bytes that no other image has. */
  readonly rootfs?: Buffer;
}

async function parts({ platform, mark, rootfs }: Made) {
  const [os, architecture, variant] = platform.split("/");
  const layer = rootfs ?? (await tarOf({ padding: randomBytes(16) }));
  const config = JSON.stringify({
    ...{ os, architecture, variant },
    config: { Cmd: ["sleep", "3600"], Env: ["PATH=/bin:/usr/bin"], Labels: { mark } },
    rootfs: { type: "layers", diff_ids: [`sha256:${sha(layer)}`] },
  });
  return { layer, config, platform: { os, architecture, ...(variant ? { variant } : {}) } };
}

/** As `docker save` of an engine below 25 writes it. */
export async function savedBy20(images: readonly (Made & { tags: string[] })[]): Promise<Buffer> {
  const entries: Record<string, Buffer | string> = {};
  const manifest = [];
  for (const image of images) {
    const { layer, config } = await parts(image);
    const [folder, file] = [sha(`${config}!`), `${sha(config)}.json`];
    Object.assign(entries, { [file]: config, [`${folder}/layer.tar`]: layer });
    manifest.push({ Config: file, RepoTags: image.tags, Layers: [`${folder}/layer.tar`] });
  }
  return tarOf({ ...entries, "manifest.json": JSON.stringify(manifest) });
}

/** An OCI image layout with an index of several platforms, or with one manifest. */
export async function layout(images: readonly Made[], name?: string): Promise<Buffer> {
  const entries: Record<string, Buffer | string> = {};
  const blob = (bytes: Buffer | string, mediaType: string) => {
    entries[`blobs/sha256/${sha(bytes)}`] = bytes;
    return { mediaType, digest: `sha256:${sha(bytes)}`, size: Buffer.byteLength(bytes) };
  };
  const manifests = [];
  for (const image of images) {
    const { layer, config, platform } = await parts(image);
    const manifest = {
      ...{ schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json` },
      config: blob(config, `${OCI}.config.v1+json`),
      layers: [blob(gzipSync(layer, { level: 1 }), `${OCI}.layer.v1.tar+gzip`)],
    };
    manifests.push({ ...blob(JSON.stringify(manifest), `${OCI}.manifest.v1+json`), platform });
  }
  const index = { schemaVersion: 2, mediaType: `${OCI}.index.v1+json` };
  const top =
    manifests.length === 1
      ? manifests[0]
      : blob(JSON.stringify({ ...index, manifests }), index.mediaType);
  const named = name === undefined ? {} : { annotations: { "io.containerd.image.name": name } };
  return tarOf({
    "oci-layout": '{"imageLayoutVersion":"1.0.0"}',
    ...entries,
    "index.json": JSON.stringify({ ...index, manifests: [{ ...top, ...named }] }),
  });
}
