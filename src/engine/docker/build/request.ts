import type { OperationOf } from "../../../model/operations/operations.ts";
import type { StepContext } from "../../engine.ts";
import { EngineError } from "../errors/engine-error.ts";

export type BuildWork = OperationOf<"image.build">;

/** What a builder needs besides the operation. */
export interface BuildRequest {
  readonly work: BuildWork;
  readonly labels: Readonly<Record<string, string>>;
  readonly context: Pick<StepContext, "signal" | "advance" | "secrets">;
}

export const OPERATION = "POST /build";

/** A build failure that a retry cannot mend. */
export function failure(message: string, hint: string | undefined): EngineError {
  return new EngineError({
    ...{ code: "build-failed", message, hint, phase: "body", retry: "no" },
    operation: OPERATION,
  });
}

/** Number of output lines shown for a failed step. */
const LAST = 10;

/** Describes the failed step, its location and the last lines of its output. */
export function stepFailure(
  { work }: BuildRequest,
  step: string,
  line: number | undefined,
  why: string,
  output: string,
): EngineError {
  const { dockerfile = "dockerfile_inline" } = work.build;
  const where = line === undefined ? "" : ` (${dockerfile}:${line})`;
  const last = output.split("\n").filter((each) => each.trim() !== "");
  const message = `${step}${where} failed: ${why}`;
  const hint = last.slice(-LAST).join("\n") || undefined;
  return failure(message, hint);
}
