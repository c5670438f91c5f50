import { expect, test } from "vitest";
import { formerValues } from "../../../../src/attributes/container/former-values.ts";
import { token } from "../../../../src/attributes/secrets/sensitive.ts";
import type { JsonObject } from "../../../../src/model/json.ts";
import type { ObservedState } from "../../../../src/model/observed-state.ts";
import type { Resource } from "../../../../src/model/stack.ts";

const pw = token("pw");

/** What is learned of one container: what was asked of it, how it lives, what the file asks now. */
function learned(
  then: JsonObject | undefined,
  config: JsonObject,
  files = {},
  now: JsonObject = {},
) {
  const labels = then ? { "stackwright.spec": JSON.stringify(then) } : {};
  const owner = { stack: "shop", address: "container.web" } as const;
  const json = { Config: { Labels: labels, ...config } };
  const containers = [{ id: "c1", name: "web", owner, json }];
  const resource = { address: "container.web", spec: now } as unknown as Resource;
  const observed = { containers, files } as unknown as ObservedState;
  return [...formerValues(observed, { name: "shop", resources: [resource] })];
}

test.each<[string, JsonObject | undefined, JsonObject, readonly string[]]>([
  ["a variable", { environment: { PIN: pw, MODE: "x" } }, { Env: ["PIN=old", "MODE=x"] }, ["old"]],
  [
    "a part of a variable",
    { environment: { URL: `db://u:${pw}@db/app?a=(1)` } },
    { Env: ["URL=db://u:old$1@db/app?a=(1)"] },
    ["old$1"],
  ],
  [
    "two parts of a variable",
    { environment: { URL: `${token("user")}:${pw}@db` } },
    { Env: ["URL=me:o\nld@db"] },
    ["me", "o\nld"],
  ],
  [
    "a variable that somebody has changed since",
    { environment: { URL: `db://${pw}@db` } },
    { Env: ["URL=tcp://old"] },
    ["tcp://old"],
  ],
  ["a word of the command", { command: ["app", `-p=${pw}`] }, { Cmd: ["app", "-p=old"] }, ["old"]],
  ["a word of the entrypoint", { entrypoint: [pw] }, { Entrypoint: ["old"] }, ["old"]],
  ["what is gone by now", { entrypoint: [pw] }, {}, [""]],
  ["what only looks secret", { environment: {} }, { Env: ["GPG_KEY=of the image"] }, []],
  ["what looks secret without a label", undefined, { Env: ["DB_PASSWORD=old", "MODE=x"] }, ["old"]],
])("%s that a container runs with", (_, then, config, expected) => {
  expect(learned(then, config)).toEqual(expected);
});

const untold = { content: "read back from the container" };
const held = (content: string) => ({ "c1 /f": { content } });

test("a secret's file, and the lines of a config that hold what is sensitive", () => {
  expect(learned({ secrets: { "/f": untold } }, {}, held("old\n"))).toEqual(["old\n"]);
  const now = { configs: { "/f": { content: `user me\npassword ${pw}\n` } } };
  const old = held("user me\npassword old\n");
  expect(learned({ configs: { "/f": untold } }, {}, old, now)).toEqual(["password old"]);
});

test("a config without anything sensitive is no secret", () => {
  const now = { configs: { "/f": { content: "user me" } } };
  expect(
    learned({ configs: { "/f": { content: "sha256:1" } } }, {}, held("user you"), now),
  ).toEqual([]);
});
