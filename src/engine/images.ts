import type { JsonObject } from "../model/json.ts";
import type { Advance } from "../model/run.ts";
import type { Archive, ArchivedImage } from "./archive/images.ts";
import type { Named } from "./archive/pack.ts";

/** What an engine does with images beyond what a plan needs. Every call throws `EngineError`. */
export interface Images {
  /** `GET /images/{name}/json`; `undefined`: it is not there. */
  inspect(name: string, signal: AbortSignal): Promise<JsonObject | undefined>;
  /** A tar archive of the images, under their names. `size`: their bytes, about. */
  save(
    names: readonly string[],
    size: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
  /** Gives an image a further name. */
  tag(name: string, to: string, signal: AbortSignal): Promise<void>;
  /** Pushes an image under one of its names; gives the digest that the registry has it by. */
  push(name: string, context: Context): Promise<string>;
  /** Of an image's platforms in an archive, the one for this engine. */
  fitting(images: readonly ArchivedImage[], signal: AbortSignal): Promise<ArchivedImage>;
  /** Loads images of an archive under the given names, and no other. */
  load(file: string, archive: Archive, picks: readonly Named[], context: Context): Promise<void>;
}

interface Context {
  readonly signal: AbortSignal;
  advance(progress: Advance): void;
}
