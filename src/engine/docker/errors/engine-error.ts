import { matchRefusal, type RefusalCode, type Retry } from "./api-errors.ts";
import { cutText, type FaultCode, matchFault, within } from "./connection-errors.ts";

/** Which error it is; nobody should have to read texts to decide. */
export type Code =
  | RefusalCode
  | FaultCode
  | "timeout"
  | "interrupted"
  | "not-json"
  | "not-an-engine"
  | "invalid-name"
  | "unhealthy"
  | "exited"
  | "not-applied"
  | "login"
  | "locked"
  | "lock-lost"
  | "name-leaked"
  | "build-failed";

/** How long an engine may be away, as when it is restarted. */
const AWAY = 60_000;

/** How far a call had come: not yet connected, written without an answer, within the answer. */
export type Phase = "connect" | "sent" | "body";

interface Facts {
  readonly message: string;
  readonly code: Code;
  readonly phase: Phase;
  readonly operation: string;
  readonly retry: Retry;
  readonly patience?: number | undefined;
  readonly status?: number | undefined;
  readonly engineMessage?: string | undefined;
  readonly hint?: string | undefined;
  readonly lines?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/** What an error needs to know of a call. */
export interface Called {
  readonly method: string;
  /** Method and path without the query. */
  readonly operation: string;
  /** Printable. */
  readonly endpoint: string;
}

/** What went wrong between us and an engine: the only error that this folder throws on purpose. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: Code;
  readonly phase: Phase;
  /** Method and path without the query: `POST /containers/web/start`. */
  readonly operation: string;
  /** `safe`: the same call may be repeated; `ambiguous`: look at the engine again, then decide. */
  readonly retry: Retry;
  /** Milliseconds for which it is worth repeating. */
  readonly patience: number;
  /** The engine's own words; empty where it said nothing. */
  readonly engineMessage: string;
  readonly status?: number;
  readonly hint?: string;
  /** The last that the container or command wrote in this run. */
  readonly lines?: readonly string[];

  constructor(facts: Facts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.phase = facts.phase;
    this.operation = facts.operation;
    this.retry = facts.retry;
    this.patience = facts.patience ?? 0;
    this.engineMessage = facts.engineMessage ?? "";
    if (facts.status !== undefined) this.status = facts.status;
    if (facts.hint !== undefined) this.hint = facts.hint;
    if (facts.lines?.length) this.lines = facts.lines;
  }
}

/** The engine answered `status`, or a line of a stream told an error: `status` undefined then. */
export function apiError(operation: string, status: number | undefined, text: string): EngineError {
  const said = within(text) || `HTTP status ${status}`;
  const rule = matchRefusal(status, said);
  return new EngineError({
    ...rule,
    message: rule.message ?? said,
    engineMessage: said,
    phase: "body",
    operation,
    status,
  });
}

/**
 * The connection failed. A call that was written may have taken effect on some engines and have
 * been cancelled on others (28 cancels a start, 20.10 completes it), so unless it only reads, its
 * outcome is ambiguous.
 */
export function connectionError(call: Called, phase: Phase, cause: unknown): EngineError {
  if (cause instanceof EngineError) return cause;
  const rule = matchFault(cause, phase === "connect", call.endpoint);
  const retry = rule.retry ?? outcome(call, phase);
  const patience = retry === "no" ? 0 : AWAY;
  return new EngineError({ ...rule, phase, operation: call.operation, retry, patience, cause });
}

/** A call that we gave up: too slow, no longer wanted, or answered with nonsense. */
export function broken(
  call: Called,
  phase: Phase,
  code: "timeout" | "interrupted" | "cut" | "not-json",
  why: string,
  cause?: unknown,
): EngineError {
  const { operation } = call;
  const message = `${operation}: ${why}`;
  const retry = outcome(call, phase);
  const patience = code === "cut" || code === "timeout" ? AWAY : 0;
  return new EngineError({ message, code, phase, operation, retry, patience, cause });
}

function outcome({ method }: Called, phase: Phase): Retry {
  return phase === "connect" || method === "GET" || method === "HEAD" ? "safe" : "ambiguous";
}

/** What to tell a person, of any error. Cut: sensitive values must be gone from it already. */
export function describe(error: unknown): Description {
  const message = cutText(error instanceof Error ? error.message : String(error));
  if (!(error instanceof EngineError)) return { message };
  const { hint } = error;
  const lines = error.lines?.map(cutText).filter(Boolean) ?? [];
  return { message, ...(hint && { hint }), ...(lines.length > 0 && { lines }) };
}

export interface Description {
  readonly message: string;
  readonly hint?: string;
  /** The last that the container or command wrote. */
  readonly lines?: readonly string[];
}
