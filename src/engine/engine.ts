import type { EngineFacts, Observed } from "../model/observed.ts";
import type { Step } from "../model/plan.ts";
import type { Advance } from "../model/run.ts";
import type { Secrets, Stack } from "../model/stack.ts";

/** The port between the pure core and a container engine. */
export interface Engine {
  readonly facts: EngineFacts;
  /** One snapshot of all that concerns the stack. Sends GET requests only. */
  observe(stack: Stack, secrets: Secrets, signal: AbortSignal): Promise<Observed>;
  /** Does one step, and returns when the engine has done it. Throws `EngineError`. */
  perform(step: Step, context: Performing): Promise<void>;
  close(): void;
}

export interface Performing {
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  /** Deadline of an `await` step, in milliseconds. */
  readonly waitTimeout: number;
  advance(progress: Advance): void;
  /** Something the user should know that fails nothing: the engine's own warnings. */
  warn(message: string): void;
}
