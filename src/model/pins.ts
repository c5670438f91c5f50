/** The content that a tag is held to. */
export interface Pin {
  /** `sha256:...`, of the index where there is one. */
  readonly digest: string;
  /** Platforms that it has; empty: the registry did not say. */
  readonly platforms: readonly string[];
  /** Image ids that are this content too: what a load brings has lost its digest. */
  readonly ids?: readonly string[];
  /** Day on which it was looked up: `2026-11-21`. */
  readonly locked: string;
}

/** By reference, as the stack file writes it. */
export type Pins = Readonly<Record<string, Pin>>;
