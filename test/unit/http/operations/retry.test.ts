import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import type { Client } from "../../../../src/engine/docker/api/client.ts";
import { path } from "../../../../src/engine/docker/api/path.ts";
import type { EngineError } from "../../../../src/engine/docker/errors/engine-error.ts";
import type { Clock } from "../../../../src/engine/docker/retry/backoff.ts";
import { withReadRetry } from "../../../../src/engine/docker/retry/retry.ts";
import { withEngine } from "../support.ts";

type Reply = (response: ServerResponse) => void;

const cut: Reply = (response) => void response.destroy();
const half: Reply = (response) => {
  response.writeHead(200, { "content-length": "9" });
  response.write("[", () => response.destroy());
};
const says =
  (status: number): Reply =>
  (response) =>
    void response.writeHead(status).end('{"message":"not now"}');
const well: Reply = (response) => void response.end("[]");

/** What a read comes to on an engine that replies so, call by call; the last reply stays. */
async function read(
  replies: readonly Reply[],
  through = (client: Client) => client.get<unknown>(LIST),
) {
  let waited = 0;
  const pace: Clock = {
    now: () => waited,
    random: () => 0.5,
    sleep: async (ms) => {
      waited += ms;
    },
  };
  let result: unknown;
  let calls = 0;
  await withEngine(
    (_request, response) => replies[Math.min(calls++, replies.length - 1)]?.(response),
    async ({ client }) => {
      result = await through(withReadRetry(client, pace)).then(
        (value) => value,
        (error: EngineError) => error.code,
      );
    },
  );
  return { result, calls, waited };
}

const LIST = path`/containers/json`;

describe("a read of a plan", () => {
  it.each([
    ["a connection that is cut", cut],
    ["an answer that is cut short", half],
    ["an engine that is busy", says(503)],
  ])("outlasts %s", async (_what, reply) => {
    expect(await read([reply, reply, well])).toMatchObject({ result: [], calls: 3 });
  });

  it("does so for files in containers as well", async () => {
    const file = await read([half, well], async (client) => String(await client.raw(LIST)));
    expect(file).toMatchObject({ result: "[]", calls: 2 });
  });

  it("takes any other refusal for an answer", async () => {
    expect(await read([says(500), well])).toMatchObject({ result: "refused", calls: 1 });
    expect(await read([says(404), well])).toMatchObject({ result: "not-found", calls: 1 });
  });

  it("gives up after 15 s", async () => {
    const { result, waited } = await read([cut]);
    expect(result).toBe("cut");
    expect(waited).toBeGreaterThan(14_000);
    expect(waited).toBeLessThan(21_000);
  });

  it("ends with its command", async () => {
    const signal = AbortSignal.abort();
    const stopped = await read([well], (client) => client.get(LIST, { signal }));
    expect(stopped).toMatchObject({ result: "interrupted", waited: 0 });
  });
});
