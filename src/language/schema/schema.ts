import { catalogue } from "../../attributes/catalogue.ts";
import type { Attribute, Catalogue } from "../../attributes/core/attribute.ts";
import { boolean, integer, object, oneOf, scalar, string } from "../../attributes/core/shapes.ts";
import { record } from "../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../model/json.ts";

/*
 * The stack file's JSON Schema, from the catalogue. Draft-07, which editors understand best; the
 * catalogue's schemas use nothing that later drafts changed.
 */

const NAME = "^[a-zA-Z0-9][a-zA-Z0-9_.-]*$";
const VARIABLE = "^[A-Za-z_][A-Za-z0-9_]*$";
/** Extensions are allowed wherever the keys are ours. */
const EXTENSIONS: JsonObject = { "^x-": {} };

const texts: JsonObject = { type: "array", items: scalar };

const variable: JsonObject = {
  anyOf: [
    scalar,
    texts,
    {
      type: "object",
      additionalProperties: false,
      patternProperties: EXTENSIONS,
      properties: {
        type: {
          ...oneOf("string", "number", "boolean", "list"),
          description: "Inferred from the default where absent.",
        },
        default: { anyOf: [scalar, texts], description: "Without it, a value must be given." },
        description: { ...string, description: "What the variable is for." },
        pattern: { ...string, description: "A regular expression that values match." },
        enum: { ...texts, description: "The values that are allowed." },
        sensitive: { ...boolean, description: "The value is never shown nor stored." },
      },
    },
  ],
};

/** The schema that documents are checked against, after variables are filled in. */
export function stackSchema(): JsonObject {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Stackwright stack file",
    type: "object",
    additionalProperties: false,
    patternProperties: EXTENSIONS,
    properties: {
      name: { ...string, description: "Name of the stack; the folder's name where absent." },
      variables: section(
        "Values that are given from outside: `port: 8080`, or the long form.",
        variable,
        VARIABLE,
      ),
      images: section("Images by name.", entry(catalogue.image)),
      plugins: section("Plugins of the engine by key.", entry(catalogue.plugin)),
      networks: section("Networks by key.", entry(catalogue.network, true)),
      volumes: section("Volumes by key.", entry(catalogue.volume, true)),
      configs: section("Texts that containers get as files.", entry(catalogue.config)),
      secrets: section(
        "Values that containers get as files, and that are never shown.",
        entry(catalogue.secret),
      ),
      containers: section("Containers by key.", entry(catalogue.container)),
    },
  };
}

/** What `deploy.ts` puts into other words before the document is checked. */
function deploy({ replicas, update_config, cpus, mem_limit, pids_limit, gpus }: Catalogue) {
  const of = (attribute: Attribute | undefined): JsonObject => attribute?.schema ?? {};
  return object({
    replicas: of(replicas),
    mode: oneOf("replicated"),
    update_config: of(update_config),
    restart_policy: object({
      condition: oneOf("none", "on-failure", "any"),
      max_attempts: { ...integer, minimum: 0 },
    }),
    resources: object({
      limits: object({ cpus: of(cpus), memory: of(mem_limit), pids: of(pids_limit) }),
      reservations: object({ memory: of(mem_limit), devices: of(gpus) }),
    }),
  });
}

function withDeploy(containers: JsonObject): JsonObject {
  const each = record(containers.additionalProperties);
  const description = "Compose's words for replicas, limits, restarts and roll-outs.";
  const known = { ...deploy(catalogue.container), description };
  const properties = { ...record(each.properties), deploy: known };
  return { ...containers, additionalProperties: { ...each, properties } };
}

/**
 * The schema for editors, which see a file before variables are filled in: `${X}` may stand
 * where a number, a boolean, one of several words or a list is expected.
 */
export function editorSchema(): JsonObject {
  const schema = stackSchema();
  const { variables, ...read } = record(schema.properties);
  const sections = { ...read, containers: withDeploy(record(read.containers)) };
  const properties = Object.fromEntries(
    Object.entries(sections).map(([name, value]) => [
      name,
      name === "name" ? value : loosened(value ?? {}),
    ]),
  );
  return { ...schema, properties: { name: properties.name, variables, ...properties } };
}

function section(description: string, each: JsonObject, names: string = NAME): JsonObject {
  return {
    description,
    type: ["object", "null"],
    propertyNames: { type: "string", pattern: names },
    additionalProperties: each,
  };
}

function entry(attributes: Catalogue, nullable = false): JsonObject {
  const properties = Object.entries(attributes).map(
    ([name, { description: about, schema, examples }]) => [
      name,
      { ...schema, description: about, examples },
    ],
  );
  return {
    type: nullable ? ["object", "null"] : "object",
    additionalProperties: false,
    patternProperties: EXTENSIONS,
    properties: Object.fromEntries(properties),
  };
}

const REFERENCE: JsonObject = { type: "string", pattern: "\\$" };

function loosened(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(loosened);
  if (schema === null || typeof schema !== "object") return schema;
  const inner: Record<string, Json> = {};
  for (const [key, value] of Object.entries(schema as JsonObject)) {
    const keep = key === "examples" || key === "enum" || value === undefined;
    inner[key] = keep
      ? (value ?? null)
      : key === "properties"
        ? eachLoosened(value)
        : loosened(value);
  }
  const { description, examples, ...rest } = inner;
  const shown = {
    ...(description !== undefined && { description }),
    ...(examples !== undefined && { examples }),
  };
  const types = [rest.type ?? []].flat();
  const narrow =
    types.length > 0 &&
    !types.includes("string") &&
    !types.includes("object") &&
    !types.includes("null");
  const limited =
    types.includes("string") && (rest.enum !== undefined || rest.pattern !== undefined);
  return narrow || limited ? { ...shown, anyOf: [rest, REFERENCE] } : inner;
}

function eachLoosened(properties: Json): Json {
  const loose = Object.entries(record(properties)).map(([key, value]) => [
    key,
    loosened(value ?? {}),
  ]);
  return Object.fromEntries(loose);
}
