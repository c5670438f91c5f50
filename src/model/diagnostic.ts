import type { Place } from "./stack.ts";

/** A mistake, or a doubt, of an author: a value, collected and shown with all others at once. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly place?: Place;
  /** How to mend it, where it can be said. */
  readonly hint?: string;
  /** Length of the text at `place` that the caret underlines; 1 when absent. */
  readonly length?: number;
}
