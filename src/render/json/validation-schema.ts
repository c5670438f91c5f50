import { DIAGNOSTIC_CODES } from "../../model/diagnostic.ts";
import type { JsonObject } from "../../model/json.ts";
import { VALIDATION_FORMAT } from "./diagnostics.ts";
import { count, list, object, text, yes } from "./step-schema.ts";

const diagnostic = object("A mistake in the stack, or a doubt.", {
  severity: { enum: ["error", "warning"] },
  code: { enum: Object.keys(DIAGNOSTIC_CODES) },
  message: text,
  "hint?": { ...text, description: "How to mend it." },
  "place?": object("Where it is; lines and columns count from 1.", {
    file: text,
    line: count,
    column: count,
    length: { ...count, description: "Characters that it is about." },
  }),
});

/** Source of schemas/validation.schema.json. */
export const validationSchema: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "What `stack validate --format json` prints",
  ...object("The result of a validation.", {
    format: { const: VALIDATION_FORMAT },
    valid: { ...yes, description: "There is no error; warnings do not count." },
    errorCount: count,
    warningCount: count,
    "stack?": { ...text, description: "Its name, where it is valid." },
    files: { ...list(text), description: "The stack files." },
    diagnostics: list({ $ref: "#/$defs/diagnostic" }),
  }),
  $defs: { diagnostic },
};
