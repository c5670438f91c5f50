import { mask } from "../../attributes/secrets/sensitive.ts";
import type { ApplyEvent } from "../../model/events.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Plan, Step } from "../../model/plan.ts";
import { phrase } from "../words/steps.ts";
import { EVENTS_FORMAT } from "./events-schema.ts";
import { planDocument } from "./plan.ts";

/** The first line: what the others are, and who writes them. */
export function versionLine(version: string): string {
  return line({ type: "version", format: EVENTS_FORMAT, stack: version });
}

/** One event as a line: times as RFC 3339 in UTC, durations in milliseconds. */
export function eventJson({ type, at, ...event }: ApplyEvent): string {
  const { plan, step, ms, ...rest } = event as Partial<
    Record<"plan", Plan> & Record<"step", Step> & Record<"ms", number>
  > &
    JsonObject;
  return line({
    type,
    timestamp: new Date(at).toISOString(),
    ...(plan && { plan: planDocument(plan) }),
    ...(step && { step: brief(step) }),
    ...rest,
    ...(ms !== undefined && { durationMs: ms }),
  });
}

/** The plan holds the whole step; its events name it. */
function brief(step: Step): JsonObject {
  return { id: step.id, address: step.address, operation: step.operation, text: phrase(step).plan };
}

function line(record: JsonObject): string {
  return `${JSON.stringify(mask(record))}\n`;
}
