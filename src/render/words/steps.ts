import { mask } from "../../attributes/secrets/sensitive.ts";
import type { Format, Phrase } from "../../model/operations/operation.ts";
import { definitionOf } from "../../model/operations/operations.ts";
import type { Step } from "../../model/plan.ts";
import { elapsed } from "./quantities.ts";
import { sanitize } from "./sanitize.ts";

const format: Format = {
  text: (value, max) => sanitize(mask(value), max),
  duration: elapsed,
};

/** How a step reads in a plan, while it runs, and after; printable, without secrets. */
export function phrase(step: Step): Phrase {
  const definition = definitionOf(step);
  const subject = format.text(definition.subject(step as never));
  if (definition.phrase) return definition.phrase(step as never, subject, format);
  const [verb, running, done] = definition.verbs ?? [step.operation, step.operation, "done"];
  const details = definition.details?.(step as never, format) ?? "";
  return { plan: `${verb} ${subject}${details}`, running: running + details, done: done + details };
}
