import { mask } from "../../attributes/secrets/sensitive.ts";
import type { ApplyEvent } from "../../model/events.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Step } from "../../model/plan.ts";
import { phrase } from "../words/steps.ts";
import { EVENTS_FORMAT } from "./events-schema.ts";
import { planDocument } from "./plan.ts";

/** The first line: what the others are, and who writes them. */
export function versionLine(version: string): string {
  return line({ type: "version", format: EVENTS_FORMAT, stack: version });
}

export function eventJson(event: ApplyEvent): string {
  if (event.type === "begun") return line({ ...event, plan: planDocument(event.plan) });
  if (!("step" in event)) return line({ ...event });
  return line({ ...event, step: brief(event.step) } as unknown as JsonObject);
}

/** The plan holds the whole step; its events name it. */
function brief(step: Step): JsonObject {
  return { id: step.id, address: step.address, operation: step.operation, text: phrase(step).plan };
}

function line(record: JsonObject): string {
  return `${JSON.stringify(mask(record))}\n`;
}
