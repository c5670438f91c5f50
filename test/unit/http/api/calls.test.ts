import { expect, test } from "vitest";
import { path, reference } from "../../../../src/engine/docker/api/path.ts";
import { rejection, withEngine } from "../support.ts";

const info = path`/info`;
const start = path`/containers/${"web"}/start`;

test("negotiates the version and puts it before every path", () =>
  withEngine(
    (_request, response) => response.end("{}"),
    async ({ client, seen }) => {
      await client.get(info);
      expect(client).toMatchObject({ api: "1.41", server: "Docker/20.10.24" });
      expect(seen[0]?.line).toBe("GET /v1.41/info");
    },
  ));

test("sends the body as a body only, the query without what is undefined", () =>
  withEngine(
    (_request, response) => response.end('{"Id":"1"}'),
    async ({ client, seen }) => {
      const body = { Env: ["PASSWORD=hunter2"] };
      const query = { name: "a b", platform: undefined, all: true };
      expect(await client.post(path`/containers/create`, body, { query })).toEqual({ Id: "1" });
      await client.post(start);
      await client.post(path`/volumes/create`, {});
      await client.delete(path`/volumes/${"v"}`, { query: { force: true } });
      expect(seen).toEqual([
        { line: "POST /v1.41/containers/create?name=a%20b&all=true", body: JSON.stringify(body) },
        { line: "POST /v1.41/containers/web/start", body: "" },
        { line: "POST /v1.41/volumes/create", body: "{}" },
        { line: "DELETE /v1.41/volumes/v?force=true", body: "" },
      ]);
    },
  ));

test("reuses connections", () =>
  withEngine(
    (_request, response) => response.end("{}"),
    async ({ client, connections }) => {
      for (let i = 0; i < 50; i++) await client.get(info);
      expect(connections()).toBe(1);
      const wave = () => Promise.all(Array.from({ length: 8 }, () => client.get(info)));
      for (let i = 0; i < 10; i++) await wave();
      expect(connections()).toBe(8);
    },
  ));

test("a read survives an idle connection that the engine closed", () =>
  withEngine(
    (_request, response) => response.end("{}"),
    async ({ client, server }) => {
      for (let i = 0; i < 20; i++) {
        await client.get(info);
        server.closeAllConnections();
        await client.get(info);
      }
    },
  ));

test("a 200 that is not JSON is an error, an empty body is nothing", () =>
  withEngine(
    (request, response) =>
      response.end(request.url?.endsWith("/info") ? "<html>Welcome</html>" : ""),
    async ({ client }) => {
      expect(await rejection(client.get(info))).toMatchObject({ code: "not-json", phase: "body" });
      expect(await client.post(start)).toEqual({});
    },
  ));

test("an accepted status gives nothing, any other its error", () =>
  withEngine(
    (request, response) => {
      if (request.url?.endsWith("/start")) response.writeHead(304).end();
      else response.writeHead(404).end('{"message":"No such container: web"}');
    },
    async ({ client }) => {
      expect(await client.post(start, undefined, { accept: [304] })).toBeUndefined();
      const one = path`/containers/${"web"}/json`;
      expect(await client.get(one, { accept: [404] })).toBeUndefined();
      expect(await rejection(client.get(one))).toMatchObject({
        code: "not-found",
        status: 404,
        operation: "GET /containers/web/json",
        engineMessage: "No such container: web",
        retry: "ambiguous",
      });
      expect((await rejection(client.post(start))).status).toBe(304);
    },
  ));

test("uploads an archive and downloads one", () =>
  withEngine(
    (request, response) => response.end(request.method === "GET" ? Buffer.from([0, 255]) : ""),
    async ({ client, seen }) => {
      const archive = path`/containers/${"web"}/archive`;
      await client.put(archive, Buffer.from("tar"), { query: { path: "/" } });
      expect(seen[0]).toEqual({ line: "PUT /v1.41/containers/web/archive?path=%2F", body: "tar" });
      expect(await client.raw(archive)).toEqual(Buffer.from([0, 255]));
    },
  ));

test("dockerode works over the same connections, and fails in the same way", () =>
  withEngine(
    (request, response) => {
      if (request.url?.startsWith("/v1.41/containers/json")) response.end('[{"Id":"1"}]');
      else response.writeHead(404).end('{"message":"No such image: x"}');
    },
    async ({ client, connections }) => {
      const docker = await client.dockerode();
      expect(await docker.listContainers({ all: true })).toEqual([{ Id: "1" }]);
      const error = await rejection(docker.getImage("x").inspect());
      expect(error).toMatchObject({ name: "EngineError", code: "image-missing" });
      expect(connections()).toBe(1);
    },
  ));

test("paths hold names and references, never anything else", () => {
  expect(path`/images/${reference("host:5000/a/b:1@sha256:00")}/json`).toBe(
    "/images/host:5000/a/b:1@sha256:00/json",
  );
  expect(path`/images/${reference("a?b#c%")}/json`).toBe("/images/a%3Fb%23c%25/json");
  for (const name of ["", "..", "../volumes/x?", "a/b", "a b", "-a"])
    expect(() => path`/containers/${name}/json`).toThrow("is not a name");
  for (const text of ["", "a//b", "../x", "a/./b"])
    expect(() => reference(text)).toThrow("is not an image reference");
});
