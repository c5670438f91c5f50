import { expect, test } from "vitest";
import { observe } from "../../../../src/engine/docker/observe/observe.ts";
import { ANONYMOUS } from "../../../support/fixtures/anonymous.ts";
import { understand } from "../../../support/fixtures/stackfile.ts";
import { withEngine } from "../support.ts";

const logins = ANONYMOUS;
const owned = (Id: string) => ({
  Id,
  Names: [`/shop-${Id}-1`],
  State: "running",
  Labels: {
    "stackwright.stack": "shop",
    "stackwright.address": `container.${Id}`,
    "stackwright.spec": "{}",
  },
});
const ANSWERS: Readonly<Record<string, unknown>> = {
  "/v1.41/containers/json?all=true": [owned("web"), owned("db")],
  "/v1.41/containers/db/json": {
    ...{ Id: "db", Name: "/shop-db-1", Image: "sha256:1", Config: { Labels: owned("db").Labels } },
  },
  "/v1.41/networks": [],
  "/v1.41/volumes": { Volumes: null },
  "/v1.41/plugins": [],
};

test("a container that goes while all are read is not taken for somebody else's", () =>
  withEngine(
    ({ url = "" }, response) => {
      const answer = ANSWERS[url];
      response.statusCode = answer === undefined ? 404 : 200;
      response.end(JSON.stringify(answer ?? { message: "no such container: web" }));
    },
    async ({ client }) => {
      const stack = { name: "shop", resources: [] };
      const { signal } = new AbortController();
      const asked = { stack, secrets: new Map(), known: new Map() };
      const { containers, listed } = await observe(client, logins, asked, signal);
      expect(containers.map(({ id }) => id)).toEqual(["db"]);
      expect(listed.map(({ id, owner }) => [id, owner?.stack])).toEqual([["db", "shop"]]);
    },
  ));

test("the containers are read while an image is waited for", () => {
  let image: (() => void) | undefined;
  return withEngine(
    ({ url = "" }, response) => {
      if (url.includes("/images/web:1/")) {
        image = () => response.writeHead(404).end('{"message":"No such image: web:1"}');
        return;
      }
      response.statusCode = ANSWERS[url] === undefined ? 404 : 200;
      response.end(JSON.stringify(ANSWERS[url] ?? { message: "no such container" }));
      if (url.endsWith("/db/json")) image?.();
    },
    async ({ client }) => {
      const { stack, secrets } = understand({
        name: "shop",
        containers: { web: { image: "web:1" } },
      });
      const { signal } = new AbortController();
      const asked = { stack, secrets, known: new Map() };
      const { containers, images } = await observe(client, logins, asked, signal);
      expect(containers.map(({ id }) => id)).toEqual(["db"]);
      expect(images).toMatchObject({ "web:1": null });
    },
  );
});

test("what is known of a container is not read, unless the list tells another state", () =>
  withEngine(
    ({ url = "" }, response) => {
      response.statusCode = ANSWERS[url] === undefined ? 404 : 200;
      response.end(JSON.stringify(ANSWERS[url] ?? { message: "no such container" }));
    },
    async ({ client, seen }) => {
      const stack = { name: "shop", resources: [] };
      const json = (Id: string, Status: string) => ({
        ...{ Id, Name: `/${Id}`, Image: "sha256:1", State: { Status } },
        Config: { Labels: owned(Id).Labels },
      });
      const known = new Map(
        [json("web", "running"), json("db", "exited")].map((each) => [each.Id, each]),
      );
      const asked = { stack, secrets: new Map(), known };
      const { signal } = new AbortController();
      const { containers } = await observe(client, logins, asked, signal);
      expect(containers.map((each) => each.json.State)).toEqual([{ Status: "running" }, undefined]);
      const inspects = seen.filter(({ line }) => /containers\/\w+\/json$/.test(line));
      expect(inspects.map(({ line }) => line)).toEqual(["GET /v1.41/containers/db/json"]);
    },
  ));
