import type { Catalogue } from "../../attributes/core/attribute.ts";
import type { Redactor } from "../../attributes/secrets/redactor.ts";
import type { Engine, EngineSession } from "../../engine/engine.ts";
import type { Execution } from "../../executor/execute.ts";
import type { Summary } from "../../executor/step.ts";
import type { Imported, Importing } from "../../import/document.ts";
import type { Loaded, Sources } from "../../language/load.ts";
import type { Drift } from "../../model/drift.ts";
import type { ObservedState } from "../../model/observed-state.ts";
import type { Plan } from "../../model/plan.ts";
import type { Secrets, Stack } from "../../model/stack.ts";
import type { Asked, Output } from "../../system/run-program.ts";

/** Which engine, as far as the command line says. */
export interface EngineFlags {
  readonly host?: string | undefined;
  readonly context?: string | undefined;
  readonly insecure?: boolean | undefined;
}

/** The errors' words are the engine's affair. */
export type RunOptions = Omit<Execution, "describe">;

/** What the search for an engine looks at. */
interface Opening {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  read(path: string): Uint8Array | undefined;
  readonly interrupts: { readonly signal: AbortSignal };
  readonly hidden: Pick<Redactor, "learn">;
}

/** Objects that the command line singles out, as they were written there. */
export interface Choices {
  readonly targets?: readonly string[];
  readonly replacing?: readonly string[];
  readonly unprotect?: readonly string[];
  /** Wait for no container after its start. */
  readonly detach?: boolean;
}

/** The pipeline's parts as commands call them. Each is loaded when it is first called. */
export interface Pipeline {
  load(sources: Sources): Promise<Loaded>;
  /** Runs a program of the client. */
  output(asked: Asked): Promise<Output>;
  open(flags: EngineFlags, host: Opening): Promise<EngineSession>;
  plan(
    stack: Stack,
    observed: ObservedState,
    policy: Choices & { secrets: Secrets; allowDataLoss: readonly string[] },
  ): Promise<Plan>;
  planDestroy(
    stack: Stack,
    observed: ObservedState,
    policy: Choices & { secrets: Secrets; volumes: boolean; plugins: boolean },
  ): Promise<Plan>;
  /** Steps that wait until the stack's containers, or those of `names`, are ready. */
  planWait(
    stack: Stack,
    observed: ObservedState,
    policy: { secrets: Secrets; names: readonly string[] },
  ): Promise<Plan>;
  /** What has changed on the engine since the fingerprint was taken; empty: nothing. */
  stale(
    fingerprint: Plan["fingerprint"],
    observed: ObservedState,
    stackName: string,
  ): Promise<readonly string[]>;
  drift(stack: Stack, observed: ObservedState, secrets: Secrets): Promise<Drift>;
  /** A stack file of what is on the engine. */
  imported(observed: ObservedState, importing: Omit<Importing, "digest">): Promise<Imported>;
  execute(plan: Plan, engine: Engine, options: RunOptions): Promise<Summary>;
  catalogue(): Promise<Readonly<Record<string, Catalogue>>>;
}
