import { EngineError } from "./engine-error.ts";

/**
 * The engine accepted the operation, but the expected result did not occur.
 * @param lines last log lines of the container or command
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
