import type { StepProgress } from "../model/events.ts";
import type { JsonObject } from "../model/json.ts";
import type { LockHolder, LockOwner } from "../model/lock.ts";
import type { EngineFacts, ObservedState } from "../model/observed-state.ts";
import type { Step } from "../model/plan.ts";
import type { Resource, Secrets, Stack } from "../model/stack.ts";
import type { Images } from "./image-store.ts";

/** The port between the pure core and a container engine. */
export interface Engine {
  readonly facts: EngineFacts;
  /** Takes one snapshot of everything that concerns the stack. Sends GET requests only. */
  observe(stack: Stack, secrets: Secrets, signal: AbortSignal): Promise<ObservedState>;
  /**
   * Performs one step and returns when the engine has completed it. Retries temporary errors. After
   * `lock`, it acts only while the lock is held. Throws `EngineError`.
   */
  perform(step: Step, context: StepContext): Promise<void>;
  close(): void;
}

/** An engine with its locks, and the queries of commands that do not plan. */
export interface EngineSession extends Engine, Locks {
  /** Starts recording changes for `observeAgain`. */
  follow(): void;
  /**
   * As `observe`. After `lock`, it reuses inspects of containers without changes since `follow`, if
   * `follow` was called before the last snapshot.
   */
  observeAgain(stack: Stack, secrets: Secrets, signal: AbortSignal): Promise<ObservedState>;
  /** Facts about the engine (`GET /info`). */
  info(signal: AbortSignal): Promise<JsonObject>;
  /** Source of the login for a registry; `undefined` if there is none. Throws `EngineError`. */
  login(host: string, signal: AbortSignal): Promise<string | undefined>;
  /**
   * The registry's content under the reference of an image of the stack, without pulling it. Throws
   * `EngineError`.
   */
  remote(image: Resource, signal: AbortSignal): Promise<RemoteImage>;
  /** Image operations outside of plans. */
  images(): Promise<Images>;
  /** All tags of the image's repository. Throws `EngineError`. */
  tags(image: Resource, signal: AbortSignal): Promise<readonly string[]>;
}

/** An image in its registry. */
export interface RemoteImage {
  /** Such as `sha256:...`; the index's digest for a multi-platform image. */
  readonly digest: string;
  /** Such as `linux/amd64`; empty if the registry does not report any. */
  readonly platforms: readonly string[];
}

export interface StepContext {
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  /** Deadline of an `await` or `exec` step, in milliseconds. */
  readonly waitTimeout: number;
  /**
   * Aborted once every step has ended during which an `await` must check that its `still` objects
   * stay ready.
   */
  readonly over: AbortSignal;
  advance(progress: StepProgress): void;
  /** Called when the condition of an `await` is first met; it may have to last longer. */
  met(): void;
  /** Reports a warning of the engine that fails nothing. */
  warn(message: string): void;
}

/** Locks that keep two runs from changing one stack. */
interface Locks {
  /** Acquires the stack's lock. Throws `EngineError` `locked` after the timeout. */
  lock(locking: LockRequest): Promise<Lease>;
  /** The holder of the lock with this ID or ID prefix; `undefined` if there is none. */
  holder(id: string, signal: AbortSignal): Promise<LockHolder | undefined>;
  /** Force-unlocks; the holder's run then ends. */
  unlock(holder: LockHolder, signal: AbortSignal): Promise<void>;
}

export interface LockRequest {
  readonly claim: LockOwner;
  /** Milliseconds to wait for another holder; 0 fails at once. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Called for each holder that is waited for. */
  waiting(holder: LockHolder): void;
}

/** A held lock. It is released by `release`, or when this process ends in any way. */
export interface Lease {
  /** Aborted with the reason if the lock is lost for good; the run must then end. */
  readonly lost: AbortSignal;
  /** Resolves as soon as this process has nothing left to do for the release. */
  release(): Promise<void>;
}
