import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { afterAll, expect, test } from "vitest";
import { choose, readArchive } from "../../../src/engine/archives/image-archive.ts";
import { rootfsDigest } from "../../../src/engine/archives/rootfs-digest.ts";
import { picked } from "../../../src/engine/archives/write-archive.ts";
import { layout, savedBy20, tarOf } from "../../support/fixtures/archives.ts";

const folder = mkdtempSync(join(tmpdir(), "stack-archive-"));
afterAll(() => rmSync(folder, { recursive: true }));
const AMD64 = "linux/amd64";
let serial = 0;
function file(bytes: Buffer): string {
  const path = join(folder, `${serial++}.tar`);
  writeFileSync(path, bytes);
  return path;
}
const made = (mark: string, platform = AMD64) => ({ mark, platform });

async function entriesOf(path: string, names: readonly string[]): Promise<Map<string, string>> {
  const archive = await readArchive(path);
  const images = choose(archive, "a:1", AMD64);
  const reader = extract();
  const stream = picked(
    path,
    archive,
    images.map((image) => ({ image, names })),
    () => {},
  );
  stream.pipe(reader);
  const found = new Map<string, string>();
  for await (const entry of reader) {
    const parts: Buffer[] = [];
    for await (const part of entry as AsyncIterable<Buffer>) parts.push(part);
    found.set(entry.header.name, Buffer.concat(parts).toString());
  }
  return found;
}

test("docker save and OCI layouts tell the same of the same image", async () => {
  const rootfs = await tarOf({ file: "content" });
  const one = { ...made("one"), rootfs };
  const saved = await readArchive(file(await savedBy20([{ ...one, tags: ["a:1"] }])));
  const oci = await readArchive(file(gzipSync(await layout([one], "docker.io/library/a:1"))));
  expect(oci.images).toHaveLength(1);
  const [a, b] = [saved.images[0], oci.images[0]];
  expect(a?.names).toEqual(["docker.io/library/a:1"]);
  expect(b?.names).toEqual(a?.names);
  expect(b?.essence).toEqual(a?.essence);
  expect(b?.ids).toContain(a?.ids[0]);
  expect(b?.ids).toHaveLength(2);
});

test("what is sent holds one image, under the asked name alone", async () => {
  const images = [made("one"), made("arm", "linux/arm64")];
  const sent = await entriesOf(file(await layout(images, "docker.io/library/x:9")), ["a:1"]);
  const manifest = JSON.parse(sent.get("manifest.json") ?? "") as Record<string, string[]>[];
  expect(manifest.map(({ RepoTags }) => RepoTags)).toEqual([["a:1"]]);
  const index = JSON.parse(sent.get("index.json") ?? "") as {
    manifests: { annotations: object }[];
  };
  expect(index.manifests.map(({ annotations }) => annotations)).toEqual([
    { "io.containerd.image.name": "docker.io/library/a:1" },
  ]);
  // Index, manifest, config and layer of the one platform.
  expect([...sent.keys()].filter((name) => name.startsWith("blobs/"))).toHaveLength(4);
});

test("long names and links of other programs' archives are read", async () => {
  const long = `${"deep/".repeat(40)}layer.tar`;
  const config = JSON.stringify({
    os: "linux",
    architecture: "amd64",
    rootfs: { diff_ids: ["d"] },
  });
  const manifest = [{ Config: "c.json", RepoTags: null, Layers: ["link.tar", long] }];
  const archive = await readArchive(
    file(
      await tarOf({
        "./c.json": config,
        [long]: "layer",
        "link.tar": `->${long}`,
        "manifest.json": JSON.stringify(manifest),
      }),
    ),
  );
  expect(archive.images[0]?.layers).toEqual(["link.tar", long]);
});

test.each<[string, () => Promise<Buffer>, string]>([
  ["no tar", async () => Buffer.from("hello".repeat(200)), "it is not a tar archive"],
  ["nothing", async () => Buffer.alloc(0), "it is empty"],
  ["xz", async () => Buffer.from("fd377a585a0000", "hex"), "compressed in a way"],
  ["files", () => tarOf({ "etc/passwd": "root" }), "it is no archive of images"],
  ["a broken gzip", async () => gzipSync(await tarOf({ a: "b" })).subarray(0, 40), "broken|middle"],
  [
    "no config",
    () => tarOf({ "manifest.json": '[{"Config":"x.json","RepoTags":[],"Layers":[]}]' }),
    "it lacks x.json",
  ],
  [
    "no layer",
    () =>
      tarOf({ "x.json": "{}", "manifest.json": '[{"Config":"x.json","Layers":["y/layer.tar"]}]' }),
    "it lacks y/layer.tar",
  ],
  [
    "an empty layout",
    () => tarOf({ "oci-layout": "{}", "index.json": '{"manifests":[]}' }),
    "no image that is whole",
  ],
])("%s is refused in words", async (_, bytes, why) => {
  const path = file(await bytes());
  await expect(readArchive(path)).rejects.toThrow(new RegExp(why));
});

test("of a layout, platforms whose parts are elsewhere do not count", async () => {
  const whole = await layout([made("one"), made("arm", "linux/arm64")], "docker.io/library/a:1");
  const { images } = await readArchive(file(whole));
  expect(images.map(({ platform }) => platform)).toEqual([AMD64, "linux/arm64"]);
  expect(choose({ entries: new Map(), images }, "a:1", "linux/arm64")).toHaveLength(1);
  expect(() => choose({ entries: new Map(), images }, "a:1", "linux/s390x")).toThrow(
    "for linux/amd64",
  );
});

test("a rootfs is another one when its file, its changes or its platform differ", async () => {
  const [one, two] = [file(await tarOf({ a: "1" })), file(await tarOf({ a: "2" }))];
  const digests = await Promise.all([
    rootfsDigest(one, [], ""),
    rootfsDigest(two, [], ""),
    rootfsDigest(one, ["USER x"], ""),
    rootfsDigest(one, [], AMD64),
    rootfsDigest(file(await tarOf({ a: "1" })), [], ""),
  ]);
  expect(new Set(digests).size).toBe(4);
  expect(digests[4]).toBe(digests[0]);
  await expect(rootfsDigest(file(Buffer.from("x".repeat(600))), [], "")).rejects.toThrow(
    "not a tar",
  );
});
