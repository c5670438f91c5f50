import { DEEPEST, tooDeep } from "../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Plan } from "../../model/plan.ts";
import type { Stack } from "../../model/stack.ts";
import { document, said } from "./plan.ts";
import { definitions } from "./plan-schema.ts";
import { check } from "./validate.ts";

const FORMAT = "stackwright.saved/3";

/** What a later apply needs to find the engine, and to ask again for sensitive values. */
export interface Inputs {
  /** Where the plan was saved: an absolute path, from which the others are found after a move. */
  readonly folder: string;
  /** Absolute paths. */
  readonly files: readonly string[];
  readonly variableFiles: readonly string[];
  /** Plain values of the variables that the plan was made with. */
  readonly variables: Readonly<Record<string, string | readonly string[]>>;
  /** Names of the variables given by `--var` whose values may be sensitive, and are never stored. */
  readonly sensitive: readonly string[];
  /** Profiles and files of variables of a Compose project, the files as absolute paths. */
  readonly profiles?: readonly string[];
  readonly envFiles?: readonly string[];
  readonly name?: string;
  readonly host?: string;
  readonly context?: string;
  readonly insecure?: boolean;
}

/** A plan with all that it takes to run it later; sensitive values stand in it as tokens. */
export interface Saved {
  readonly inputs: Inputs;
  /** What was observed against, so that a change on the engine since then is noticed. */
  readonly stack: Stack;
  readonly plan: Plan;
}

const text = { type: "string" };
const texts = { type: "array", items: text };
const need = {
  type: "object",
  additionalProperties: false,
  required: ["on", "condition", "required"],
  properties: {
    on: text,
    condition: { enum: ["started", "healthy", "completed"] },
    required: { type: "boolean" },
    restart: { type: "boolean" },
    bound: { enum: ["namespaces", "volumes"] },
  },
};
const resource = {
  type: "object",
  additionalProperties: true,
  required: ["address", "kind", "key", "name", "spec", "needs"],
  properties: {
    address: text,
    kind: { enum: ["image", "plugin", "network", "volume", "container"] },
    key: text,
    name: text,
    spec: { type: "object" },
    needs: { type: "array", items: need },
    external: { type: "boolean" },
    adopt: { type: "boolean" },
    digest: text,
    build: { type: "object" },
    ids: texts,
    content: { type: "object" },
  },
};

export const savedSchema: JsonObject = {
  type: "object",
  additionalProperties: false,
  required: ["format", "digest", "inputs", "stack", "plan"],
  properties: {
    format: { const: FORMAT },
    digest: { type: "string", pattern: "^sha256:[0-9a-f]{64}$" },
    inputs: {
      type: "object",
      additionalProperties: false,
      required: ["folder", "files", "variableFiles", "variables", "sensitive"],
      properties: {
        folder: text,
        files: texts,
        variableFiles: texts,
        variables: { type: "object" },
        profiles: texts,
        envFiles: texts,
        sensitive: texts,
        name: text,
        host: text,
        context: text,
        insecure: { type: "boolean" },
      },
    },
    stack: {
      type: "object",
      additionalProperties: false,
      required: ["name", "resources"],
      properties: {
        name: text,
        resources: { type: "array", items: resource },
        inactive: texts,
      },
    },
    plan: { $ref: "#/$defs/plan" },
  },
  $defs: definitions,
};

type Digest = (text: string) => string;

export function writeSaved(saved: Saved, digest: Digest): string {
  const { inputs, stack, plan } = saved;
  const content = JSON.stringify({ inputs, stack, plan: document(plan) });
  const head = JSON.stringify({ format: FORMAT, digest: digest(content) });
  return `${head.slice(0, -1)},${content.slice(1)}\n`;
}

/**
 * The saved plan in a text, or what is wrong with it. Its digest tells that it is as it was saved;
 * who edits it on purpose can make a new one: it is no signature.
 */
export function readSaved(
  text: string,
  digest: Digest,
): Saved | { readonly faults: readonly string[] } {
  const value = parse(text);
  if (value === undefined) return { faults: ["it is not JSON"] };
  if (tooDeep(value)) return { faults: [`it is nested deeper than ${DEEPEST} levels`] };
  const format = isObject(value) ? value.format : undefined;
  if (format !== FORMAT) return { faults: [`it is not a saved plan of format ${FORMAT}`] };
  const faults = check(savedSchema, value);
  if (faults.length > 0) return { faults };
  const { format: _, digest: told, ...content } = value as JsonObject;
  if (digest(JSON.stringify(content)) !== told)
    return { faults: ["it is not as it was saved: it was edited or damaged"] };
  const { inputs, stack, plan: written } = value as unknown as Saved & { plan: Plan };
  const { stack: name, purpose, engine, changes, steps, rollback, blocked, conflicts } = written;
  const { unchanged, fingerprint, sensitive } = written;
  const facts = { ...said(written), unchanged, fingerprint, sensitive };
  const done = { stack: name, purpose, engine, changes, steps, rollback };
  const plan = { ...done, blocked, conflicts, ...facts };
  const disorder = orderFaults(plan);
  return disorder.length > 0 ? { faults: disorder } : { inputs, stack, plan };
}

/** A step that waits for itself or for a step that does not exist would never begin. */
function orderFaults({ steps, rollback, exchanges = [] }: Plan): string[] {
  const known = new Set(rollback.map(({ id }) => id));
  const named = [
    ...steps.flatMap(({ onFailure, onSkip, onExchangeRollback }) => [
      onFailure,
      onSkip,
      onExchangeRollback,
    ]),
    ...exchanges.flatMap(({ members }) =>
      members.flatMap(({ onDone, onNotStarted }) => [onDone, onNotStarted]),
    ),
  ];
  const lost = named.flatMap((ids) => ids ?? []).filter((id) => !known.has(id));
  if (lost.length > 0) return [`/plan/rollback: lacks ${[...new Set(lost)].join(", ")}`];
  const waiting = new Map(
    steps.map(
      ({ id, dependsOn, dependsOnCompletion = [], until = [] }) =>
        [id, [...dependsOn, ...dependsOnCompletion, ...until]] as const,
    ),
  );
  if (waiting.size < steps.length) return ["/plan/steps: two steps have the same id"];
  const ids = new Set(waiting.keys());
  let before = Number.POSITIVE_INFINITY;
  while (waiting.size < before) {
    before = waiting.size;
    for (const [id, after] of waiting) {
      if (after.every((other) => !waiting.has(other) && ids.has(other))) waiting.delete(id);
    }
  }
  const stuck = [...waiting.keys()];
  return stuck.length > 0 ? [`/plan/steps: these can never begin: ${stuck.join(", ")}`] : [];
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
