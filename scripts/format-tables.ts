/* The tables of docs/formats.md, made of the schemas and of the tables of codes. */
import { record } from "../src/attributes/values/json.ts";
import { ERRORS } from "../src/cli/host/exit-codes.ts";
import { ENGINE_CODES } from "../src/engine/docker/errors/codes.ts";
import { DIAGNOSTIC_CODES } from "../src/model/diagnostic.ts";
import type { Json, JsonObject } from "../src/model/json.ts";
import { schemaOf } from "../src/model/operations/fields.ts";
import type { OperationDefinition } from "../src/model/operations/operation.ts";
import { operations } from "../src/model/operations/operations.ts";
import { eventsSchema } from "../src/render/json/events-schema.ts";
import { definitions } from "../src/render/json/plan-schema.ts";
import { steps } from "../src/render/json/step-schema.ts";
import { validationSchema } from "../src/render/json/validation-schema.ts";

/** A document with each part between `<!-- table NAME -->` and `<!-- end -->` made anew. */
export function withTables(document: string): string {
  return document.replace(
    /(<!-- table ([\w.]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      const table = TABLES[name];
      if (!table) throw new Error(`there is no table ${name}`);
      return `${begin}\n${table()}\n${end}`;
    },
  );
}

const [firstStep = {}] = steps;
const own = (name: string) => Object.keys(record(schemaOf(fieldsOf(name)).properties));
const fieldsOf = (name: string) =>
  (operations as unknown as Record<string, OperationDefinition>)[name]?.fields ?? {};

const TABLES: Readonly<Record<string, () => string>> = {
  plan: () => members(record(definitions.plan)),
  change: () => members(record(definitions.change)),
  delta: () => members(record(definitions.delta)),
  blockedChange: () => members(record(definitions.blockedChange)),
  conflict: () => members(record(definitions.conflict)),
  step: () => members(firstStep, new Set([...own("image.pull")])),
  operations: () =>
    rows(
      ["Operation", "Members", "What it does"],
      Object.entries(operations).map(([name, { summary }]) => {
        const schema = schemaOf(fieldsOf(name));
        const required = new Set(schema.required as readonly string[]);
        const names = own(name).map((each) => `\`${each}\`${required.has(each) ? "" : "?"}`);
        return [`\`${name}\``, names.join(", "), summary];
      }),
    ),
  events: () =>
    (eventsSchema.oneOf as readonly JsonObject[])
      .map((event) => {
        const { const: type } = record(record(event.properties).type);
        return `**\`${type}\`**: ${event.description}\n\n${members(event, new Set(["type", "timestamp"]))}`;
      })
      .join("\n\n"),
  validation: () => members(validationSchema),
  diagnostic: () => members(record(record(validationSchema.$defs).diagnostic)),
  "codes.diagnostics": () => codes(Object.entries(DIAGNOSTIC_CODES)),
  "codes.cli": () =>
    rows(
      ["Code", "Exit", "Meaning"],
      Object.entries(ERRORS).map(([code, { status, meaning }]) => [
        `\`${code}\``,
        String(status),
        meaning,
      ]),
    ),
  "codes.engine": () => codes(Object.entries(ENGINE_CODES).sort(([a], [b]) => (a < b ? -1 : 1))),
};

const codes = (all: readonly (readonly [string, string])[]): string =>
  rows(
    ["Code", "Meaning"],
    all.map(([code, meaning]) => [`\`${code}\``, meaning]),
  );

/** A table of an object's members; those that may be absent have a `?`. */
function members(schema: JsonObject, without: ReadonlySet<string> = new Set()): string {
  const required = new Set(schema.required as readonly string[]);
  const all = Object.entries(record(schema.properties)).filter(([name]) => !without.has(name));
  if (all.length === 0) return "No other members.";
  return rows(
    ["Member", "Type", "Meaning"],
    all.map(([name, member]) => [
      `\`${name}\`${required.has(name) ? "" : "?"}`,
      typeOf(record(member)),
      String(record(member).description ?? ""),
    ]),
  );
}

function typeOf(schema: JsonObject): string {
  if (typeof schema.$ref === "string")
    return (schema.$ref.split("/").at(-1) ?? "").replace("Ref", "");
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (Array.isArray(schema.enum)) return schema.enum.map((one: Json) => `\`${one}\``).join(", ");
  if (schema.type === "array") return `list of ${typeOf(record(schema.items))}`;
  if (schema.type === "object" && schema.properties) {
    const inner = new Set(schema.required as readonly string[]);
    const names = Object.keys(record(schema.properties));
    return `{ ${names.map((name) => name + (inner.has(name) ? "" : "?")).join(", ")} }`;
  }
  return String(schema.type ?? "any");
}

function rows(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}
