import type { Json, JsonObject } from "../../model/json.ts";

/*
 * Validation of our own documents when they are read back, by the part of JSON Schema that our
 * schemas use. Their tests compare its verdicts with Ajv's; Ajv itself would cost every start of
 * `apply FILE` more than the rest of the reading.
 */

/** What is wrong with a value, as `place: what`; empty when it fits the schema. */
export function check(schema: JsonObject, value: Json): string[] {
  const faults: string[] = [];
  visit(schema, value, "", { root: schema, faults });
  return faults;
}

interface Checking {
  readonly root: JsonObject;
  readonly faults: string[];
}

function visit(schema: JsonObject, value: Json, path: string, checking: Checking): void {
  const say = (what: string) => checking.faults.push(`${path || "/"}: ${what}`);
  if (typeof schema.$ref === "string") {
    visit(definition(schema.$ref, checking.root), value, path, checking);
    return;
  }
  if (schema.const !== undefined && schema.const !== value) {
    say(`must be ${JSON.stringify(schema.const)}`);
    return;
  }
  if (Array.isArray(schema.enum) && !schema.enum.includes(value)) {
    say(`must be one of ${schema.enum.join(", ")}`);
    return;
  }
  if (typeof schema.type === "string" && !hasType(value, schema.type)) {
    say(`must be of type ${schema.type}`);
    return;
  }
  if (typeof schema.pattern === "string" && typeof value === "string") {
    if (!new RegExp(schema.pattern, "u").test(value)) say(`must match ${schema.pattern}`);
  }
  if (typeof schema.minimum === "number" && typeof value === "number" && value < schema.minimum) {
    say(`must be at least ${schema.minimum}`);
  }
  if (Array.isArray(value)) visitItems(schema, value, path, checking);
  else if (isObject(value)) visitObject(schema, value, path, checking);
  if (Array.isArray(schema.oneOf)) visitOneOf(schema.oneOf as JsonObject[], value, path, checking);
}

function visitItems(schema: JsonObject, value: readonly Json[], path: string, checking: Checking) {
  if (!isObject(schema.items)) return;
  for (const [index, item] of value.entries()) {
    visit(schema.items, item, `${path}/${index}`, checking);
  }
}

function visitObject(schema: JsonObject, value: JsonObject, path: string, checking: Checking) {
  const properties = isObject(schema.properties) ? schema.properties : {};
  for (const name of Array.isArray(schema.required) ? schema.required : []) {
    if (!Object.hasOwn(value, String(name))) checking.faults.push(`${path || "/"}: lacks ${name}`);
  }
  for (const [name, item] of Object.entries(value)) {
    const own = Object.hasOwn(properties, name) ? properties[name] : schema.additionalProperties;
    if (own === false) checking.faults.push(`${path || "/"}: has an unknown member ${name}`);
    else if (isObject(own)) visit(own, item ?? null, `${path}/${name}`, checking);
  }
}

/** Alternatives are told apart by a `const` member; the faults of the chosen one are reported. */
function visitOneOf(options: readonly JsonObject[], value: Json, path: string, checking: Checking) {
  const resolved = options.map((option) =>
    typeof option.$ref === "string" ? definition(option.$ref, checking.root) : option,
  );
  const chosen = resolved.find((option) => {
    const properties = isObject(option.properties) ? option.properties : {};
    return Object.entries(properties).every(
      ([name, rule]) =>
        !isObject(rule) ||
        rule.const === undefined ||
        (isObject(value) && value[name] === rule.const),
    );
  });
  if (chosen) visit(chosen, value, path, checking);
  else checking.faults.push(`${path || "/"}: is none of the known forms`);
}

function definition(reference: string, root: JsonObject): JsonObject {
  let node: Json | undefined = root;
  for (const key of reference.replace("#/", "").split("/")) {
    node = isObject(node) ? node[key] : undefined;
  }
  if (!isObject(node)) throw new Error(`the schema lacks ${reference}`);
  return node;
}

function hasType(value: Json, type: string): boolean {
  if (type === "object") return isObject(value);
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return type === "null" ? value === null : typeof value === type;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
