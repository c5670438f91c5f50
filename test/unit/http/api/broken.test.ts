import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { choose, readArchive } from "../../../../src/engine/archives/image-archive.ts";
import { rootfsDigest } from "../../../../src/engine/archives/rootfs-digest.ts";
import { type Client, connect } from "../../../../src/engine/docker/api/client.ts";
import { path } from "../../../../src/engine/docker/api/path.ts";
import { buildClassic } from "../../../../src/engine/docker/build/classic.ts";
import { EngineError } from "../../../../src/engine/docker/errors/engine-error.ts";
import { importRootfs, load } from "../../../../src/engine/docker/images/load.ts";
import { perform } from "../../../../src/engine/docker/operations/perform.ts";
import type { StepContext } from "../../../../src/engine/engine.ts";
import type { Step } from "../../../../src/model/plan.ts";
import { savedBy20, tarOf } from "../../../support/fixtures/archives.ts";

/*
 * Every stream to an engine, broken at every place: whatever the engine does with what it is sent,
 * there is one error in words, and no stream's error that nobody hears (which ends the tests).
 */

const folder = mkdtempSync(join(tmpdir(), "stack-broken-"));
const sockets = mkdtempSync(join(tmpdir(), "stack-socket-"));
afterAll(() => {
  for (const each of [folder, sockets]) rmSync(each, { recursive: true });
});

/** What becomes of a request once so many bytes of its body have come. */
const MISHAPS = {
  "a refusal, and the rest is read": (socket: Socket) => refuse(socket),
  "a refusal, and the connection ends": (socket: Socket) => {
    refuse(socket);
    socket.end();
  },
  "a refusal, and the connection is cut": (socket: Socket) => {
    refuse(socket);
    setTimeout(() => socket.destroy(), 5);
  },
  "a refusal, and nothing more is read": (socket: Socket) => {
    refuse(socket);
    socket.pause();
  },
  "a cut": (socket: Socket) => socket.destroy(),
  "half of an answer": (socket: Socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Le");
    setTimeout(() => socket.destroy(), 5);
  },
  "an error inside of an answer": (socket: Socket) => {
    answer(socket, 200, '{"errorDetail":{"message":"no such thing"}}\n', false);
    setTimeout(() => socket.destroy(), 5);
  },
  "an answer that is cut": (socket: Socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a"');
    setTimeout(() => socket.destroy(), 5);
  },
  "an answer that is no HTTP": (socket: Socket) => socket.end("\0\0\0 nonsense\r\n\r\n"),
} as const;

function answer(socket: Socket, status: number, body: string, whole = true): void {
  const length = whole ? Buffer.byteLength(body) : Buffer.byteLength(body) + 100;
  const head = [`HTTP/1.1 ${status} X`, `Content-Length: ${length}`, "Api-Version: 1.41"];
  socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
}
const refuse = (socket: Socket) => answer(socket, 500, '{"message":"it is not wanted"}');

/** An engine that has nothing, and a mishap for whatever is sent to it. */
function engine(mishap: (socket: Socket) => void, after: number): Server {
  return createServer((socket) => {
    let begun = "";
    let body = -1;
    let over = false;
    socket.on("error", () => {});
    socket.on("data", (part: Buffer) => {
      if (over) return;
      if (body < 0) {
        begun += part.toString("latin1");
        const end = begun.indexOf("\r\n\r\n");
        if (end < 0) return;
        if (begun.startsWith("GET")) {
          const known = begun.startsWith("GET /_ping") || begun.includes("/version");
          answer(socket, known ? 200 : 404, known ? '{"Os":"linux","Arch":"amd64"}' : "{}");
          begun = "";
          return;
        }
        body = begun.length - end - 4;
      } else body += part.length;
      if (body < after) return;
      over = true;
      mishap(socket);
    });
  });
}

const { signal } = new AbortController();
const context = { signal, advance() {}, warn() {}, secrets: new Map(), waitTimeout: 1000 };
const performing = context as unknown as StepContext;

const layer = await tarOf({ padding: randomBytes(3 << 20), [`${"long/".repeat(60)}name`]: "x" });
const saved = join(folder, "saved.tar");
writeFileSync(
  saved,
  await savedBy20([{ platform: "linux/amd64", mark: "m", tags: ["a:1"], rootfs: layer }]),
);
const rootfs = join(folder, "rootfs.tar");
writeFileSync(rootfs, layer);
writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY . /\n");

type Sending = (client: Client) => Promise<unknown>;

async function once(client: Client, step: unknown): Promise<void> {
  let time = 0;
  // Each look at the clock is a minute later, so that nothing is tried again for long.
  const outside = { random: () => 0, now: () => (time += 60_000), sleep: async () => {} };
  const doer = { client, outside };
  const more = { events: undefined, kept: new Map(), gate: async () => {}, absent() {} };
  await perform({ ...doer, ...more } as never, step as Step, performing);
}

const SENDINGS: Readonly<Record<string, Sending>> = {
  "an image's archive": async (client) => {
    const ids = choose(await readArchive(saved), "a:1", "").flatMap((each) => each.ids);
    await load(
      client,
      { operation: "image.load", image: "a:1", file: saved, ids } as never,
      context,
    );
  },
  "a file system": async (client) => {
    const digest = await rootfsDigest(rootfs, [], "");
    const work = { operation: "image.import", image: "a:1", file: rootfs, changes: [], digest };
    await importRootfs(client, work as never, context);
  },
  "a build's context": async (client) => {
    const build = { context: folder, dockerfile: join(folder, "Dockerfile") };
    await buildClassic(client, { work: { build, image: "a:1" }, labels: {}, context } as never);
  },
  "files into a container": (client) => {
    const files = [{ target: "/a", uid: 0, gid: 0, mode: 0o444, content: "x".repeat(3 << 20) }];
    return once(client, {
      id: 1,
      operation: "container.write_files",
      container: { id: "1", name: "a" },
      files,
    });
  },
  "a body of JSON": (client) => client.post(path`/networks/create`, { Name: "x".repeat(3 << 20) }),
  "nothing, for a stream": async (client) => {
    for await (const _ of await client.progress("POST", path`/images/create`));
    throw new EngineError({ code: "cut", message: "-", phase: "body", operation: "", retry: "no" });
  },
  "a connection to take over": (client) =>
    client.hijack("POST", path`/containers/${"1"}/attach`, { deadline: 1000 }),
};

let serial = 0;
const AFTER = [0, 1, 70_000, 1 << 20];

describe.each(Object.entries(SENDINGS))("what is sent: %s", (name, send) => {
  test.each(Object.entries(MISHAPS))("%s", async (_, mishap) => {
    for (const after of name.startsWith("nothing") || name.startsWith("a conn") ? [0] : AFTER) {
      const socket = join(sockets, `${serial++}.sock`);
      const server = engine(mishap, after).listen(socket);
      const endpoint = { kind: "unix", path: socket, display: "unix://x", source: "test" } as const;
      const client = await connect(endpoint, AbortSignal.timeout(5000));
      try {
        const error = await send(client).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        // A connection is taken over as soon as an answer begins; it is its reader that sees its end.
        if (name.startsWith("a conn") && error === undefined) continue;
        expect(error).toBeInstanceOf(EngineError);
        expect(String((error as Error).message)).not.toBe("");
      } finally {
        client.close();
        server.close();
      }
    }
    // Errors that nobody hears come later than the one that is told.
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
