import type { Attribute, Catalogue } from "../../attributes/core/attribute.ts";
import { takesSensitive } from "../../attributes/secrets/sensitive.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Paint } from "../words/colors.ts";
import { flowed, gridLines, hang } from "../words/layout.ts";
import { inline } from "./values.ts";

/** What one attribute is, all of it read from the catalogue. */
export function attributeText(
  kind: string,
  name: string,
  attribute: Attribute,
  paint: Paint,
): string {
  const { description: about, schema, examples, docker } = attribute;
  const rows: [string, string][] = [
    ["Forms", forms(schema).join(", or ")],
    ["When absent", silence(attribute)],
    ["When changed", effect(attribute)],
  ];
  if (docker?.since) rows.push(["Needs", `engine API ${docker.since} or later`]);
  if (takesSensitive(attribute)) rows.push(["Sensitive", "sensitive variables may be used in it"]);
  const width = Math.max(...rows.map(([title]) => title.length)) + 1;
  const lines = [paint.strong(`${kind}.${name}`), `  ${about}`, ""];
  for (const [title, text] of rows)
    lines.push(...hang(`  ${paint.note(`${title}:`.padEnd(width))} `, text, paint.columns));
  lines.push("", `  ${paint.note(examples.length > 1 ? "Examples:" : "Example:")}`);
  for (const example of examples) lines.push(`    ${name}: ${inline(example)}`);
  return `${flowed(lines.join("\n"), paint.columns)}\n`;
}

/** All attributes of a kind, one a line. */
export function kindText(kind: string, attributes: Catalogue, paint: Paint): string {
  const rows = Object.entries(attributes).map(([name, { description: about }]) => [
    name,
    paint.faint(about),
  ]);
  const lines = gridLines(rows, { columns: paint.columns, indent: 2 }).flat();
  return `${[paint.strong(kind), ...lines].join("\n")}\n\nMore: stack explain ${kind}.${Object.keys(attributes)[0]}\n`;
}

export function silence({ absent, show }: Attribute): string {
  switch (absent.is) {
    case "value":
      return isEmpty(absent.value) ? "none" : inline(show?.(absent.value) ?? absent.value);
    case "image":
      return "what the image says";
    case "engine":
      return "the engine decides; not managed";
    case "derived":
      return absent.about;
  }
}

function isEmpty(value: Json): boolean {
  return (
    value === "" || value === null || (typeof value === "object" && Object.keys(value).length === 0)
  );
}

function effect({ docker }: Attribute): string {
  if (!docker) return "nothing on the engine: it has a meaning for stack alone";
  return docker.update
    ? "in place, where the engine can; otherwise the object is replaced"
    : "the object is replaced";
}

/** The forms that a schema allows, in words. */
export function forms(schema: JsonObject): string[] {
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) {
    return [...new Set((choices as JsonObject[]).flatMap((choice) => forms(choice)))];
  }
  if (schema.const !== undefined) return [inline(schema.const)];
  if (Array.isArray(schema.enum))
    return [`one of ${schema.enum.map((one: Json) => inline(one)).join(", ")}`];
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.map((type) => form(String(type ?? "any value"), schema));
}

function form(type: string, schema: JsonObject): string {
  if (type === "array") return `list of ${isSchema(schema.items) ? inner(schema.items) : "values"}`;
  if (type !== "object") return type === "boolean" ? "true or false" : type;
  const properties = isSchema(schema.properties) ? Object.keys(schema.properties) : [];
  if (properties.length > 0) return `map with ${properties.join(", ")}`;
  const { additionalProperties } = schema;
  return isSchema(additionalProperties) ? `map of ${inner(additionalProperties)}` : "map";
}

function inner(schema: JsonObject): string {
  const all = forms(schema);
  return all.length > 1 ? `(${all.join(" or ")})` : (all[0] ?? "values");
}

function isSchema(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
