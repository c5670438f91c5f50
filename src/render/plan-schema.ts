import type { JsonObject } from "../model/json.ts";

/** Changes whenever a reader of the former format would be misled. */
export const PLAN_FORMAT = "stackwright.plan/1";

const text = { type: "string" } as const;
const yes = { type: "boolean" } as const;
const count = { type: "integer", minimum: 0 } as const;
const free = { type: "object" } as const;
const ref = { $ref: "#/$defs/ref" } as const;
const list = (items: JsonObject): JsonObject => ({ type: "array", items });

/** A closed object; names that end with `?` are optional. */
function object(
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

const KINDS = ["image", "plugin", "network", "volume", "container"];
const ACTIONS = [
  ...["create", "update", "replace", "start", "restart", "pause", "stop", "wait"],
  ...["remove", "pull", "build", "load"],
];
const origin = {
  description: "Who made the difference: an edit of the file, or someone on the engine.",
  enum: ["file", "engine", "unknown"],
};
const address = {
  type: "string",
  pattern: "^(image|plugin|network|volume|container)\\.",
  description: "Kind and key in the stack file: `container.web`, `container.web[2]`.",
};

function step(name: string, members: Readonly<Record<string, JsonObject>>): JsonObject {
  return object(undefined, {
    id: count,
    target: address,
    after: list(count),
    "afterEnd?": list(count),
    because: text,
    "ifFails?": { ...list(count), description: "Steps of `recovery`, for when it fails." },
    "ifSkipped?": { ...list(count), description: "The same for when it is left out after others." },
    "ifUndone?": {
      ...list(count),
      description: "The same for when its object goes back with another: see `exchanges`.",
    },
    "leavesDown?": {
      enum: [true],
      description: "Its way back leaves the object down: its failure is one in any case.",
    },
    "service?": { enum: ["down", "up"], description: "The object stops or begins to serve." },
    "halts?": { enum: [false], description: "Its failure keeps nothing else from beginning." },
    do: { const: name },
    ...members,
  });
}

const file = object("A file that is written into a container.", {
  target: text,
  uid: count,
  gid: count,
  mode: count,
  content: text,
});

const privileges = {
  ...list(free),
  description: "What the plugin wants, all of it granted; an engine refuses any others.",
};

const steps: JsonObject[] = [
  step("pull", { image: text, "platform?": text, "digest?": text, "mirrors?": list(text) }),
  step("build", {
    image: text,
    by: { enum: ["buildkit", "classic"] },
    build: { ...free, description: "As in the stack file; secrets are names alone." },
    bases: list(text),
    record: { ...free, description: "What it is built from: the image's label." },
  }),
  step("load", { image: text, file: text, "platform?": text, ids: list(text) }),
  step("import", {
    image: text,
    file: text,
    "platform?": text,
    changes: list(text),
    digest: text,
  }),
  step("tag", { image: text, to: text }),
  step("push", { image: text }),
  step("create network", { name: text, body: free }),
  step("remove network", { network: ref }),
  step("create volume", { name: text, body: free }),
  step("remove volume", { volume: ref }),
  step("install plugin", { name: text, source: text, privileges }),
  step("upgrade plugin", { plugin: ref, source: text, privileges }),
  step("set plugin", { plugin: ref, settings: { type: "object", additionalProperties: text } }),
  step("enable plugin", { plugin: ref }),
  step("disable plugin", { plugin: ref }),
  step("remove plugin", { plugin: ref }),
  step("create container", { name: text, "platform?": text, body: free }),
  step("keep files", { container: ref, files: list(text) }),
  step("put files back", { container: ref, files: list(text) }),
  step("inject", { container: ref, "into?": text, files: list(file) }),
  step("connect", { container: ref, network: ref, endpoint: free }),
  step("disconnect", { container: ref, network: ref }),
  step("update", { container: ref, resources: free }),
  step("rename", { container: ref, to: text }),
  step("start", { container: ref }),
  step("pause", { container: ref }),
  step("unpause", { container: ref }),
  step("stop", { container: ref, grace: { type: "number", minimum: 0 } }),
  step("exec", {
    container: ref,
    hook: { enum: ["post_start", "pre_stop"] },
    command: list(text),
    "user?": text,
    "privileged?": { enum: [true] },
    "working_dir?": text,
    "environment?": { type: "object", additionalProperties: text },
  }),
  step("await", {
    container: ref,
    condition: { enum: ["healthy", "completed", "ready"] },
    "hold?": { ...count, description: "Milliseconds for which it must last." },
    "up?": {
      ...count,
      description: "Milliseconds that it must be up where it has no health check.",
    },
    "ran?": {
      enum: [true],
      description: "It ran before: restarts by the engine until then do not count.",
    },
  }),
  step("remove container", { container: ref }),
];

const delta = object("One attribute, or one key of it, that differs.", {
  attribute: text,
  "before?": { description: "Absent: not set." },
  "after?": { description: "Absent: to be unset, or not known yet." },
  "unknown?": { enum: ["known after pull", "known after build", "engine default"] },
  origin,
  live: { ...yes, description: "Can be changed without replacing the object." },
  "sensitive?": { ...yes, description: "The values are masked." },
});

const change = object("What will happen to one object, and why.", {
  address,
  kind: { enum: KINDS },
  name: { ...text, description: "The engine's name of the object." },
  action: { enum: ACTIONS },
  reason: text,
  origin,
  deltas: list({ $ref: "#/$defs/delta" }),
  unchanged: { ...count, description: "Managed attributes that are as asked." },
  "rollout?": object("Which container of a replacement runs first.", {
    order: { enum: ["start-first", "stop-first"] },
    "reason?": { ...text, description: "Absent: nothing prevents it." },
  }),
});

const held = object("A change that waits for a permission.", {
  address,
  name: text,
  action: { enum: ["replace", "remove"] },
  reason: text,
  "flag?": { ...text, description: "The flag that permits it." },
  blocks: { ...yes, description: "Without it the stack is not as the file asks." },
  change: { $ref: "#/$defs/change" },
});

export const definitions: JsonObject = {
  ref: object("An object on the engine; `id` where it existed when the plan was made.", {
    name: text,
    "id?": text,
  }),
  delta,
  change,
  held,
  step: { description: "One operation of the engine.", type: "object", oneOf: steps },
  conflict: object("Something in the way that no flag permits.", {
    address,
    message: text,
    hint: text,
  }),
  engine: object("The engine that was observed.", { endpoint: text, server: text, api: text }),
  plan: object("A plan.", {
    format: { const: PLAN_FORMAT },
    stack: text,
    purpose: { enum: ["apply", "destroy"] },
    engine: { $ref: "#/$defs/engine" },
    changes: list({ $ref: "#/$defs/change" }),
    steps: { ...list({ $ref: "#/$defs/step" }), description: "In an order that may be followed." },
    recovery: {
      ...list({ $ref: "#/$defs/step" }),
      description: "Steps that are done only when others fail.",
    },
    "exchanges?": list(
      object("Objects that go back with another one, since they take over what it has.", {
        of: address,
        by: list(
          object("One of them, with the steps of `recovery` that undo it when it is done.", {
            target: address,
            ifDone: list(count),
          }),
        ),
      }),
    ),
    held: list({ $ref: "#/$defs/held" }),
    conflicts: list({ $ref: "#/$defs/conflict" }),
    "notes?": list(
      object("Something good to know that plans no change.", { address, message: text }),
    ),
    "targets?": {
      ...list(address),
      description: "The plan is partial: for these and what they need alone.",
    },
    "replacing?": {
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
      Object.fromEntries(ACTIONS.map((action) => [action, count])),
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
