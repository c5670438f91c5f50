import type { JsonObject } from "../../model/json.ts";
import { definitions } from "./plan-schema.ts";

/** Changes whenever a reader of the former format would be misled. */
export const EVENTS_FORMAT = "stackwright.events/1";

const text = { type: "string" } as const;
const count = { type: "integer", minimum: 0 } as const;
const time = { type: "integer", description: "Milliseconds since 1970." } as const;

function record(type: string, members: Readonly<Record<string, JsonObject>>): JsonObject {
  const names = Object.keys(members);
  return {
    type: "object",
    additionalProperties: false,
    required: ["type", ...names.filter((name) => !name.endsWith("?"))],
    properties: {
      type: { const: type },
      ...Object.fromEntries(
        Object.entries(members).map(([name, schema]) => [name.replace(/\?$/, ""), schema]),
      ),
    },
  };
}

const step: JsonObject = {
  description: "A step of the plan by its id.",
  type: "object",
  additionalProperties: false,
  required: ["id", "address", "operation", "text"],
  properties: { id: count, address: text, operation: text, text },
};

const common = { at: time, step: { $ref: "#/$defs/stepRef" } };

/** Source of schemas/events.schema.json: one record a line; the first is `version`. */
export const eventsSchema: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "One line of `stack apply --progress json`",
  type: "object",
  oneOf: [
    record("version", { format: { const: EVENTS_FORMAT }, stack: text }),
    record("begun", { at: time, plan: { $ref: "#/$defs/plan" } }),
    record("step started", common),
    record("step advanced", {
      ...common,
      advance: {
        type: "object",
        additionalProperties: false,
        required: ["text"],
        properties: { text, current: { type: "number" }, total: { type: "number" } },
      },
    }),
    record("step done", { ...common, ms: { type: "number" } }),
    record("step failed", {
      ...common,
      ms: { type: "number" },
      message: text,
      "hint?": text,
      "lines?": {
        type: "array",
        items: text,
        description: "The last that the container or command wrote in this run.",
      },
    }),
    record("step skipped", { ...common, why: text }),
    record("downtime", {
      at: time,
      target: text,
      ms: { type: "number", description: "For so long the object did not serve." },
    }),
    record("rolled back", {
      at: time,
      target: text,
      whole: { type: "boolean", description: "What ran before runs again as it did." },
      "down?": {
        enum: [true],
        description: "Nothing ran before: what was started is stopped again.",
      },
    }),
    record("warning", { ...common, message: text }),
    record("ended", {
      at: time,
      ms: { type: "number" },
      outcome: { enum: ["done", "failed", "rolled back", "interrupted"] },
      done: count,
      failed: count,
      skipped: count,
    }),
  ],
  $defs: { ...definitions, stepRef: step },
};
