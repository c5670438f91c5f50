import type { JsonObject } from "../../model/json.ts";
import { definitions } from "./plan-schema.ts";
import { address, count, list, object, text, yes } from "./step-schema.ts";

/** Changes whenever a reader of the former format would be misled. */
export const EVENTS_FORMAT = "stackwright.events/1";

const number = { type: "number" } as const;

/** An event: its type, its time, and what else it tells. */
function event(type: string, about: string, members: Readonly<Record<string, JsonObject>>) {
  return object(about, {
    type: { const: type },
    timestamp: { type: "string", description: "RFC 3339, in UTC." },
    ...members,
  });
}

const step = { $ref: "#/$defs/stepRef" };
const durationMs = { ...number, description: "Milliseconds." };

/** Source of schemas/events.schema.json: one record a line; the first is `version`. */
export const eventsSchema: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "One line of `stack apply --progress json`",
  type: "object",
  oneOf: [
    object("The first line.", {
      type: { const: "version" },
      format: { const: EVENTS_FORMAT },
      stack: { ...text, description: "Version of stack." },
    }),
    event("started", "The run begins.", { plan: { $ref: "#/$defs/plan" } }),
    event("step_started", "A step begins.", { step }),
    event("step_progress", "A step goes on.", {
      step,
      progress: object("What it does at the moment.", {
        text,
        "current?": { ...number, description: "Bytes done." },
        "total?": { ...number, description: "Bytes in all." },
      }),
    }),
    event("step_completed", "A step has succeeded.", { step, durationMs }),
    event("step_failed", "A step has failed.", {
      step,
      code: { ...text, description: "A stable code: see docs/formats.md." },
      message: text,
      "hint?": text,
      "lines?": {
        ...list(text),
        description: "The last lines that the container or command wrote in this run.",
      },
      durationMs,
    }),
    event("step_skipped", "A step is not begun.", { step, reason: text }),
    event("downtime", "An object did not serve for so long.", { address, durationMs }),
    event("rolled_back", "The rollback of an object has ended.", {
      address,
      complete: { ...yes, description: "What ran before runs again as it did." },
      "stopped?": {
        enum: [true],
        description: "Nothing ran before: what was started is stopped again.",
      },
    }),
    event("warning", "A step has done what was asked, and yet there is something to know.", {
      step,
      message: text,
    }),
    event("finished", "The run has ended.", {
      outcome: { enum: ["completed", "failed", "rolled_back", "interrupted"] },
      completed: { ...count, description: "Steps that have succeeded." },
      failed: { ...count, description: "Steps that have failed." },
      skipped: { ...count, description: "Steps that were not begun." },
      durationMs,
    }),
  ],
  $defs: {
    ...definitions,
    stepRef: object("A step of the plan.", { id: count, address, operation: text, text }),
  },
};
