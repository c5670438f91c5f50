import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { current, generated } from "../../../../scripts/generate.ts";
import { catalogue } from "../../../../src/attributes/catalogue.ts";
import { editorSchema, stackSchema } from "../../../../src/language/schema/schema.ts";
import { loaded, told } from "../support.ts";

test.each([...(await generated())])("%s is up to date (npm run generate)", (file, text) => {
  expect(current(file) === text).toBe(true);
});

const ajv = new Ajv({ strict: true, allowUnionTypes: true });
const check = ajv.compile(stackSchema());
const editor = ajv.compile(editorSchema());

const SECTIONS = {
  plugin: "plugins",
  container: "containers",
  network: "networks",
  volume: "volumes",
  image: "images",
  config: "configs",
  secret: "secrets",
};

describe.each(Object.entries(catalogue))("%s", (kind, attributes) => {
  test.each(Object.entries(attributes))(
    "%s: its examples fit, and it is described",
    (name, { examples, description: about }) => {
      expect(about).not.toBe("");
      for (const example of examples) {
        const document = {
          [SECTIONS[kind as keyof typeof SECTIONS]]: { key: { [name]: example } },
        };
        expect(check(document), JSON.stringify(check.errors)).toBe(true);
        expect(editor(document), JSON.stringify(editor.errors)).toBe(true);
      }
    },
  );
});

test("an editor accepts references where other types are expected", () => {
  const document = parse(`
variables: {n: 1}
containers:
  web: {image: $i, tty: "\${T}", cpu_shares: $n, restart: $R, ports: $P, dns: $D, replicas: "\${N:-2}"}
`);
  expect(editor(document), JSON.stringify(editor.errors)).toBe(true);
  expect(check(document)).toBe(false);
  expect(editor({ containers: { web: { tty: "yes" } } })).toBe(false);
});

test("extensions are allowed wherever keys are ours", () => {
  const text = `x-a: 1
name: s
variables: {v: {default: a, x-b: 1}}
networks: {n: {x-c: 1, ipam: {x-d: 1}}}
containers: {web: {image: a, x-e: 1, healthcheck: {test: a, x-f: 1}, ports: [{target: 80, x-g: 1}]}}
`;
  expect(told(loaded(text))).toEqual([]);
  expect(JSON.stringify(loaded(text).document)).not.toContain("x-");
});
