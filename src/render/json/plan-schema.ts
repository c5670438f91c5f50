import { actionNames } from "../../model/change.ts";
import type { JsonObject } from "../../model/json.ts";
import { address, count, KINDS, list, object, origin, steps, text, yes } from "./step-schema.ts";

/** Changes whenever a reader of the former format would be misled. */
export const PLAN_FORMAT = "stackwright.plan/1";

const delta = object("One attribute, or one key of it, that differs.", {
  attribute: { ...text, description: "`mem_limit`, or `environment.LANG` for one key of it." },
  "before?": { description: "Absent: not set." },
  "after?": { description: "Absent: to be unset, or not known yet." },
  "unknown?": {
    enum: ["known after pull", "known after build", "engine default"],
    description: "Why `after` is not known yet.",
  },
  origin,
  inPlace: { ...yes, description: "Can be changed without replacing the object." },
  "sensitive?": { ...yes, description: "The values are masked." },
});

const change = object("What will happen to one object, and why.", {
  address,
  kind: { enum: KINDS },
  name: { ...text, description: "The engine's name of the object." },
  action: { enum: [...actionNames], description: "What becomes of the object." },
  reason: { ...text, description: "One clause, for people." },
  origin,
  deltas: {
    ...list({ $ref: "#/$defs/delta" }),
    description: "What differs, attribute by attribute.",
  },
  unchanged: { ...count, description: "Managed attributes that are as asked." },
  "rollout?": object("Which container of a replacement runs first.", {
    order: { enum: ["start-first", "stop-first"] },
    "reason?": { ...text, description: "Absent: nothing prevents it." },
  }),
});

const blockedChange = object("A change that waits for a permission.", {
  address,
  name: text,
  action: { enum: ["replace", "remove"] },
  reason: text,
  "flag?": { ...text, description: "The flag that permits it." },
  required: { ...yes, description: "Without it the stack is not as the file asks." },
  change: { $ref: "#/$defs/change" },
});

export const definitions: JsonObject = {
  ref: object("An object on the engine; `id` where it existed when the plan was made.", {
    name: text,
    "id?": text,
  }),
  delta,
  change,
  blockedChange,
  step: { description: "One operation of the engine.", type: "object", oneOf: steps },
  conflict: object("Something in the way that no flag permits.", {
    address,
    message: text,
    hint: text,
  }),
  engine: object("The engine that was observed.", { endpoint: text, server: text, api: text }),
  plan: object("A plan.", {
    format: { const: PLAN_FORMAT },
    stack: { ...text, description: "The stack's name." },
    purpose: { enum: ["apply", "destroy"], description: "The command that it is for." },
    engine: { $ref: "#/$defs/engine" },
    changes: {
      ...list({ $ref: "#/$defs/change" }),
      description: "Objects that change; what is as asked has none.",
    },
    steps: { ...list({ $ref: "#/$defs/step" }), description: "In an order that may be followed." },
    rollback: {
      ...list({ $ref: "#/$defs/step" }),
      description: "Steps that are done only when others fail.",
    },
    "exchanges?": list(
      object("Objects that are rolled back together, since one takes over what another had.", {
        address,
        members: list(
          object("An object that is rolled back with it.", {
            address,
            onDone: { ...list(count), description: "Steps of `rollback` that undo its change." },
            "onNotStarted?": {
              ...list(count),
              description: "Steps of `rollback` for when its change has not begun.",
            },
          }),
        ),
      }),
    ),
    blocked: {
      ...list({ $ref: "#/$defs/blockedChange" }),
      description: "Changes that are left out until a flag permits them.",
    },
    conflicts: {
      ...list({ $ref: "#/$defs/conflict" }),
      description: "What is in the way: the plan is not applied.",
    },
    "notes?": list(
      object("Something good to know that plans no change.", { address, message: text }),
    ),
    "targets?": {
      ...list(address),
      description: "The plan is partial: for these and what they need alone.",
    },
    "replace?": {
      ...list(address),
      description: "What is replaced since it was asked for, whatever differs.",
    },
    "detached?": {
      enum: [true],
      description: "No container is waited for after its start.",
    },
    "adopted?": {
      ...list(address),
      description: "What is the stack's by its name alone, until it is next replaced.",
    },
    unchanged: { ...count, description: "Resources that need nothing." },
    summary: object(
      "Number of changes by action.",
      Object.fromEntries(actionNames.map((action) => [action, count])),
    ),
    fingerprint: {
      description: "What the plan depends on: id or digest by object.",
      type: "object",
      additionalProperties: text,
    },
    sensitive: { ...list(text), description: "Names of the sensitive values in the steps." },
  }),
};

/** Source of schemas/plan.schema.json. */
export const planSchema: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "A Stackwright plan, as `stack plan --format json` prints it",
  $ref: "#/$defs/plan",
  $defs: definitions,
};
