import type { Address } from "./stack.ts";

/**
 * Objects that have taken over what another one had. It cannot have that back before they are gone
 * from it, so that they go back with it, and all at once: stops, then starts, then names.
 */
export interface Exchange {
  readonly of: Address;
  /** Those that go back with it, and with these. */
  readonly by: readonly {
    readonly target: Address;
    /** Ids of what undoes it when it is done. */
    readonly ifDone: readonly number[];
    /**
     * Ids of what it needs where none of its steps has begun, as soon as one of the steps is done that
     * these come after. Absent: nothing.
     */
    readonly ifUnbegun?: readonly number[];
  }[];
}
