import type { Diagnostic } from "../../model/diagnostic.ts";
import type { JsonObject } from "../../model/json.ts";

/** Changes whenever a reader of the former format would be misled. */
export const VALIDATION_FORMAT = "stackwright.validation/1";

/** One diagnostic for programs; `redact` hides sensitive values. */
export function diagnosticDocument(
  { severity, code, message, hint, place, length }: Diagnostic,
  redact: (text: string) => string,
): JsonObject {
  return {
    severity,
    code,
    message: redact(message),
    ...(hint !== undefined && { hint: redact(hint) }),
    ...(place && {
      place: { file: place.file, line: place.line, column: place.column, length: length ?? 1 },
    }),
  };
}

/** Diagnostics as lines, each a JSON object of the type `diagnostic`. */
export function diagnosticLines(
  diagnostics: readonly Diagnostic[],
  redact: (text: string) => string,
): string {
  const lines = diagnostics.map((one) =>
    JSON.stringify({ type: "diagnostic", ...diagnosticDocument(one, redact) }),
  );
  return lines.map((line) => `${line}\n`).join("");
}

/** An error that ends a command, as one line. @param shown makes text printable and hides secrets */
export function errorJson(
  error: {
    readonly status: number;
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
  },
  shown: (text: string) => string,
): string {
  const { status, code, message, hint } = error;
  const said = { message: shown(message), ...(hint !== undefined && { hint: shown(hint) }) };
  return `${JSON.stringify({ type: "error", code, ...said, exitCode: status })}\n`;
}

/** What `stack validate --format json` prints. */
export function validationJson(
  files: readonly string[],
  stack: string | undefined,
  diagnostics: readonly JsonObject[],
): string {
  const count = (severity: Diagnostic["severity"]) =>
    diagnostics.filter((one) => one.severity === severity).length;
  const document = {
    format: VALIDATION_FORMAT,
    valid: stack !== undefined,
    errorCount: count("error"),
    warningCount: count("warning"),
    ...(stack !== undefined && { stack }),
    files,
    diagnostics,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
