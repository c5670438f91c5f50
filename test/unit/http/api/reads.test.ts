import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { type AddressInfo, createServer, connect as dialSocket, type Socket } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { connect } from "../../../../src/engine/docker/api/client.ts";
import { path } from "../../../../src/engine/docker/api/path.ts";
import { reads } from "../../../../src/engine/docker/api/pipelined-reads.ts";
import { withReadRetry } from "../../../../src/engine/docker/retry/retry.ts";
import { pong, rejection, withEngine } from "../support.ts";

const container = (name: number | string) => path`/containers/${`c${name}`}/json`;
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const shared = { shared: true } as const;

test("many reads share a few connections, and each gets its own answer", () =>
  withEngine(
    ({ url }, response) => void setTimeout(() => response.end(JSON.stringify({ url })), 1),
    async ({ client, connections, seen }) => {
      const before = connections();
      const query = { all: true, filters: '{"a b":["ä&="]}', left: undefined };
      const list = client.get(path`/system/df`, { ...shared, query });
      const answers = await Promise.all(
        numbers(100).map((index) => client.get(container(index), shared)),
      );
      expect(answers).toEqual(
        numbers(100).map((index) => ({ url: `/v1.41/containers/c${index}/json` })),
      );
      const [called, search] = ((await list) as { url: string }).url.split("?");
      expect(called).toBe("/v1.41/system/df");
      expect([...new URLSearchParams(search)]).toEqual([
        ["all", "true"],
        ["filters", '{"a b":["ä&="]}'],
      ]);
      expect(connections() - before).toBe(4);
      expect(seen.length).toBe(101);
    },
  ));

test("an accepted status gives nothing, any other its error, nonsense is told", () =>
  withEngine(
    ({ url = "" }, response) => {
      if (url.endsWith("/info")) response.end("<html>Welcome</html>");
      else response.writeHead(404).end('{"message":"No such container: web"}');
    },
    async ({ client }) => {
      expect(await client.get(container("web"), { ...shared, accept: [404] })).toBeUndefined();
      expect(await rejection(client.get(container("web"), shared))).toMatchObject({
        code: "not-found",
        status: 404,
        operation: "GET /containers/cweb/json",
        engineMessage: "No such container: web",
      });
      expect(await rejection(client.get(path`/info`, shared))).toMatchObject({ code: "not-json" });
    },
  ));

test("who closes each connection after an answer is asked one by one, a few at a time", () => {
  const used = new Set<unknown>();
  let most = 0;
  return withEngine(
    ({ url, socket }, response) => {
      most = Math.max(most, used.add(socket).size);
      response.setHeader("Connection", "close");
      setTimeout(() => {
        used.delete(socket);
        response.end(JSON.stringify({ url }));
      }, 20);
    },
    async ({ client }) => {
      const answers = await Promise.all(
        numbers(60).map((index) => client.get<{ url: string }>(container(index), shared)),
      );
      expect(answers.map(({ url }) => url)).toEqual(
        numbers(60).map((index) => `/v1.41/containers/c${index}/json`),
      );
      // Those of the first try may not be gone yet.
      expect(most).toBeLessThanOrEqual(4 + 8);
    },
  );
});

test("what waits for its turn is not sent once the client is closed", () => {
  let cut = false;
  return withEngine(
    ({ socket }) => {
      if (!cut) socket.destroy();
      cut = true;
    },
    async ({ client, seen }) => {
      const patiently = withReadRetry(client, {
        random: () => 0,
        now: Date.now,
        sleep: async () => {},
      });
      const ends = numbers(60).map((index) =>
        rejection(patiently.get(container(index), shared)).then(({ code }) => code),
      );
      await sleep(100);
      const sent = seen.length;
      client.close();
      expect(new Set(await Promise.all(ends))).toEqual(new Set(["interrupted"]));
      expect(seen.length).toBe(sent);
    },
  );
});

test("a signal ends all that is under way at once", () =>
  withEngine(
    () => {},
    async ({ client }) => {
      const signal = AbortSignal.timeout(50);
      const ended = await Promise.all(
        numbers(20).map((index) => rejection(client.get(container(index), { ...shared, signal }))),
      );
      expect(new Set(ended.map(({ code }) => code))).toEqual(new Set(["interrupted"]));
    },
  ));

const loopback = ["127.0.0.1", "::1"].filter((address) =>
  Object.values(networkInterfaces()).some((all) => all?.some((each) => each.address === address)),
);

test.each(loopback)("the request is the one that Node's client sends (%s)", async (host) => {
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    if (request.url?.endsWith("/_ping")) return pong(response);
    seen.push(`${request.method} ${request.url} ${request.headers.host}`);
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const display = `tcp://${host}:${port}`;
  const where = { kind: "tcp", host, port, prefix: "/engine", display, source: "test" } as const;
  const client = await connect(where, AbortSignal.timeout(5000));
  const query = { all: true, filters: '{"name":["a b"]}' };
  await client.get(path`/system/df`, { query });
  await client.get(path`/system/df`, { query, ...shared });
  client.close();
  server.close();
  expect(seen[0]).toMatch(/^GET \/engine\/v1\.41\/system\/df\?all=true&filters=/);
  expect(seen[1]).toBe(seen[0]);
});

/** Answers each request with the bytes that `answer` gives for its target. */
async function withBytes(
  answer: (target: string, socket: Socket, count: number) => void,
  use: (send: ReturnType<typeof reads>, served: () => readonly string[]) => Promise<void>,
) {
  const folder = mkdtempSync(join(tmpdir(), "stack-reads-"));
  const socketPath = join(folder, "engine.sock");
  const served: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    let text = "";
    let count = 0;
    open.add(socket.on("error", () => {}));
    socket.on("data", (part) => {
      const heads = `${text}${part.toString("latin1")}`.split("\r\n\r\n");
      text = heads.pop() ?? "";
      for (const head of heads) {
        const [, target = ""] = /^GET (\S+) HTTP\/1\.1\r\nHost: engine$/.exec(head) ?? [];
        served.push(target);
        answer(target, socket, ++count);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const send = reads(() => dialSocket({ path: socketPath }), "engine", "/api");
  try {
    await use(send, () => served);
  } finally {
    send.close();
    for (const each of open) each.destroy();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

const sized = (body: string, status = 200) =>
  `HTTP/1.1 ${status} X\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const chunked = (...bodies: string[]) =>
  `HTTP/1.1 200 OK\r\nServer: x\r\nTransfer-Encoding: chunked\r\n\r\n${[...bodies, ""]
    .map((each) => `${Buffer.byteLength(each).toString(16)}\r\n${each}\r\n`)
    .join("")}`;

/** What came of each, as text. */
const asked = async (send: ReturnType<typeof reads>, targets: readonly string[]) => {
  const answers = await Promise.all(targets.map((target) => send.get(target, undefined)));
  return answers.map((answer) => answer && `${answer.status} ${answer.body}`);
};

test("answers are told apart wherever their bytes are split", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ body: fc.string({ unit: "grapheme" }), kind: fc.nat(2) }), {
        minLength: 1,
        maxLength: 40,
      }),
      fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
      async (wanted, sizes) => {
        const bytes = ({ body, kind }: (typeof wanted)[number]) =>
          kind === 0 ? sized(body) : kind === 1 ? sized(body, 404) : chunked("<", body || " ", ">");
        const expected = ({ body, kind }: (typeof wanted)[number]) =>
          kind === 2 ? `200 <${body || " "}>` : `${kind === 0 ? 200 : 404} ${body}`;
        await withBytes(
          (target, socket) => {
            const item = wanted[Number(target.slice("/api/".length))];
            const whole = Buffer.from(item ? bytes(item) : "");
            for (let at = 0; at < whole.length; ) {
              const { value: size } = sizes.next();
              socket.write(whole.subarray(at, at + size));
              at += size;
            }
          },
          async (send) => {
            const targets = wanted.map((_, index) => `/${index}`);
            expect(await asked(send, targets)).toEqual(wanted.map(expected));
            expect(await asked(send, targets.slice(0, 3))).toEqual(
              wanted.slice(0, 3).map(expected),
            );
          },
        );
      },
    ),
    { numRuns: 40 },
  ));

const interim = "HTTP/1.1 103 Early Hints\r\n\r\n";
const stray = sized("stray");
const until = "HTTP/1.0 200 OK\r\n\r\nall until the end";

test.each<[string, string, "stays" | "ends"]>([
  ["something else", "SSH-2.0-x\r\n", "stays"],
  ["an interim answer", interim, "stays"],
  ["a cut in the head", "HTTP/1.1 200 OK\r\nContent-Le", "ends"],
  ["a cut in the body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "ends"],
  [
    "a cut between chunks",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    "ends",
  ],
  ["a body until the connection ends", until, "ends"],
  ["nothing", "", "ends"],
  ["two lengths", "HTTP/1.1 200 X\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "stays"],
])("after %s all that is unanswered is left to be asked otherwise", (_name, nonsense, then) =>
  withBytes(
    (target, socket) => {
      if (target !== "/api/5") return void socket.write(sized(target));
      socket.write(nonsense);
      if (then === "ends") socket.end();
    },
    async (send) => {
      const answers = await asked(
        send,
        numbers(40).map((index) => `/${index}`),
      );
      expect(answers[5]).toBeUndefined();
      for (const [index, answer] of answers.entries())
        if (answer !== undefined) expect(answer).toBe(`200 /api/${index}`);
      expect(await asked(send, ["/later"])).toEqual([undefined]);
    },
  ),
);

test("one answer too many is nobody's", () =>
  withBytes(
    (target, socket, count) => {
      socket.write(sized(target));
      if (count === 1) setTimeout(() => socket.write(stray), 20);
    },
    async (send) => {
      expect(await asked(send, ["/a"])).toEqual(["200 /api/a"]);
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(await asked(send, ["/b"])).toEqual([undefined]);
    },
  ));

test("a connection that was closed while it was idle is not used again", () =>
  withBytes(
    (target, socket) => {
      socket.write(sized(target));
      if (target === "/api/a") setTimeout(() => socket.end(), 10);
    },
    async (send) => {
      expect(await asked(send, ["/a"])).toEqual(["200 /api/a"]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await asked(send, ["/b", "/c"])).toEqual(["200 /api/b", "200 /api/c"]);
    },
  ));

test("whoever answers only the first of several is not waited for long", { timeout: 15_000 }, () =>
  withBytes(
    (target, socket, count) => void (count === 1 && socket.write(sized(target))),
    async (send) => {
      const began = performance.now();
      const answers = await asked(
        send,
        numbers(12).map((index) => `/${index}`),
      );
      expect(performance.now() - began).toBeLessThan(8_000);
      const answered = answers.filter((answer) => answer !== undefined);
      expect(answered.length).toBe(4);
    },
  ),
);

test("a target that would end its line is never sent", () =>
  withBytes(
    (target, socket) => void socket.write(sized(target)),
    async (send, served) => {
      const bad = ["/a b", "/a\r\nHost: x\r\n\r\nDELETE /b", "/ä"];
      expect(await asked(send, bad)).toEqual([undefined, undefined, undefined]);
      expect(await asked(send, ["/a"])).toEqual(["200 /api/a"]);
      expect(served()).toEqual(["/api/a"]);
    },
  ));
