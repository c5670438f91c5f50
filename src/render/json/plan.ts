import { looksSecret, MASK, mask } from "../../attributes/secrets/sensitive.ts";
import type { Change, Delta } from "../../model/change.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { BlockedChange, Plan, Step } from "../../model/plan.ts";
import { summarise } from "../words/actions.ts";
import { PLAN_FORMAT } from "./plan-schema.ts";

/** The plan as a document for programs; nothing sensitive is in it. */
export function planDocument(plan: Plan): JsonObject {
  return mask(
    document({
      ...plan,
      changes: plan.changes.map(maskedChange),
      blocked: plan.blocked.map(
        (held): BlockedChange => ({ ...held, change: maskedChange(held.change) }),
      ),
      steps: plan.steps.map(maskedStep),
    }),
  );
}

/** The same document with its tokens, for a plan that is to be run later. */
export function document(plan: Plan): JsonObject {
  const { stack, purpose, engine, changes, steps, rollback, blocked, conflicts, unchanged } = plan;
  const summary = summarise(changes);
  const done = { stack, purpose, engine, changes, steps, rollback };
  const whole = { ...done, blocked, conflicts, unchanged, summary };
  const { fingerprint, sensitive } = plan;
  const more = { ...said(plan), fingerprint, sensitive };
  return { format: PLAN_FORMAT, ...whole, ...more } as unknown as JsonObject;
}

export function planJson(plan: Plan): string {
  return `${JSON.stringify(planDocument(plan), null, 2)}\n`;
}

function maskedChange(change: Change): Change {
  return { ...change, deltas: change.deltas.map(maskedDelta) };
}

function maskedDelta(delta: Delta): Delta {
  if (!delta.sensitive) return delta;
  return {
    ...delta,
    ...(delta.before === undefined ? {} : { before: MASK }),
    ...(delta.after === undefined ? {} : { after: MASK }),
  };
}

/**
 * A value that nobody marked as sensitive may still be one: environment variables that are named
 * like secrets are masked as in the deltas.
 */
function maskedStep(step: Step): Step {
  if (step.operation === "container.exec" && step.environment) {
    const masked = Object.entries(step.environment).map(([key, value]) => [
      key,
      looksSecret(key) ? MASK : value,
    ]);
    return { ...step, environment: Object.fromEntries(masked) };
  }
  if (step.operation !== "container.create" || !Array.isArray(step.body.Env)) return step;
  const Env = step.body.Env.map((entry: Json) => {
    const [key = ""] = String(entry).split("=", 1);
    return looksSecret(key) ? `${key}=${MASK}` : entry;
  });
  return { ...step, body: { ...step.body, Env } };
}

/** What a plan says only where there is something to say. */
export function said({
  notes,
  targets,
  replace,
  detached,
  adopted,
  exchanges,
}: Plan): Pick<Plan, "notes" | "targets" | "replace" | "detached" | "adopted" | "exchanges"> {
  return {
    ...(notes && { notes }),
    ...(targets && { targets }),
    ...(replace && { replace }),
    ...(detached && { detached }),
    ...(adopted && { adopted }),
    ...(exchanges && { exchanges }),
  };
}
