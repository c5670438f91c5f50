import { expect, test } from "vitest";
import type { CliHost } from "../../../src/cli/host/host.ts";
import { findStackFiles } from "../../../src/cli/inputs/find-stack-files.ts";
import { paint } from "../../../src/render/words/colors.ts";

const STACK = "containers: {}\n";

/** What is found from /w/shop/sub where these files are, and what is said. */
function find(files: readonly string[] | Record<string, string>, env: Record<string, string> = {}) {
  const all = Array.isArray(files) ? Object.fromEntries(files.map((file) => [file, STACK])) : files;
  let err = "";
  const host = {
    ...{ env, cwd: "/w/shop/sub", paintErr: paint(false) },
    read: (path: string) =>
      Object.hasOwn(all, path)
        ? new TextEncoder().encode((all as Record<string, string>)[path])
        : undefined,
    err: (text: string) => {
      err += text;
    },
  } as unknown as CliHost;
  const args = { list: () => [] } as unknown as Parameters<typeof findStackFiles>[0];
  return { ...findStackFiles(args, host), err };
}

test("a stack file has precedence over a Compose file beside it, which is said", () => {
  expect(find(["/w/shop/sub/stack.yaml", "/w/shop/sub/compose.yaml"])).toMatchObject({
    files: ["stack.yaml"],
    origin: "Read from stack.yaml; compose.yaml, which lies beside it, is not read.",
  });
  expect(find(["/w/shop/sub/stack.yaml"])).toEqual({ files: ["stack.yaml"], err: "" });
});

test.each([
  [["/w/shop/sub/compose.yaml"], ["compose.yaml"]],
  [["/w/shop/docker-compose.yml"], ["../docker-compose.yml"]],
  [
    ["/w/compose.yml", "/w/compose.override.yaml", "/w/docker-compose.override.yml"],
    ["../../compose.yml", "../../compose.override.yaml"],
  ],
  [["/w/shop/compose.override.yaml"], []],
])("Compose's search: %j", (files, found) => {
  expect(find(files).files).toEqual(found);
});

test("of several names in a folder the first is read, with a warning", () => {
  expect(find(["/w/shop/sub/compose.yaml", "/w/shop/sub/docker-compose.yml"])).toMatchObject({
    files: ["compose.yaml"],
    err: "warning: compose.yaml is read, and not docker-compose.yml; -f chooses\n",
  });
});

test("COMPOSE_FILE and its separator, of the environment or of .env", () => {
  expect(find([], { COMPOSE_FILE: "a.yaml:b.yaml" }).files).toEqual(["a.yaml", "b.yaml"]);
  const env = { COMPOSE_FILE: "a.yaml,b.yaml", COMPOSE_PATH_SEPARATOR: "," };
  expect(find([], env).files).toEqual(["a.yaml", "b.yaml"]);
  expect(find({ "/w/shop/sub/.env": "COMPOSE_FILE=x.yaml\n" }).files).toEqual(["x.yaml"]);
});
