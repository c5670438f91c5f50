import { mask } from "../../attributes/secrets/sensitive.ts";
import type { Diagnostic, DiagnosticCode } from "../../model/diagnostic.ts";
import type { Place } from "../../model/stack.ts";
import type { Span } from "./source-text.ts";

/** Collects all diagnostics of a load; each is told once, in the order of the files' text. */
export class Report {
  readonly #found: Diagnostic[] = [];
  readonly #files: string[] = [];
  #words: readonly (readonly [RegExp, string])[] = [];
  #code: DiagnosticCode = "syntax";

  /** @param code where it is another than that of the phase */
  error(message: string, at?: Place | Span, hint?: string, code?: DiagnosticCode): void {
    this.#found.push(diagnostic("error", code ?? this.#code, message, at, hint));
  }

  warn(message: string, at?: Place | Span, hint?: string, code?: DiagnosticCode): void {
    this.#found.push(diagnostic("warning", code ?? this.#code, message, at, hint));
  }

  /** From now on: the code of what is found, where that says no other. Gives the former one. */
  phase(code: DiagnosticCode): DiagnosticCode {
    const former = this.#code;
    this.#code = code;
    return former;
  }

  /** From now on, and before: what is found, in the words of the files that people wrote. */
  reword(words: readonly (readonly [RegExp, string])[]): void {
    this.#words = words;
  }

  /** Files are shown in the order in which they were read. */
  reading(file: string): void {
    this.#files.push(file);
  }

  get count(): number {
    return this.#found.length;
  }

  get failed(): boolean {
    return this.#found.some((one) => one.severity === "error");
  }

  sorted(): Diagnostic[] {
    const rank = (one: Diagnostic) => (one.place ? this.#files.indexOf(one.place.file) : -1);
    const said = (text: string) =>
      this.#words.reduce((all, [from, to]) => all.replace(from, to), text);
    const found = this.#found.map((one) => ({
      ...one,
      message: said(one.message),
      ...(one.hint !== undefined && { hint: said(one.hint) }),
    }));
    const unique = new Map(found.map((one) => [JSON.stringify(one), one]));
    return [...unique.values()].sort(
      (a, b) =>
        rank(a) - rank(b) ||
        (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
        (a.place?.column ?? 0) - (b.place?.column ?? 0),
    );
  }
}

function diagnostic(
  severity: Diagnostic["severity"],
  code: DiagnosticCode,
  message: string,
  at: Place | Span | undefined,
  hint: string | undefined,
): Diagnostic {
  return {
    severity,
    code,
    // What is wrong is often quoted, and may hold what stands for a sensitive value.
    message: mask(message),
    ...(at && { place: { file: at.file, line: at.line, column: at.column } }),
    ...(at && "length" in at && at.length > 1 && { length: at.length }),
    ...(hint !== undefined && { hint: mask(hint) }),
  };
}
