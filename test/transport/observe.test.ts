import { expect, test } from "vitest";
import { observe } from "../../src/engine/docker/observe.ts";
import { withEngine } from "./support.ts";

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
      const logins = { of: async () => undefined, store: () => undefined };
      const stack = { name: "shop", resources: [] };
      const { signal } = new AbortController();
      const { containers, listed } = await observe(client, logins, stack, new Map(), signal);
      expect(containers.map(({ id }) => id)).toEqual(["db"]);
      expect(listed.map(({ id, owner }) => [id, owner?.stack])).toEqual([["db", "shop"]]);
    },
  ));
