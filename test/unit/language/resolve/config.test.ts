import fc from "fast-check";
import { expect, test } from "vitest";
import { catalogue } from "../../../../src/attributes/catalogue.ts";
import { tokensIn } from "../../../../src/attributes/secrets/sensitive.ts";
import { configText } from "../../../../src/cli/commands/stack/config.ts";
import type { Loaded } from "../../../../src/language/load.ts";
import type { Json } from "../../../../src/model/json.ts";
import { loaded, told } from "../support.ts";

/* `stack config` prints a stack file that is the same stack, and whose config is the same text. */

function text(from: Loaded, format?: string): string {
  if (!from.document) throw new Error(told(from).join("\n"));
  return configText(from.document, format);
}

/** The stack without where its parts stand. */
const unplaced = ({ stack }: Loaded) =>
  stack?.resources.map(({ place: _, ...resource }) => resource);

const FILES: Readonly<Record<string, string>> = {
  "app.env": "FROM_FILE='$x $$'\n",
  "app.labels": "from.file='$x'\n",
  "motd.txt": "hello\n",
  "db.txt": "s3cret\n",
  "web/Dockerfile": "FROM busybox\n",
};

function reread(file: string, given: Readonly<Record<string, string>> = {}): void {
  const first = loaded({ ...FILES, "stack.yaml": file });
  if (!first.stack) return;
  for (const format of [undefined, "json"]) {
    const printed = text(first, format);
    const variables = Object.entries(given).map(([name, value]) => `${name}=${value}`);
    const second = loaded({ ...FILES, "stack.yaml": printed }, { variables });
    expect(told(second).filter((line) => !line.includes("warning:"))).toEqual([]);
    expect(unplaced(second)).toEqual(unplaced(first));
    expect(text(second, format)).toBe(printed);
  }
}

const sections = {
  container: "containers",
  network: "networks",
  volume: "volumes",
  image: "images",
  config: "configs",
} as const;

const doubled = (value: Json): Json =>
  JSON.parse(JSON.stringify(value).replaceAll(/\$/g, "$$$$")) as Json;

test("every example of the catalogue", () => {
  let read = 0;
  for (const [kind, section] of Object.entries(sections)) {
    for (const [name, { examples }] of Object.entries(catalogue[kind as keyof typeof sections])) {
      for (const example of examples) {
        const needs = {
          name: "shop",
          networks: { front: {}, back: {} },
          volumes: { data: {} },
          configs: { motd: { file: "motd.txt" }, page: { content: "a$$b $$$$ $${C}\n" } },
          containers: { db: { image: "busybox" } },
        };
        const entry = {
          ...(kind === "container" && { image: "busybox" }),
          [name]: doubled(example),
        };
        const own = { ...(needs as unknown as Record<string, object>)[section], web: entry };
        const file = JSON.stringify({ ...needs, [section]: own });
        if (loaded({ ...FILES, "stack.yaml": file }).stack) read++;
        reread(file);
      }
    }
  }
  console.log(`config of config: ${read} examples`);
  expect(read).toBeGreaterThan(120);
});

// What YAML may not hold outside of a content, and what marks sensitive values, stands in no file.
const odd = fc.constantFrom(
  ..."$ $$ ${A} $${A} $A $$PATH ~ null true 1.10 0755 0x1f - ? : # & * ! | > % @ ` ' \" {} [] ${ \\n".split(
    " ",
  ),
  " lead",
  "trail ",
  "two\nlines\n",
  "\ttab",
  "a: b",
  "a #b",
  "---",
  "é\u{1f600}",
  "\u2028",
  "",
);
const words = fc.array(fc.oneof(odd, fc.string({ unit: "grapheme" })), { maxLength: 4 });
const anything = words.map((all) => all.join(""));
const allowed = anything.filter(
  (each) => each.isWellFormed() && !/[\0-\x08\x0b-\x1f\x7f-\x9f\uE000\uE001]/.test(each),
);

test("any text, wherever a text may stand", () => {
  const texts = fc.record({
    command: fc.array(allowed, { minLength: 1, maxLength: 3 }),
    environment: fc.dictionary(fc.constantFrom("A", "B_1", "x.y"), allowed),
    labels: fc.dictionary(fc.constantFrom("a", "b/c"), allowed),
    hostname: allowed,
    user: allowed,
  });
  fc.assert(
    fc.property(texts, allowed, allowed, (web, content, option) => {
      const containers = { web: { image: "busybox", ...web, configs: ["page"] } };
      const networks = { default: { driver_opts: { option } } };
      const configs = { page: { content } };
      const file = { name: "shop", networks, configs, containers };
      reread(JSON.stringify(doubled(file)));
    }),
    { numRuns: 200 },
  );
});

test("what is sensitive is asked for again, and nothing of it is printed", () => {
  const file = `
name: shop
variables: { password: { sensitive: true, default: "hunter2" } }
containers:
  web:
    image: busybox
    environment: { URL: "pg://$password@db/$$x", API_KEY: "k3y" }
`;
  const printed = text(loaded(file));
  expect(printed).not.toMatch(/hunter2|k3y/);
  expect(printed).toContain("pg://${password}@db/$$x");
  const given = { password: "hunter2", API_KEY: "k3y" };
  const again = loaded(printed, {
    variables: Object.entries(given).map(([name, value]) => `${name}=${value}`),
  });
  expect(text(again)).toBe(printed);
  const [value] = tokensIn(again.document?.containers).map((name) => again.secrets.get(name));
  expect(value).toBe("hunter2");
  expect(told(loaded(printed))[0]).toContain("the variable `password` has no value");
});
