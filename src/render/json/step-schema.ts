import type { JsonObject } from "../../model/json.ts";

export const text = { type: "string" } as const;
export const yes = { type: "boolean" } as const;
export const count = { type: "integer", minimum: 0 } as const;
const free = { type: "object" } as const;
const ref = { $ref: "#/$defs/ref" } as const;
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
export const ACTIONS = [
  ...["create", "update", "replace", "start", "restart", "pause", "stop", "wait"],
  ...["remove", "pull", "build", "load"],
];
export const origin = {
  description: "Who made the difference: an edit of the file, or someone on the engine.",
  enum: ["file", "engine", "unknown"],
};
export const address = {
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
    "until?": { ...list(count), description: "Steps with whose end it ends." },
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

/** Each operation of the engine. */
export const steps: JsonObject[] = [
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
    "still?": {
      enum: [true],
      description: "It has been ready, and must stay so as long as the steps of `until` last.",
    },
  }),
  step("remove container", { container: ref }),
];
