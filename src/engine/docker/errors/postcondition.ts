import { EngineError } from "./engine-error.ts";

/**
 * The engine did what it was told, but what was to come of it did not.
 * @param lines the last that the container or command wrote
 */
export function postconditionFailed(
  code: "unhealthy" | "exited" | "timeout" | "not-applied",
  operation: string,
  message: string,
  hint?: string,
  lines?: readonly string[],
): EngineError {
  return new EngineError({ code, operation, message, hint, lines, phase: "body", retry: "no" });
}
