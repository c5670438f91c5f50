import type { Json } from "./json.ts";
import type { Address, Kind } from "./stack.ts";

/**
 * Who made the difference: `file`, what is asked changed since the object was made; `engine`,
 * the live object was changed by someone else; `unknown`, the labels cannot tell.
 */
export type Origin = "file" | "engine" | "unknown";

/** One attribute (or one key of a keyed attribute) that differs. */
export interface Delta {
  /** `mem_limit`, or `environment.LANG` for a key of a keyed attribute. */
  readonly attribute: string;
  /** Absent: not set. */
  readonly before?: Json;
  /** Absent: to be unset. */
  readonly after?: Json;
  /** The value is fixed only when the named thing has happened. */
  readonly unknown?: "known after pull" | "known after build" | "engine default";
  readonly origin: Origin;
  /** Can be changed without replacing the object. */
  readonly live: boolean;
  /** Neither side may be shown. */
  readonly sensitive?: boolean;
}

export type Action =
  | "create"
  | "update" // in place
  | "replace" // create the successor, then remove the predecessor
  | "start" // or go on, where it was paused
  | "restart" // stop and start again
  | "pause"
  | "stop"
  | "wait" // it runs already, and is not ready or complete yet
  | "remove"
  | "pull"
  | "build"
  | "load"; // from a file of the client

/** Which of the two containers of a replacement runs first, and what decided it. */
export interface Rollout {
  readonly order: "start-first" | "stop-first";
  /** Absent: nothing prevents what is best. */
  readonly reason?: string;
}

/** What will happen to one object, and why. */
export interface Change {
  readonly address: Address;
  readonly kind: Kind;
  /** The engine's name of the object. */
  readonly name: string;
  readonly action: Action;
  /** One clause: `it does not exist`, `no longer in the stack file`. */
  readonly reason: string;
  readonly origin: Origin;
  readonly deltas: readonly Delta[];
  /** Number of managed attributes that are as asked. */
  readonly unchanged: number;
  /** Of a container that is replaced. */
  readonly rollout?: Rollout;
}
