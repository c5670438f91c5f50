import type { Failure } from "../../../model/events.ts";
import { matchRefusal, type RefusalCode, type Retry } from "./api-errors.ts";
import { cutText, type FaultCode, matchFault, within } from "./connection-errors.ts";

/** The stable code of an error, so that programs need not read messages. */
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

/** Milliseconds that an engine may be unreachable, as during a restart. */
const AWAY = 60_000;

/** Progress of a call: not connected, sent without a response, within the response. */
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

/** The parts of a call that its errors name. */
export interface Called {
  readonly method: string;
  /** Method and path without the query. */
  readonly operation: string;
  /** Safe to print. */
  readonly endpoint: string;
}

/**
 * A failure between this client and an engine: the only error that the adapter throws on purpose.
 */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: Code;
  readonly phase: Phase;
  /** Method and path without the query, such as `POST /containers/web/start`. */
  readonly operation: string;
  /** `safe`: repeat the call; `ambiguous`: inspect the object before repeating. */
  readonly retry: Retry;
  /** Milliseconds for which a retry is worth it. */
  readonly patience: number;
  /** The engine's message; empty if it sent none. */
  readonly engineMessage: string;
  readonly status?: number;
  readonly hint?: string;
  /** Last log lines of the container or command in this run. */
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

/** An error response, or an error line inside a stream (`status` is then undefined). */
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
 * A connection failure. A call that was sent may have taken effect on some engines and been
 * cancelled on others (28 cancels a start, 20.10 completes it). Unless the call is a read, its
 * outcome is ambiguous.
 */
export function connectionError(call: Called, phase: Phase, cause: unknown): EngineError {
  if (cause instanceof EngineError) return cause;
  const rule = matchFault(cause, phase === "connect", call.endpoint);
  const retry = rule.retry ?? outcome(call, phase);
  const patience = retry === "no" ? 0 : AWAY;
  return new EngineError({ ...rule, phase, operation: call.operation, retry, patience, cause });
}

/** A call that this client gave up: timed out, cancelled, or with an invalid response. */
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

/**
 * The message for the user, for any error. It is shortened, so sensitive values must be redacted
 * before.
 */
export function describe(error: unknown): Failure {
  const message = cutText(error instanceof Error ? error.message : String(error));
  if (!(error instanceof EngineError)) return { code: codeOf(error), message };
  const { hint } = error;
  const lines = error.lines?.map(cutText).filter(Boolean) ?? [];
  return { code: error.code, message, ...(hint && { hint }), ...(lines.length > 0 && { lines }) };
}

/** Files of this machine that a step needs have their own error. */
const codeOf = (error: unknown): string =>
  error instanceof Error && error.name === "FileError" ? "file" : "internal";
