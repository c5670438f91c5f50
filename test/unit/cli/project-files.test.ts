import { expect, test } from "vitest";
import { unkept } from "../../../src/cli/inputs/project-files.ts";
import { around, world } from "./cli-host.ts";

const labels = (service: string, files = "/p/compose.yaml") => ({
  "com.docker.compose.service": service,
  "com.docker.compose.project.config_files": files,
});
const told = (files: Record<string, string>, ...all: ReturnType<typeof labels>[]) =>
  unkept(all, around(world({ files })));

test("what a project's files say and no engine keeps is named, of what is imported", () => {
  const text = `services:
  web:
    image: "a:\${TAG:-1}" # \${NOT_THIS}
    build: { context: . }
    env_file: [a.env]
    pre_stop: [{ command: [x] }]
    deploy: { update_config: { order: start-first }, resources: {} }
    environment: { PRICE: "$$5", WHO: $USER, TWICE: "$$$\${TAG}" }
  db: { image: b, profiles: [], secrets: }
  other: { build: . }
`;
  expect(told({ "/p/compose.yaml": text }, labels("web"), labels("db"))).toEqual([
    "container.web: /p/compose.yaml says `build`, `env_file`, `pre_stop`, `deploy.update_config`, which no engine keeps: add it again",
    "/p/compose.yaml takes values from variables, which are written as they are now: ${TAG}, ${USER}",
  ]);
});

test("files that are elsewhere, or broken, are named themselves", () => {
  const [line, ...more] = told({}, labels("web"), labels("db"));
  expect(line).toContain("/p/compose.yaml, which the project was made from, cannot be read here");
  expect(more).toEqual([]);
  expect(told({ "/p/compose.yaml": "a: [" }, labels("web"))).toEqual([line]);
  expect(told({}, { ...labels("web"), "com.docker.compose.project.config_files": "" })).toEqual([]);
});
