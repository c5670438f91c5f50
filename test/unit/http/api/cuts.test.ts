import { expect, test } from "vitest";
import { path } from "../../../../src/engine/docker/api/path.ts";
import { rejection, withEngine } from "../support.ts";

const info = path`/info`;
const start = path`/containers/${"web"}/start`;

test("cut before the answer: a read may be repeated, a change is ambiguous", () =>
  withEngine(
    (request) => request.socket.destroy(),
    async ({ client }) => {
      const cut = { code: "cut", phase: "sent" };
      expect(await rejection(client.get(info))).toMatchObject({ ...cut, retry: "safe" });
      expect(await rejection(client.post(start))).toMatchObject({ ...cut, retry: "ambiguous" });
    },
  ));

test.each([
  ["Content-Length", { "Content-Length": "100" }],
  ["chunks", { "Transfer-Encoding": "chunked" }],
])("cut right after the headers (%s)", (_name, headers) =>
  withEngine(
    (request, response) => {
      response.writeHead(200, headers).flushHeaders();
      setTimeout(() => request.socket.destroy(), 20);
    },
    async ({ client }) => {
      const cut = { code: "cut", phase: "body" };
      expect(await rejection(client.get(info))).toMatchObject({ ...cut, retry: "safe" });
      expect(await rejection(client.post(start))).toMatchObject({ ...cut, retry: "ambiguous" });
      const docker = await client.dockerode();
      expect(await rejection(docker.info())).toMatchObject(cut);
    },
  ),
);

test("cut within the body", () =>
  withEngine(
    (request, response) => {
      response.write('{"a":');
      setTimeout(() => request.socket.destroy(), 20);
    },
    async ({ client }) => {
      expect(await rejection(client.get(info))).toMatchObject({ code: "cut", phase: "body" });
    },
  ));

test("cut within a refusal", () =>
  withEngine(
    (request, response) => {
      response.writeHead(409).write('{"mess');
      setTimeout(() => request.socket.destroy(), 20);
    },
    async ({ client }) => {
      expect(await rejection(client.post(start))).toMatchObject({ code: "cut", phase: "body" });
    },
  ));

test("a deadline holds before the headers and within the body", () =>
  withEngine(
    (request, response) => {
      if (request.url?.endsWith("/version")) response.write("{");
    },
    async ({ client }) => {
      const late = { code: "timeout", message: expect.stringContaining("no answer within 0.05 s") };
      const limits = { deadline: 50 };
      expect(await rejection(client.get(info, limits))).toMatchObject({ ...late, phase: "sent" });
      expect(await rejection(client.post(start, {}, limits))).toMatchObject({ retry: "ambiguous" });
      const body = await rejection(client.get(path`/version`, limits));
      expect(body).toMatchObject({ ...late, phase: "body" });
    },
  ));

test("a signal ends a call at once, wherever it is", () =>
  withEngine(
    (request, response) => {
      if (request.url?.endsWith("/version")) response.write("{");
    },
    async ({ client, seen }) => {
      const after = (ms: number) => ({ signal: AbortSignal.timeout(ms) });
      const ended = { code: "interrupted" };
      const sent = await rejection(client.post(start, {}, after(30)));
      expect(sent).toMatchObject({ ...ended, phase: "sent", retry: "ambiguous" });
      const body = await rejection(client.get(path`/version`, after(30)));
      expect(body).toMatchObject({ ...ended, phase: "body" });
      const count = seen.length;
      const never = await rejection(client.post(start, {}, { signal: AbortSignal.abort() }));
      expect(never).toMatchObject({ ...ended, phase: "connect", retry: "safe" });
      expect(seen.length).toBe(count);
    },
  ));

test("closing the client ends what runs", () =>
  withEngine(
    () => {},
    async ({ client }) => {
      const running = rejection(client.post(start));
      setTimeout(() => client.close(), 20);
      expect(await running).toMatchObject({ code: "cut", retry: "ambiguous" });
    },
  ));
