import { describe, expect, test } from "vitest";
import { catalogue } from "../../../../src/attributes/catalogue.ts";
import type { Attribute } from "../../../../src/attributes/core/attribute.ts";
import { tokensIn } from "../../../../src/attributes/secrets/sensitive.ts";
import { isMap } from "../../../../src/attributes/values/json.ts";
import type { Json, JsonObject } from "../../../../src/model/json.ts";
import { loaded, told, web } from "../support.ts";

const REFERENCE = `\${SECRET}`;
const FILES = { "app.env": "A=b\n", "app.labels": "a=b\n", "motd.txt": "x", "web/Dockerfile": "" };

/** The value, once for each of its texts with the sensitive variable in that one's place, or in its key's. */
function* planted(value: Json): Generator<Json> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      for (const each of planted(item)) yield value.with(index, each);
  } else if (isMap(value)) {
    for (const [key, item] of Object.entries(value))
      for (const each of planted(item ?? null)) yield { ...value, [key]: each };
  } else if (typeof value === "string") {
    yield REFERENCE;
    yield `${REFERENCE}${value}`;
    if (value.includes("=")) yield value.replace(/=.*/s, `=${REFERENCE}`);
    for (const separator of [":", "/"])
      if (value.includes(separator))
        yield value.replace(new RegExp(`${separator}.*`, "s"), `${separator}${REFERENCE}`);
  }
}

const sections = {
  container: "containers",
  plugin: "plugins",
  network: "networks",
  volume: "volumes",
  image: "images",
  config: "configs",
  secret: "secrets",
} as const;
type Kind = keyof typeof sections;

const NEEDED: Readonly<Record<Kind, JsonObject>> = {
  container: { image: "busybox:1.36" },
  plugin: { source: "example/plugin" },
  network: {},
  volume: {},
  image: { source: "busybox:1.36" },
  config: {},
  secret: {},
};

function load(kind: Kind, attribute: string, value: Json) {
  const file: Record<string, Json> = {
    name: "shop",
    variables: { SECRET: { sensitive: true } },
    networks: { front: {}, back: {} },
    volumes: { data: {} },
    configs: { motd: { content: "x" } },
    secrets: { password: { file: "motd.txt" } },
    containers: { db: { image: "busybox:1.36", ipc: "shareable" } },
  };
  const section = sections[kind];
  const own = { x: { ...NEEDED[kind], [attribute]: value } };
  file[section] = { ...(file[section] as JsonObject), ...own };
  return loaded(
    { ...FILES, "stack.yaml": JSON.stringify(file) },
    { variables: ["SECRET=tr0ub4dor"] },
  );
}

/** Every key of every map. */
function keysOf(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...keysOf(item ?? null)]);
}

const kinds = Object.keys(sections) as Kind[];
const all = kinds.flatMap((kind) =>
  Object.entries(catalogue[kind] as Record<string, Attribute>).map(([name, { examples }]) => ({
    kind,
    name,
    title: `${kind}.${name}`,
    values: examples.flatMap((example) => [...planted(example)]),
  })),
);

describe("a sensitive variable in each text of each attribute", () => {
  test.each(all.filter(({ values }) => values.length > 0))(
    "$title is taken as a value, and never as a part of a name",
    ({ kind, name, values }) => {
      for (const value of values) {
        const { stack, diagnostics } = load(kind, name, value);
        if (!stack) {
          // Said at its place, without the value or the characters that stand for it.
          expect(diagnostics.filter(({ place }) => !place)).toEqual([]);
          expect(JSON.stringify(diagnostics)).not.toMatch(/tr0ub4dor|[\uE000\uE001]/);
          continue;
        }
        const { resources } = stack;
        const names = resources.flatMap((each) => [each.name, each.address, each.key]);
        const keys = keysOf(resources as unknown as Json);
        expect(tokensIn([...names, ...keys])).toEqual([]);
      }
    },
  );

  test("is tried in hundreds of places", () => {
    const count = all.flatMap(({ values }) => values).length;
    console.log(`${all.length} attributes, ${count} places`);
    expect(count).toBeGreaterThan(400);
  });
});

const S = "variables: {S: {sensitive: true}}\n";
const given = (...lines: string[]) =>
  loaded({ "stack.yaml": S + web(...lines), "l.labels": "team=$S\n" }, { variables: ["S=x"] });

test.each([
  ["environment: ['$S=1']", "⟨'$S=1'⟩ `S` is sensitive and cannot be used here"],
  ["environment: [$S]", "⟨$S⟩ `S` is sensitive and cannot be used here"],
  ["configs: [{source: a, target: $S}]", "⟨$S⟩ `S` is sensitive and cannot be used here"],
  ["labels: ['$S=1']", "`S` is sensitive and cannot be used here"],
  ["label_file: l.labels", "⟨l.labels⟩ `S` is sensitive and cannot be used in l.labels"],
  ["post_start: [{command: a, environment: ['$S=1']}]", "`S` is sensitive and cannot be used here"],
  ["container_name: $S", "`S` is sensitive and cannot be used in `container_name`"],
])("%s is refused at its place", (line, expected) => {
  expect(told(given(line)).join("\n")).toContain(expected);
});

test.each([
  "environment: ['A=$S=1']",
  "environment: {A: $S=1}",
  "command: [run, '$S=1']",
  "post_start: [{command: '$S=1', environment: ['A=$S']}]",
])("%s is a value", (line) => {
  expect(given(line).stack).toBeDefined();
});

test.each([
  ["environment: {A=B: x}", "5:19 ⟨A=B⟩ the name of a variable cannot contain `=`: `A=B`"],
  ["environment: {'': x}", "⟨''⟩ a key is empty"],
  ["environment: ['A=1', '=x']", "⟨'=x'⟩ a key is empty"],
  ['environment: {"A\\0": x}', "the text contains the character U+0000"],
  ["post_start: [{command: a, environment: {A=B: x}}]", "the name of a variable cannot contain"],
  ["labels: ['=x']", "⟨'=x'⟩ a key is empty"],
  ["labels: {'': x}", "⟨''⟩ a key is empty"],
  ["annotations: {'': x}", "a key is empty"],
  ["sysctls: ['=1']", "⟨'=1'⟩ a key is empty"],
  [
    "sysctls: {vm.swappiness: 1}",
    "`vm.swappiness` is no kernel parameter that a container has of its own",
  ],
  ["sysctls: {kernel.hostname: a}", "`kernel.hostname` is what `hostname` says"],
])("the key in %s is one that no engine holds", (line, expected) => {
  expect(told(loaded(web(line))).join("\n")).toContain(expected);
});
