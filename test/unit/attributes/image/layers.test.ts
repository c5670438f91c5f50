import { expect, test } from "vitest";
import {
  hasSameContent,
  imageIdentity,
} from "../../../../src/attributes/image/content-identity.ts";
import { unionSize } from "../../../../src/attributes/image/shared-layers.ts";

const layers = (...sizes: readonly (readonly [string, number])[]) =>
  sizes.map(([made, size]) => ({ made, size }));
const base = layers(["1 ADD rootfs", 100], ["2 CMD sh", 0]);

test("layers that images share count once", () => {
  const one = { first: "a", size: 130, layers: [...base, ...layers(["3 RUN one", 30])] };
  const two = { first: "a", size: 150, layers: [...base, ...layers(["4 RUN two", 50])] };
  expect(unionSize([])).toBe(0);
  expect(unionSize([one])).toBe(130);
  expect(unionSize([one, one])).toBe(130);
  expect(unionSize([one, two])).toBe(180);
  // The same words on another ground are another layer.
  expect(unionSize([one, { ...two, first: "b" }])).toBe(280);
  // What a store keeps besides is each image's own.
  expect(unionSize([{ ...one, size: 200 }, two])).toBe(250);
});

test("an image is known by its id, or by what it is", () => {
  const config = {
    os: "linux",
    architecture: "amd64",
    config: { Cmd: ["sh"], Env: null, Labels: {} },
    rootfs: { diff_ids: ["sha256:1"] },
  };
  const live = {
    Id: "sha256:index",
    Os: "linux",
    Architecture: "amd64",
    Config: { Cmd: ["sh"], Hostname: "", Volumes: null },
    RootFS: { Type: "layers", Layers: ["sha256:1"] },
  };
  const essence = imageIdentity(config);
  expect(imageIdentity(live)).toEqual(essence);
  expect(hasSameContent(live, ["sha256:index"], [])).toBe(true);
  expect(hasSameContent(live, ["sha256:config"], [essence])).toBe(true);
  const others = [
    { ...live, Config: { Cmd: ["bash"] } },
    { ...live, RootFS: { Layers: ["sha256:2"] } },
    { ...live, Architecture: "arm64" },
    { ...live, RootFS: {} },
  ];
  for (const other of others)
    expect(hasSameContent(other, ["sha256:config"], [essence])).toBe(false);
});
