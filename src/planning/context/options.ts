import type { Address, Secrets } from "../../model/stack.ts";

/** What a plan may assume and do beyond the stack and the engine. */
export interface PlanOptions {
  readonly secrets: Secrets;
  /** Addresses, keys or engine names of the volumes that may lose their data. */
  readonly allowDataLoss: readonly string[];
  /** Protected objects that may be replaced and removed all the same. */
  readonly unprotect?: readonly Address[];
  /** Plan for these and what they need alone; absent or empty: for the whole stack. */
  readonly targets?: readonly Address[];
  /** Replace these, although nothing differs. */
  readonly replacing?: readonly Address[];
  /** Wait for no container after its start, but for what others need. */
  readonly detach?: boolean;
  /** A text's digest, `sha256:…`. */
  digest(text: string): string;
}
