import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Loaded, load, type Sources } from "../../../../src/language/load.ts";
import { resource, told } from "../support.ts";

const ROOT = new URL("../../../../", import.meta.url).pathname.replace(/\/$/, "");

function example(files: readonly string[], options: Partial<Sources> = {}): Loaded {
  return load({
    read: (path) => {
      try {
        return readFileSync(path);
      } catch {
        return undefined;
      }
    },
    files: files.map((file) => `examples/${file}`),
    cwd: ROOT,
    home: "/home/me",
    env: {},
    variables: [],
    variableFiles: [],
    ...options,
  });
}

test.each(readdirSync(`${ROOT}/examples`))("%s is without mistakes", (name) => {
  // What an example expects from outside is given, and none of it is shown.
  const asked = told(example([`${name}/stack.yaml`])).flatMap(
    (line) => /`(\w+)` (?:has no value|is not set)/.exec(line)?.[1] ?? [],
  );
  const found = example([`${name}/stack.yaml`], {
    variables: asked.map((variable) => `${variable}=s3cret`),
  });
  expect(told(found)).toEqual([]);
  expect(JSON.stringify([found.stack, found.document])).not.toContain("s3cret");
});

test("variables", () => {
  const found = example(["variables/stack.yaml"], {
    variables: ["database_password=s3cret"],
    variableFiles: ["examples/variables/production.env"],
  });
  expect(resource(found, "container.app").spec).toMatchObject({
    dns: ["192.0.2.53", "192.0.2.54"],
    ports: { "80/tcp": ["127.0.0.1:8082"] },
    environment: { LEVEL: "warning", REGION: "none", PRICE: "$5" },
  });
});

test("compose-merge", () => {
  const found = example(["compose-merge/stack.yaml", "compose-merge/development.yaml"]);
  expect(told(found)).toEqual([]);
  expect(found.document).toMatchObject({
    containers: {
      web: { environment: { MODE: "development", LANG: "C.UTF-8" }, volumes: ["/tmp:/www:ro"] },
      worker: { restart: "no", command: ["sleep", "600"] },
    },
  });
  expect(resource(found, "container.web").spec).not.toHaveProperty("mem_limit");
});
