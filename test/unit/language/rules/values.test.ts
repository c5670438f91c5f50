import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { JsonObject } from "../../../../src/model/json.ts";
import { FILES } from "../../../support/engine/live-tracks.ts";
import { IDLE, understand } from "../../../support/fixtures/stackfile.ts";

/*
 * Odd attributes of a container as engines 20.10 and 28.5 have answered them: `refused` by both when the container
 * was made or started, or by us for the harm that they do; `taken` by both.
 */
const values: Readonly<Record<"refused" | "taken", readonly JsonObject[]>> = JSON.parse(
  readFileSync(join(import.meta.dirname, "values.json"), "utf8"),
);

function refusal(more: JsonObject): string | undefined {
  const file: JsonObject = {
    name: "shop",
    volumes: { data: {} },
    configs: { motd: { content: "x" } },
    secrets: { password: { file: "password.txt" } },
    containers: { db: { ...IDLE, ipc: "shareable" }, web: { ...IDLE, ...more } },
  };
  try {
    understand(file, { files: FILES });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

test(`${values.refused.length} values that engines refuse are refused at their line`, () => {
  const said = values.refused.map((value) => [JSON.stringify(value), refusal(value) ?? "taken"]);
  expect(said.filter(([, why = ""]) => !why.startsWith("the stack is invalid: "))).toEqual([]);
});

test(`${values.taken.length} values that engines take are taken`, () => {
  const said = values.taken.map((value) => [JSON.stringify(value), refusal(value)]);
  expect(said.filter(([, why]) => why !== undefined)).toEqual([]);
});
