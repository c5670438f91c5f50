import type { Delta } from "./change.ts";
import type { EngineFacts } from "./observed.ts";
import type { Address, Kind } from "./stack.ts";

/** One object that is not as it was made, by somebody else's doing. */
export interface Drifted {
  readonly address: Address;
  readonly kind: Kind;
  readonly name: string;
  /**
   * `gone`: others still refer to it; `not running`: it was stopped, paused or killed; `running`:
   * it was started.
   */
  readonly what: "changed" | "not running" | "running" | "gone";
  /** One clause: `it is paused`. */
  readonly reason: string;
  /** None of origin `file`; `before` is what is found, `after` what was asked. */
  readonly deltas: readonly Delta[];
}

export interface Drift {
  readonly stack: string;
  readonly engine: EngineFacts;
  readonly drifted: readonly Drifted[];
}
