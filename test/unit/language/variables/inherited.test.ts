import { describe, expect, test } from "vitest";
import { catalogue } from "../../../../src/attributes/catalogue.ts";
import { isMap, list, record } from "../../../../src/attributes/values/json.ts";
import { find } from "../../../../src/cli/commands/stack/explain.ts";
import { CliError } from "../../../../src/cli/host/exit-codes.ts";
import type { Loaded } from "../../../../src/language/load.ts";
import { stackSchema } from "../../../../src/language/schema/schema.ts";
import type { Json, JsonObject } from "../../../../src/model/json.ts";
import type { Stack } from "../../../../src/model/stack.ts";
import { resolveAddresses } from "../../../../src/planning/context/addresses.ts";
import { plan } from "../../../../src/planning/plan.ts";
import { print } from "../../../golden/format-plan.ts";
import { SimulatedEngine } from "../../../support/simulator/engine.ts";
import { world } from "../../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../../support/simulator/reconcile.ts";
import { loaded, resource, told } from "../support.ts";

/* Keys that every JavaScript object inherits, at every place of a stack file where a key can stand. */

const NAMES = [
  "toString",
  "valueOf",
  "hasOwnProperty",
  "constructor",
  "__proto__",
  "isPrototypeOf",
];

interface Site {
  readonly path: string;
  /** The document with a value in this place. */
  readonly document: (value: Json) => JsonObject;
  /** What values a map takes; absent: its keys are the catalogue's. */
  readonly values?: JsonObject;
}

type Wrap = (value: Json) => Json;

function* sites(schema: JsonObject, path: string, wrap: Wrap): Generator<Site> {
  for (const branch of [...list(schema.anyOf), ...list(schema.oneOf)])
    yield* sites(record(branch), path, wrap);
  if (isMap(schema.items)) yield* sites(schema.items, `${path}[]`, (value) => wrap([value]));
  const { additionalProperties: values } = schema;
  const site = { path, document: (value: Json) => wrap(value) as JsonObject };
  if (values === false) yield site;
  if (isMap(values)) {
    yield { ...site, values };
    yield* sites(values, `${path}.k`, (value) => wrap({ k: value }));
  }
  for (const [key, below] of Object.entries(record(schema.properties)))
    yield* sites(record(below), `${path}.${key}`, (value) => wrap({ [key]: value }));
}

const all = [...sites(stackSchema(), "", (value) => value)];

/** A value of a schema, of the simplest branch. */
function sample(schema: JsonObject): Json {
  const [type] = [schema.type ?? []].flat();
  if (type === "object") return {};
  if (type === "array") return [];
  if (type === "integer" || type === "number") return 1;
  if (type === "boolean") return true;
  const [first] = list(schema.anyOf);
  return first === undefined ? "x" : sample(record(first));
}

/** Applies the stack to an empty engine, and says 1 where the plan is then empty and shows the name. */
async function madeOnce({ stack, secrets }: Loaded & { stack: Stack }, name: string) {
  const engine = new SimulatedEngine(world("1.51"));
  const planned = async () =>
    plan(stack, await observed(engine, stack, secrets), policyOf({ secrets }));
  const todo = await planned();
  const { errors } = await carriedOut(engine, todo, secrets);
  if (errors.length > 0) return 0;
  expect((await planned()).changes).toEqual([]);
  return print(todo).includes(name) ? 1 : 0;
}

/** Every container with an image. */
function runnable({ containers, ...others }: JsonObject): JsonObject {
  const each = Object.entries(record(containers)).map(([key, given]): [string, Json] => [
    key,
    { image: "busybox:1.36", ...record(given) },
  ]);
  return { name: "shop", ...others, containers: Object.fromEntries(each) };
}

const at = (name: string, value: Json) => ({ [name]: value });

describe("a key that every object inherits", () => {
  test.each(NAMES)("%s is not known where keys are the catalogue's", (name) => {
    const closed = all.filter(({ values }) => values === undefined);
    expect(closed.length).toBeGreaterThan(20);
    for (const { document } of closed) {
      const text = JSON.stringify(document(at(name, "x")), null, 1);
      const expected = name === "__proto__" ? "may not be a key" : "is not known";
      const lines = told(loaded(text));
      const line = text.split("\n").findIndex((each) => each.includes(`"${name}"`)) + 1;
      expect(lines).toContainEqual(
        expect.stringMatching(new RegExp(`^stack\\.yaml:${line}:\\d+ .*\`${name}\` ${expected}`)),
      );
    }
  });

  test.each(NAMES)("%s is a key like any other in maps", async (name) => {
    const maps = all.filter(({ values }) => values !== undefined);
    expect(maps.length).toBeGreaterThan(20);
    let made = 0;
    for (const { document, values } of maps) {
      const found = loaded(JSON.stringify(runnable(document(at(name, sample(values ?? {}))))));
      if (name === "__proto__")
        expect(told(found)).toContainEqual(expect.stringMatching("may not be a key"));
      // What else is missing there is told in words; a sound stack is made, and then as it should be.
      else if (found.stack) made += await madeOnce({ ...found, stack: found.stack }, name);
    }
    if (name !== "__proto__") expect(made).toBeGreaterThan(5);
  });

  test.each(NAMES)("%s may be a name in lists and in files of lines", async (name) => {
    const files = {
      "stack.yaml": JSON.stringify({
        name: "shop",
        containers: {
          web: {
            image: "busybox:1.36",
            env_file: "web.env",
            label_file: "web.labels",
            labels: [`${name}=of-label`],
            annotations: [`${name}=of-annotation`],
            environment: ["B=1"],
          },
        },
      }),
      "web.env": `${name}=of-env\nC=$${name}\n`,
      "web.labels": `other.${name}=2\n`,
    };
    const found = loaded(files);
    const { spec } = resource(found, "container.web");
    expect(spec.environment).toEqual({ B: "1", C: "of-env", [name]: "of-env" });
    expect(spec.labels).toEqual({ [`other.${name}`]: "2", [name]: "of-label" });
    if (found.stack) expect(await madeOnce({ ...found, stack: found.stack }, name)).toBe(1);
  });

  test.each(NAMES)("%s is a variable like any other, set or not", (name) => {
    const file = (declared: JsonObject) =>
      `{name: shop, variables: ${JSON.stringify(declared)}, containers: {web: {image: "$${name}"}}}`;
    const image = (declared: JsonObject, ...variables: string[]) =>
      resource(loaded(file(declared), { variables }), "container.web").spec.image;
    expect(told(loaded(file({})))[0]).toContain(`\`${name}\` is not set`);
    expect(image({}, `${name}=busybox:1.36`)).toBe("busybox:1.36");
    if (name === "__proto__") return;
    expect(image({ [name]: "busybox:1.36" })).toBe("busybox:1.36");
    expect(image({ [name]: { type: "string" } }, `${name}=busybox:1.37`)).toBe("busybox:1.37");
  });

  test.each(NAMES)("%s is nothing that can be explained or singled out", (name) => {
    for (const asked of [name, `container.${name}`, `container.web.${name}`, `${name}.image`])
      expect(() => find(asked, catalogue)).toThrow(CliError);
    const empty = { containers: [], networks: [], volumes: [] };
    expect(resolveAddresses([name], { name: "shop", resources: [] }, empty)).toMatchObject({
      message: `the stack has no ${name}`,
    });
  });
});
