import type { Catalogue } from "../attributes/attribute.ts";
import type { Engine } from "../engine/engine.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { JsonObject } from "../model/json.ts";
import type { Observed } from "../model/observed.ts";
import type { Plan } from "../model/plan.ts";
import type { Outcome, RunEvent } from "../model/run.ts";
import type { Secrets, Stack } from "../model/stack.ts";

/** What the language needs to make a stack of. */
export interface Sources {
  read(path: string): Uint8Array | undefined;
  readonly files: string[];
  readonly cwd: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `k=v`, as given by `--var`. */
  readonly variables: string[];
  readonly variableFiles: string[];
  readonly stackName?: string;
}

export interface Loaded {
  readonly stack: Stack | undefined;
  readonly secrets: Secrets;
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: ReadonlyMap<string, string>;
  readonly document: JsonObject | undefined;
}

/** Which engine, as far as the command line says. */
export interface EngineFlags {
  readonly host?: string | undefined;
  readonly context?: string | undefined;
  readonly insecure?: boolean | undefined;
}

export interface RunOptions {
  readonly secrets: Secrets;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly waitTimeout: number;
  now(): number;
  emit(event: RunEvent): void;
}

export interface RunResult {
  readonly outcome: Outcome;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What the search for an engine looks at. */
interface Opening {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  read(path: string): Uint8Array | undefined;
  readonly interrupts: { readonly signal: AbortSignal };
}

/** The pipeline's parts as commands call them. Each is loaded when it is first called. */
export interface Parts {
  load(sources: Sources): Promise<Loaded>;
  open(flags: EngineFlags, around: Opening): Promise<Engine>;
  plan(
    stack: Stack,
    observed: Observed,
    policy: { secrets: Secrets; allowDataLoss: readonly string[] },
  ): Promise<Plan>;
  planDestroy(
    stack: Stack,
    observed: Observed,
    policy: { secrets: Secrets; volumes: boolean },
  ): Promise<Plan>;
  /** What has changed on the engine since the fingerprint was taken; empty: nothing. */
  stale(
    fingerprint: Plan["fingerprint"],
    observed: Observed,
    stackName: string,
  ): Promise<readonly string[]>;
  execute(plan: Plan, engine: Engine, options: RunOptions): Promise<RunResult>;
  catalogue(): Promise<Readonly<Record<string, Catalogue>>>;
}
