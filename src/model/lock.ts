/** Who wants to work on a stack, and for what. */
export interface LockOwner {
  readonly stack: string;
  readonly operation: "apply" | "destroy";
  readonly user: string;
  /** Of the machine that the command runs on, which need not be the engine's. */
  readonly host: string;
  readonly pid: number;
  /** Of `stack`. */
  readonly version: string;
}

/** Who holds the lock of a stack, as it said itself. */
export interface LockHolder extends LockOwner {
  /** Of the lock, not of the stack: what `stack force-unlock` takes. */
  readonly id: string;
  /** ISO 8601, by the engine's clock. */
  readonly since: string;
}
