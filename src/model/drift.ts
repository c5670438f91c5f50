import type { Delta } from "./change.ts";
import type { EngineFacts } from "./observed-state.ts";
import type { Note } from "./plan.ts";
import type { Address, Kind } from "./stack.ts";

/** One object that is not as it was made, by somebody else's doing. */
export interface Drifted {
  readonly address: Address;
  readonly kind: Kind;
  readonly name: string;
  /**
   * `missing`: it was removed, or never applied, and only what refers to it could tell which; `not
   * running`: it was stopped, paused or killed; `running`: it was started; `not ready`: it runs, and is
   * unhealthy, or restarted by the engine again and again. `deltas` may stand beside the three last.
   */
  readonly what: "changed" | "not running" | "running" | "not ready" | "missing";
  /** Clauses: `it is paused; it was changed`. */
  readonly reason: string;
  /** None of origin `file`; `before` is what is found, `after` what was asked. */
  readonly deltas: readonly Delta[];
}

export interface Drift {
  readonly stack: string;
  readonly engine: EngineFacts;
  /** `false`: the engine has nothing of the stack, so that all of it is missing. */
  readonly applied: boolean;
  readonly drifted: readonly Drifted[];
  /** Of containers that run as asked, though the engine had to restart them. Absent: none. */
  readonly notes?: readonly Note[];
}
