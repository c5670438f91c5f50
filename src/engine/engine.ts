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
  /** One snapshot of all that concerns the stack. Sends GET requests only. */
  observe(stack: Stack, secrets: Secrets, signal: AbortSignal): Promise<ObservedState>;
  /**
   * Does one step, and returns when the engine has done it. What the engine refuses for a while
   * only is repeated. Once a lock was taken, it acts only while that is held. Throws `EngineError`.
   */
  perform(step: Step, context: StepContext): Promise<void>;
  close(): void;
}

/** An engine with what lies around it, for commands that plan nothing. */
export interface EngineSession extends Engine, Locks {
  /** Notes from now on what happens, for `observeAgain`. */
  follow(): void;
  /**
   * As `observe`. Once a lock was taken, it reads of the stack's containers only those anew to which
   * something has happened since `follow`, if that came before the last look.
   */
  observeAgain(stack: Stack, secrets: Secrets, signal: AbortSignal): Promise<ObservedState>;
  /** What the engine tells of itself (`GET /info`). */
  info(signal: AbortSignal): Promise<JsonObject>;
  /** Where the login for a registry was found; `undefined`: there is none. Throws `EngineError`. */
  login(host: string, signal: AbortSignal): Promise<string | undefined>;
  /**
   * What a registry has under the reference of an image of the stack, without pulling it. Throws
   * `EngineError`.
   */
  remote(image: Resource, signal: AbortSignal): Promise<RemoteImage>;
  /** What is done with images beyond a plan. */
  images(): Promise<Images>;
  /** All tags of the image's repository. Throws `EngineError`. */
  tags(image: Resource, signal: AbortSignal): Promise<readonly string[]>;
}

/** An image as its registry describes it. */
export interface RemoteImage {
  /** `sha256:...`, of the index where it is for several platforms. */
  readonly digest: string;
  /** `linux/amd64`; empty: the registry does not say. */
  readonly platforms: readonly string[];
}

export interface StepContext {
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  /** Deadline of an `await` or `exec` step, in milliseconds. */
  readonly waitTimeout: number;
  /** Aborted once all has ended for whose time an `await` watches what is `still` to be ready. */
  readonly over: AbortSignal;
  advance(progress: StepProgress): void;
  /** The condition of an `await` was met for the first time; it may have to last yet. */
  met(): void;
  /** Something the user should know that fails nothing: the engine's own warnings. */
  warn(message: string): void;
}

/** What keeps two runs from working on one stack. */
interface Locks {
  /** Takes the stack's lock. Throws `EngineError` `locked` where another holds it for too long. */
  lock(locking: LockRequest): Promise<Lease>;
  /** Who holds the lock of that id, or of an id that begins so; `undefined`: there is none. */
  holder(id: string, signal: AbortSignal): Promise<LockHolder | undefined>;
  /** Takes a lock from its holder, whose run then ends. */
  unlock(holder: LockHolder, signal: AbortSignal): Promise<void>;
}

export interface LockRequest {
  readonly claim: LockOwner;
  /** How long to wait for another holder, in milliseconds; 0: not at all. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Told of each holder that is waited for. */
  waiting(holder: LockHolder): void;
}

/** A lock that is held. It is free again when released, or when this process ends, however it ends. */
export interface Lease {
  /** Aborted once the lock is lost for good, with the reason; the run must then end. */
  readonly lost: AbortSignal;
  /** Returns as soon as nothing is left to do for this process. */
  release(): Promise<void>;
}
