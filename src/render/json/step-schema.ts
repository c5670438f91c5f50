import type { JsonObject } from "../../model/json.ts";
import { schemaOf } from "../../model/operations/fields.ts";
import type { OperationDefinition } from "../../model/operations/operation.ts";
import { operations } from "../../model/operations/operations.ts";

export const text = { type: "string" } as const;
export const yes = { type: "boolean" } as const;
export const count = { type: "integer", minimum: 0 } as const;
export const list = (items: JsonObject): JsonObject => ({ type: "array", items });

/** A closed object; names that end with `?` are optional. */
export function object(
  about: string | undefined,
  members: Readonly<Record<string, JsonObject>>,
): JsonObject {
  const names = Object.keys(members);
  return {
    ...(about === undefined ? {} : { description: about }),
    type: "object",
    additionalProperties: false,
    required: names.filter((name) => !name.endsWith("?")),
    properties: Object.fromEntries(
      Object.entries(members).map(([name, schema]) => [name.replace(/\?$/, ""), schema]),
    ),
  };
}

export const KINDS = ["image", "plugin", "network", "volume", "container"];
export const origin = {
  description: "Who made the difference: an edit of the file, or someone on the engine.",
  enum: ["file", "engine", "unknown"],
};
export const address = {
  type: "string",
  pattern: "^(image|plugin|network|volume|container)\\.",
  description: "Kind and key in the stack file: `container.web`, `container.web[2]`.",
};

/** What every step has beside the members of its operation. */
const common: Readonly<Record<string, JsonObject>> = {
  id: { ...count, description: "Other steps, and events, name it by this." },
  address,
  dependsOn: { ...list(count), description: "Steps that must have succeeded." },
  "dependsOnCompletion?": {
    ...list(count),
    description: "Steps that must have ended, successfully or not.",
  },
  "until?": { ...list(count), description: "A wait that lasts until these steps have ended." },
  reason: { ...text, description: "One clause, for people." },
  "onFailure?": {
    ...list(count),
    description:
      "Steps of `rollback` for when this one fails. Empty: nothing is lost yet. Absent: nothing restores the object.",
  },
  "onSkip?": {
    ...list(count),
    description: "Steps of `rollback` for when the object was changed and this step is not begun.",
  },
  "onExchangeRollback?": {
    ...list(count),
    description: "Steps of `rollback` for when another object is rolled back: see `exchanges`.",
  },
  "leavesStopped?": {
    enum: [true],
    description: "Its rollback leaves the object stopped: a failure stays one.",
  },
  "availability?": { enum: ["down", "up"], description: "The object stops or begins to serve." },
  "continueOnError?": { enum: [true], description: "Its failure does not stop other objects." },
};

/** A step for each operation. */
export const steps: JsonObject[] = Object.entries(operations).map(([name, definition]) => {
  const { summary, fields } = definition as unknown as OperationDefinition;
  const own = schemaOf(fields);
  const whole = object(summary, { ...common, operation: { const: name } });
  return {
    ...whole,
    required: [...(whole.required as string[]), ...(own.required as string[])],
    properties: { ...(whole.properties as JsonObject), ...(own.properties as JsonObject) },
  };
});
