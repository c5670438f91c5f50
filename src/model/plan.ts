import type { Change } from "./change.ts";
import type { EngineFacts } from "./observed-state.ts";
import type { Operation } from "./operations/operations.ts";
import type { Address } from "./stack.ts";

export type Step = Operation & {
  readonly id: number;
  /** The object that the step belongs to, for display. */
  readonly address: Address;
  /** Ids of the steps that must have succeeded. */
  readonly dependsOn: readonly number[];
  /** Ids of the steps that must have ended, well or not (`required: false` dependencies). */
  readonly dependsOnCompletion?: readonly number[];
  /** Of a wait that asks whether a container stays ready: ids of the steps until whose end it lasts. */
  readonly until?: readonly number[];
  readonly reason: string;
  /**
   * Restores the object when the step fails: ids of `Plan.rollback`, in their order. Empty: nothing
   * is lost yet. Absent: nothing restores it.
   */
  readonly onFailure?: readonly number[];
  /** The same for when the step is not begun although the object was touched: an interrupt. */
  readonly onSkip?: readonly number[];
  /**
   * The same for when it has not succeeded and another object is rolled back, whose name, port or address
   * this one takes over (`Plan.exchanges`).
   */
  readonly onExchangeRollback?: readonly number[];
  /** Its rollback leaves the object stopped, so that its failure stays one even if the rollback succeeds. */
  readonly leavesStopped?: true;
  /**
   * The object no longer serves once this has begun, or serves again once it is done (a wait:
   * once its condition was first met): downtime lies between.
   */
  readonly availability?: "down" | "up";
  /** Its failure keeps nothing from beginning that does not depend on it. */
  readonly continueOnError?: true;
};

/** A change that the plan leaves out until it is permitted. */
export interface BlockedChange {
  readonly address: Address;
  readonly name: string;
  readonly action: "replace" | "remove";
  readonly reason: string;
  /** The flag that permits it; absent: nothing does, as long as the reason stands. */
  readonly flag?: string;
  /** `true`: the stack is not as asked without it; `false`: something surplus is kept. */
  readonly required: boolean;
  readonly change: Change;
}

/** Something in the way that no flag permits: another owner's object, a foreign attachment. */
export interface Conflict {
  readonly address: Address;
  readonly message: string;
  readonly hint: string;
}

/** Something about an object that plans no change, yet is good to know. */
export interface Note {
  readonly address: Address;
  readonly message: string;
}

/** What is to be done, decided completely: data, that can be saved, reviewed and run later. */
export interface Plan {
  readonly stack: string;
  readonly purpose: "apply" | "destroy";
  readonly engine: EngineFacts;
  readonly changes: readonly Change[];
  readonly steps: readonly Step[];
  /** Steps that are done only when others fail; they wait for none. */
  readonly rollback: readonly Step[];
  /** Absent: none. */
  readonly exchanges?: readonly Exchange[];
  readonly blocked: readonly BlockedChange[];
  readonly conflicts: readonly Conflict[];
  /** Absent: none. */
  readonly notes?: readonly Note[];
  /** The plan is partial: for these and what they need alone. Absent: for the whole stack. */
  readonly targets?: readonly Address[];
  /** What is replaced, although nothing differs, since it was asked for. Absent: nothing. */
  readonly replace?: readonly Address[];
  /** No container is waited for after its start, since that was asked for. */
  readonly detached?: true;
  /** What is ours by its name alone, and gets its labels when it is next replaced. */
  readonly adopted?: readonly Address[];
  /** Number of resources that need nothing. */
  readonly unchanged: number;
  /** What the plan has read and depends on: engine id or digest by object. */
  readonly fingerprint: Readonly<Record<string, string>>;
  /** Names of the sensitive values that the steps contain as tokens. */
  readonly sensitive: readonly string[];
}

/**
 * Objects that have taken over what another one had. It cannot have that back before they are gone
 * from it, so that they are rolled back with it, and all at once: stops, then starts, then names.
 */
interface Exchange {
  readonly address: Address;
  /** Those that are rolled back with it, and with these. */
  readonly members: readonly {
    readonly address: Address;
    /** Ids of what undoes it when it is done. */
    readonly onDone: readonly number[];
    /**
     * Ids of what it needs where none of its steps has begun, as soon as one of the steps is done that
     * these come after. Absent: nothing.
     */
    readonly onNotStarted?: readonly number[];
  }[];
}
