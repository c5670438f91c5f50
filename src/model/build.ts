/** How an image is built, in the words of Compose (Build Specification). Paths are absolute. */
export interface Build {
  /** The folder of the client whose files the Dockerfile may copy. */
  readonly context: string;
  /** Absent: `dockerfile_inline` is its text. */
  readonly dockerfile?: string;
  readonly dockerfile_inline?: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly cache_from?: readonly string[];
  readonly network?: string;
  readonly platform?: string;
  /** Bytes. */
  readonly shm_size?: number;
  /** `host:address` */
  readonly extra_hosts?: readonly string[];
  readonly tags?: readonly string[];
  readonly no_cache?: boolean;
  readonly pull?: boolean;
  /** A folder of the client, or what BuildKit takes beside: `docker-image://…`. */
  readonly additional_contexts?: Readonly<Record<string, string>>;
  /** `content` is a token. */
  readonly secrets?: readonly { readonly id: string; readonly content: string }[];
  /** `default`, `id`, or `id=path` of a socket or a key. */
  readonly ssh?: readonly string[];
}

/** What the files of a build are, by digests: contents, modes and names, no times and no owners. */
export interface BuildSources {
  readonly dockerfile: string;
  /** All of the context that is not ignored, but for the Dockerfile; additional ones too. */
  readonly context: string;
  /** A short digest by path; absent where there are too many to keep. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A build as it is asked, with what planning knows of it. */
export interface Building {
  readonly asked: Build;
  /** References of the images that it starts from. */
  readonly bases: readonly string[];
  /** What the classic builder cannot do: `RUN --mount (Dockerfile:3)`. */
  readonly modern?: string;
  /** It names the program that reads its Dockerfile (`# syntax=`), so that the engine's does not count. */
  readonly syntax?: true;
  /** Absent: the files have not been looked at. */
  readonly sources?: BuildSources;
}

/** Which program builds: BuildKit by way of `docker buildx`, or the engine's own classic builder. */
export type Builder = "buildkit" | "classic";
