import type { Place } from "./stack.ts";

/** The stable codes of diagnostics, with what each means. */
export const DIAGNOSTIC_CODES = {
  file: "A file that is named cannot be read, or is too large.",
  syntax: "The text is not YAML, or not a form that a stack file takes.",
  variable:
    "A variable is not declared, not set, or not of its type; or an interpolation is wrong.",
  merge: "Files cannot be merged.",
  compose: "`include`, `extends` or a profile of a Compose file is wrong, or has no effect.",
  "unknown-attribute": "There is no such attribute, or none that an engine can hold.",
  "missing-attribute": "An attribute that is needed is missing.",
  "wrong-type": "The value is of another type, or not one of those that are allowed.",
  "invalid-value": "The attribute does not take this value.",
  "invalid-combination": "Attributes or objects contradict each other.",
  "unknown-reference": "A name refers to nothing that the stack defines.",
  command: "The command of a secret fails.",
} as const;

export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES;

/** A mistake, or a doubt, of an author: a value, collected and shown with all others at once. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly place?: Place;
  /** How to mend it, where it can be said. */
  readonly hint?: string;
  /** Length of the text at `place` that the caret underlines; 1 when absent. */
  readonly length?: number;
}
