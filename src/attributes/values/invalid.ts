import type { DiagnosticCode } from "../../model/diagnostic.ts";

interface MistakePlace {
  readonly hint?: string;
  readonly path?: readonly (string | number)[];
  /** The key that the path ends with is wrong, and not its value. */
  readonly key?: boolean;
  /** Absent: `invalid-value`. */
  readonly code?: DiagnosticCode | undefined;
}

/** Thrown by `parse` for an author's mistake; `path` leads from the attribute to what is wrong. */
export class Invalid extends Error {
  readonly hint: string | undefined;
  readonly path: readonly (string | number)[];
  readonly key: boolean;
  readonly code: DiagnosticCode | undefined;
  /** Further mistakes of the same attribute. */
  others: readonly Invalid[] = [];
  constructor(message: string, options: MistakePlace = {}) {
    super(message);
    this.name = "Invalid";
    this.hint = options.hint;
    this.path = options.path ?? [];
    this.key = options.key ?? false;
    this.code = options.code;
  }

  /** The same mistake, seen from further out. */
  under(part: string | number): Invalid {
    const { message, hint, path, key, code } = this;
    return new Invalid(message, { ...(hint ? { hint } : {}), path: [part, ...path], key, code });
  }
}
