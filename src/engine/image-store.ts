import type { StepProgress } from "../model/events.ts";
import type { JsonObject } from "../model/json.ts";
import type { Archive, ArchivedImage } from "./archives/image-archive.ts";
import type { Named } from "./archives/write-archive.ts";

/** Image operations outside of plans. Every call throws `EngineError`. */
export interface Images {
  /** Calls `GET /images/{name}/json`; `undefined` if the image is missing. */
  inspect(name: string, signal: AbortSignal): Promise<JsonObject | undefined>;
  /** A tar archive of the images under their names. `size` is approximate, in bytes. */
  save(
    names: readonly string[],
    size: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
  /** Adds a name to an image. */
  tag(name: string, to: string, signal: AbortSignal): Promise<void>;
  /** Pushes an image under one of its names; returns its digest in the registry. */
  push(name: string, context: Context): Promise<string>;
  /** Calls `GET /images/{name}/history`; the newest layer first. */
  history(name: string, signal: AbortSignal): Promise<readonly JsonObject[]>;
  /** Calls `GET /images/json`: all images but intermediate ones. */
  list(signal: AbortSignal): Promise<readonly JsonObject[]>;
  /** `GET /system/df`. */
  usage(signal: AbortSignal): Promise<JsonObject>;
  /** Calls `GET /images/search`, for Docker Hub or the registry in the term. */
  search(term: string, limit: number, signal: AbortSignal): Promise<readonly JsonObject[]>;
  /** `GET /containers/{id}/changes`. */
  changes(container: string, signal: AbortSignal): Promise<readonly JsonObject[]>;
  /** Creates an image from a container, which is paused meanwhile; returns the image's ID. */
  commit(container: string, name: string, signal: AbortSignal): Promise<string>;
  /** Removes a name of an image, or an image without names. The engine refuses if it is in use. */
  remove(name: string, signal: AbortSignal): Promise<void>;
  /** Removes unused build cache; returns the freed bytes. */
  pruneBuilds(signal: AbortSignal): Promise<number>;
  /** Of an image's platforms in an archive, the one that matches the engine. */
  fitting(images: readonly ArchivedImage[], signal: AbortSignal): Promise<ArchivedImage>;
  /** Loads images of an archive under the given names only. */
  load(file: string, archive: Archive, picks: readonly Named[], context: Context): Promise<void>;
}

interface Context {
  readonly signal: AbortSignal;
  advance(progress: StepProgress): void;
}
