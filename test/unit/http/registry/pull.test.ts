import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { pull, type Runtime } from "../../../../src/engine/docker/images/pull.ts";
import { layers, type PullLine } from "../../../../src/engine/docker/images/pull-progress.ts";
import { logins } from "../../../../src/engine/docker/registry/credentials.ts";
import type { StepProgress } from "../../../../src/model/events.ts";
import { rejection, withEngine } from "../support.ts";

const signal = new AbortController().signal;
const DIGEST = `sha256:${"a".repeat(64)}`;
const DONE = '{"status":"Status: Downloaded newer image for app:1"}\r\n';

function outside(pauses: number[] = []): Runtime {
  return {
    logins: logins({ config: () => undefined, run: async () => ({ status: 0, output: "" }) }),
    buildx: { env: {}, program: () => undefined },
    certificateFolders: () => [],
    now: () => 0,
    random: () => 0.5,
    sleep: async (ms) => void pauses.push(ms),
  };
}

interface Scene {
  /** What each `POST /images/create` is answered with; the last again and again. */
  readonly pulls: readonly ((response: ServerResponse) => void)[];
  readonly image?: object;
  readonly work?: object;
}

/** The calls of a pull, the pauses between, what it warned of, and how it ended. */
async function pulled({ pulls, image, work }: Scene) {
  const json = { Os: "linux", Architecture: "amd64", RepoDigests: [`app@${DIGEST}`], ...image };
  const pauses: number[] = [];
  const advances: StepProgress[] = [];
  const warnings: string[] = [];
  let ended: Error | undefined;
  let calls: string[] = [];
  let count = 0;
  await withEngine(
    ({ url = "", method }, response) => {
      if (method === "GET") return void response.end(JSON.stringify(json));
      if (url.includes("/tag?")) return void response.writeHead(201).end();
      (pulls[Math.min(count++, pulls.length - 1)] ?? (() => {}))(response);
    },
    async ({ client, seen }) => {
      const asked = { operation: "image.pull", image: "app:1", ...work } as const;
      const context = {
        ...{ signal, warn: (text: string) => void warnings.push(text) },
        advance: (progress: StepProgress) => void advances.push(progress),
      };
      ended = await pull(client, outside(pauses), asked, context).then(
        () => undefined,
        (error: Error) => error,
      );
      calls = seen.map(({ line }) => decodeURIComponent(line).replace("/v1.41", ""));
    },
  );
  return { calls, pauses, advances, warnings, ended };
}

const fine = (response: ServerResponse) => void response.end(DONE);
const cut = (response: ServerResponse) => {
  response.write('{"status":"Pulling from app","id":"1"}\r\n');
  setTimeout(() => response.destroy(), 5);
};
const told = (message: string) => (response: ServerResponse) =>
  void response.end(`${JSON.stringify({ errorDetail: { message }, error: message })}\r\n`);

describe("a pull", () => {
  test("is given the name that was asked for, and looked at", async () => {
    const { calls, ended } = await pulled({ pulls: [fine] });
    expect(ended).toBeUndefined();
    expect(calls).toEqual([
      "POST /images/create?fromImage=app&tag=1",
      "POST /images/app:1/tag?repo=app&tag=1",
      "GET /images/app:1/json?manifests=true",
    ]);
  });

  test("goes on after a cut and after silence of the registry, with growing pauses", async () => {
    const passing = told("Get https://r/v2/: net/http: TLS handshake timeout");
    const early = (response: ServerResponse) => void response.end('{"status":"Waiting"}\r\n');
    const { calls, pauses, ended, advances } = await pulled({ pulls: [cut, passing, early, fine] });
    expect(ended).toBeUndefined();
    expect(calls.filter((call) => call.includes("/create?")).length).toBe(4);
    expect(pauses).toEqual([75, 150, 300]);
    expect(advances.filter(({ text }) => text.startsWith("again, since ")).length).toBe(3);
  });

  test("gives up after seven tries", async () => {
    const { calls, ended } = await pulled({ pulls: [cut] });
    expect(calls.filter((call) => call.includes("/create?")).length).toBe(7);
    expect(ended).toMatchObject({ code: "cut" });
  });

  test.each([
    ["write /layer: no space left on device", "no-space"],
    ["manifest for app:1 not found: manifest unknown", "image-unknown"],
    ["no matching manifest for linux/arm64 in the manifest list entries", "image-unknown"],
    ["unauthorized: authentication required", "registry-denied"],
    ["unexpected status from HEAD request to https://r/v2/: 401 Unauthorized", "registry-denied"],
    [
      "tls: failed to verify certificate: x509: certificate signed by unknown authority",
      "registry-tls",
    ],
  ])("is not repeated after %s", async (message, code) => {
    const { calls, ended } = await pulled({ pulls: [told(message)] });
    expect(calls.length).toBe(1);
    expect(ended).toMatchObject({ code, message: expect.stringContaining(message) });
    expect((ended as { hint?: string }).hint).toBeTruthy();
  });

  test("takes the next mirror after any failure of one but a full disk", async () => {
    const work = { image: "app:1", mirrors: ["m1.example", "m2.example:5000/hub"] };
    const found = await pulled({ pulls: [told("manifest unknown"), fine], work });
    expect(found.calls.filter((call) => call.startsWith("POST"))).toEqual([
      "POST /images/create?fromImage=m1.example/library/app&tag=1",
      "POST /images/create?fromImage=m2.example:5000/hub/library/app&tag=1",
      "POST /images/m2.example:5000/hub/library/app:1/tag?repo=app&tag=1",
    ]);
    expect(found.warnings).toMatchObject([expect.stringContaining("trying m2.example:5000/hub")]);
    const full = await pulled({ pulls: [told("no space left on device")], work });
    expect(full.calls.length).toBe(1);
  });

  test("by a lock is by digest, and must have brought that", async () => {
    const work = { digest: DIGEST, mirrors: ["m.example"] };
    const found = await pulled({ pulls: [fine], work });
    expect([found.ended, ...found.calls.slice(0, 2)]).toEqual([
      undefined,
      `POST /images/create?fromImage=m.example/library/app&tag=${DIGEST}`,
      `POST /images/m.example/library/app@${DIGEST}/tag?repo=app&tag=1`,
    ]);
    const other = await pulled({ pulls: [fine], work, image: { RepoDigests: [] } });
    expect(other.ended).toMatchObject({ code: "not-applied" });
  });

  test("for another platform than the image has is an error", async () => {
    const { ended } = await pulled({ pulls: [fine], work: { platform: "linux/arm64" } });
    expect(ended).toMatchObject({
      ...{ code: "not-applied", message: expect.stringContaining("has it for linux/amd64") },
    });
    const Manifests = [
      {
        Available: true,
        ImageData: { Platform: { os: "linux", architecture: "arm64", variant: "v8" } },
      },
    ];
    const both = await pulled({
      pulls: [fine],
      work: { platform: "linux/arm64" },
      image: { Manifests },
    });
    expect(both.ended).toBeUndefined();
  });

  test("that is interrupted ends at once", async () => {
    const gone = AbortSignal.abort();
    await withEngine(cut as never, async ({ client }) => {
      const context = { signal: gone, warn: () => {}, advance: () => {} };
      const error = await rejection(
        pull(client, outside(), { operation: "image.pull", image: "a" }, context),
      );
      expect(error.code).toBe("interrupted");
    });
  });
});

test("layers are added up to bytes while they come, and are counted after", () => {
  const lines: PullLine[] = [
    { status: "Pulling from app", id: "1" },
    { status: "Pulling fs layer", id: "a" },
    { status: "Already exists", id: "b" },
    { status: "Pulling fs layer", id: "c" },
    { status: "Downloading", id: "a", progressDetail: { current: 10, total: 100 } },
    { status: "Downloading", id: "c", progressDetail: { current: 5, total: 50 } },
    // The engine starts a layer over after a cut of its own; what was told stays told.
    { status: "Retrying in 5 seconds", id: "a" },
    { status: "Downloading", id: "a", progressDetail: { current: 3, total: 100 } },
    { status: "Download complete", id: "a" },
    { status: "Verifying Checksum", id: "c" },
    { status: "Extracting", id: "a", progressDetail: { current: 1, total: 999 } },
    { status: "Pull complete", id: "a" },
    { status: "Pull complete", id: "c" },
    { status: "Digest: sha256:1" },
  ];
  const sum = layers();
  expect(lines.map(sum)).toEqual([
    { text: "Pulling from app" },
    { text: "0 of 1 layers" },
    { text: "1 of 2 layers" },
    { text: "1 of 3 layers" },
    { text: "1 of 3 layers", current: 10, total: 100 },
    { text: "1 of 3 layers", current: 15, total: 150 },
    { text: "a layer has failed, and is tried again in 5 seconds" },
    { text: "1 of 3 layers", current: 15, total: 150 },
    { text: "1 of 3 layers", current: 105, total: 150 },
    { text: "1 of 3 layers" },
    { text: "1 of 3 layers" },
    { text: "2 of 3 layers" },
    { text: "3 of 3 layers" },
    { text: "3 of 3 layers" },
  ]);
});
