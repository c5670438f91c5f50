import type { StepProgress } from "../model/events.ts";
import type { JsonObject } from "../model/json.ts";
import type { Archive, ArchivedImage } from "./archives/image-archive.ts";
import type { Named } from "./archives/write-archive.ts";

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
  /** `GET /images/{name}/history`, the newest layer first. */
  history(name: string, signal: AbortSignal): Promise<readonly JsonObject[]>;
  /** `GET /images/json`: all but those that only others are made of. */
  list(signal: AbortSignal): Promise<readonly JsonObject[]>;
  /** `GET /system/df`. */
  usage(signal: AbortSignal): Promise<JsonObject>;
  /** `GET /images/search`, which asks Docker Hub or the registry in the term. */
  search(term: string, limit: number, signal: AbortSignal): Promise<readonly JsonObject[]>;
  /** `GET /containers/{id}/changes`. */
  changes(container: string, signal: AbortSignal): Promise<readonly JsonObject[]>;
  /** Makes an image of a container, which is paused for it; gives the image's id. */
  commit(container: string, name: string, signal: AbortSignal): Promise<string>;
  /** Removes a name of an image, or an image without a name; the engine refuses what is used. */
  remove(name: string, signal: AbortSignal): Promise<void>;
  /** Removes the build cache that nothing uses; gives the bytes that are free again. */
  pruneBuilds(signal: AbortSignal): Promise<number>;
  /** Of an image's platforms in an archive, the one for this engine. */
  fitting(images: readonly ArchivedImage[], signal: AbortSignal): Promise<ArchivedImage>;
  /** Loads images of an archive under the given names, and no other. */
  load(file: string, archive: Archive, picks: readonly Named[], context: Context): Promise<void>;
}

interface Context {
  readonly signal: AbortSignal;
  advance(progress: StepProgress): void;
}
