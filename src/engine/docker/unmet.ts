import { EngineError } from "./errors.ts";

/** The engine did what it was told, but what was to come of it did not. */
export function unmet(
  code: "unhealthy" | "exited" | "timeout" | "not-applied",
  operation: string,
  message: string,
  hint?: string,
): EngineError {
  return new EngineError({ code, operation, message, hint, phase: "body", retry: "no" });
}
