import type { Secrets } from "../model/stack.ts";

/** What a plan may assume and do beyond the stack and the engine. */
export interface Policy {
  readonly secrets: Secrets;
  /** Keys or engine names of the volumes that may lose their data. */
  readonly allowDataLoss: readonly string[];
  /** A text's digest, `sha256:…`. */
  digest(text: string): string;
}
