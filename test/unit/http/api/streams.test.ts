import { expect, test } from "vitest";
import { path } from "../../../../src/engine/docker/api/path.ts";
import { all, rejection, withEngine } from "../support.ts";

const pull = path`/images/create`;
const events = path`/events`;

test("reads lines however they are split", () =>
  withEngine(
    (_request, response) => {
      const bytes = Buffer.from('{"a":"ä€😀"}\r\n\r\n{"b":1}\n{"last":true}');
      let at = 0;
      const next = () => {
        if (at === bytes.length) return response.end();
        response.write(bytes.subarray(at, ++at), () => setImmediate(next));
      };
      next();
    },
    async ({ client }) => {
      const lines = await all(client.progress("POST", pull));
      expect(lines).toEqual([{ a: "ä€😀" }, { b: 1 }, { last: true }]);
    },
  ));

test.each([
  '{"errorDetail":{"code":404,"message":"manifest unknown"}}',
  '{"error":"manifest unknown"}',
])("a line that tells an error ends an answer of status 200: %s", (line) =>
  withEngine(
    (_request, response) => response.end(`{"status":"Pulling"}\n${line}\n`),
    async ({ client }) => {
      const seen: unknown[] = [];
      const error = await rejection(all(client.progress("POST", pull), seen as never));
      expect(error).toMatchObject({ code: "image-unknown", engineMessage: "manifest unknown" });
      expect(seen).toEqual([{ status: "Pulling" }]);
    },
  ),
);

test.each([["<html>"], ["[1]"], ["1"], [`{"a":"${"x".repeat(1 << 21)}`]])(
  "a line that is no object is an error",
  (line) =>
    withEngine(
      (_request, response) => response.end(line),
      async ({ client }) => {
        expect((await rejection(all(client.progress("POST", pull)))).code).toBe("not-json");
      },
    ),
);

test("a refusal before the stream is told at once", () =>
  withEngine(
    (_request, response) =>
      response.writeHead(500).end('{"message":"Get \\"http://x/v2/\\": dial tcp: lookup x"}'),
    async ({ client }) => {
      const error = await rejection(client.progress("POST", pull));
      expect(error).toMatchObject({ code: "registry-unreachable", retry: "safe" });
    },
  ));

test("a stream that is cut, falls silent or is no longer wanted ends with an error", () =>
  withEngine(
    (request, response) => {
      response.write('{"status":"Downloading"}\n');
      if (request.method === "POST") setTimeout(() => request.socket.destroy(), 20);
    },
    async ({ client }) => {
      const cut = await rejection(all(client.progress("POST", pull)));
      expect(cut).toMatchObject({ code: "cut", phase: "body", retry: "ambiguous" });
      const silent = await rejection(all(client.progress("GET", events, { idle: 50 })));
      expect(silent).toMatchObject({ code: "timeout" });
      const signal = AbortSignal.timeout(50);
      const unwanted = await rejection(all(client.progress("GET", events, { signal })));
      expect(unwanted).toMatchObject({ code: "interrupted" });
    },
  ));

test("only the engine's silence counts, not a slow reader", () =>
  withEngine(
    (_request, response) => {
      response.write('{"a":1}\n');
      setTimeout(() => response.end('{"b":2}\n'), 10);
    },
    async ({ client }) => {
      const seen: unknown[] = [];
      for await (const line of await client.progress("POST", pull, { idle: 30 })) {
        seen.push(line);
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      expect(seen).toHaveLength(2);
    },
  ));

test("leaving the loop closes the stream's connection", async () => {
  let closed: () => void = () => {};
  const gone = new Promise<void>((resolve) => {
    closed = resolve;
  });
  await withEngine(
    (request, response) => {
      request.socket.on("close", closed);
      response.write('{"a":1}\n');
    },
    async ({ client }) => {
      for await (const _ of await client.progress("GET", events)) break;
      await gone;
    },
  );
});
