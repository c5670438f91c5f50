import type { Building } from "./build.ts";
import type { JsonObject } from "./json.ts";

/** The kinds of object that a stack describes and an engine holds. */
export type Kind = "image" | "plugin" | "network" | "volume" | "container";

/**
 * `<kind>.<key in the file>`; a container's second and later replicas carry their number:
 * `container.web`, `container.web[2]`.
 */
export type Address = `${Kind}.${string}`;

/** Compose's three conditions of `depends_on`. */
export type Condition = "started" | "healthy" | "completed";

/** An order between resources: `on` comes first, and fulfils `condition` before this one starts. */
export interface Dependency {
  readonly on: Address;
  readonly condition: Condition;
  /** `false`: when `on` fails, this resource goes on with a warning. */
  readonly required: boolean;
  /** When a plan replaces or starts `on` again, this one is restarted after it. */
  readonly restart?: true;
  /**
   * The engine ties this resource to that very object, whose replacement it does not know:
   * `namespaces`, to its present run too; `volumes`, to what it mounts.
   */
  readonly bound?: "namespaces" | "volumes";
}

/** What a container is to be doing; one that is `created` or `stopped` has no processes. */
export type State = "running" | "paused" | "stopped" | "created";

/** How stack treats an object, beside what is asked of it. What is absent is Compose's usual. */
export interface Lifecycle {
  /** Of a container; absent: running. */
  readonly state?: State;
  /** Of a container: it runs once, and is done when it has exited with 0. */
  readonly job?: true;
  /** Attributes, or `attribute.key`, whose differences plan no change; `all`: every one. */
  readonly ignore?: readonly string[];
  /** Is neither replaced nor removed without permission. */
  readonly protect?: true;
}

/** A command that is executed in a running container; what is absent is as the container has it. */
export interface Hook {
  readonly command: readonly string[];
  readonly user?: string;
  readonly privileged?: true;
  readonly working_dir?: string;
  /** Beside the container's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What is executed in a container right after its start, and right before its stop. */
export interface Hooks {
  readonly post_start?: readonly Hook[];
  readonly pre_stop?: readonly Hook[];
}

/** A file that is written into a container between its creation and its start. */
export interface ConfigFile {
  /** Absolute path inside the container. */
  readonly target: string;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, e.g. 0o444. */
  readonly mode: number;
  /** Tokens, or bytes as text: see `textOf`. */
  readonly content: string;
}

/** How a container's replacement is rolled out, as far as it is asked; in the words of Compose. */
export interface UpdateConfig {
  readonly order?: "start-first" | "stop-first";
  /** Replicas at a time; 0: all. */
  readonly parallelism?: number;
  /** Milliseconds between one batch of replicas and the next. */
  readonly delay?: number;
  /** Milliseconds that a new container must stay up, or healthy, to count as ready. */
  readonly monitor?: number;
  readonly failure_action?: "rollback" | "pause" | "continue";
}

/**
 * One object as the file asks for it. `spec` holds only what was asked: an attribute that is
 * absent was not written, and its meaning is the catalogue's `absent`.
 * Sensitive values stand in `spec` as tokens (see `Secrets`), never in clear.
 */
export interface Resource {
  readonly address: Address;
  readonly kind: Kind;
  /** The key in the file (for an image that only a container names: its reference). */
  readonly key: string;
  /** The name on the engine; for an image, the reference. */
  readonly name: string;
  readonly spec: JsonObject;
  readonly needs: readonly Dependency[];
  /** Of an image: the content to which the lock file holds its tag, `sha256:...`. */
  readonly digest?: string;
  /** Of an image that is built here, and never pulled. */
  readonly build?: Building;
  /** With `digest`: image ids that are this content too. */
  readonly ids?: readonly string[];
  /** Of an image that a file of ours holds (`archive`, `rootfs`): what is in it, once it was read. */
  readonly content?: Content;
  readonly update?: UpdateConfig;
  /** Exists outside of the stack: is looked up, never changed. */
  readonly external?: boolean;
  readonly lifecycle?: Lifecycle;
  /** Of a container. */
  readonly hooks?: Hooks;
  /** An object of this name that nobody's labels claim is taken for ours. */
  readonly adopt?: boolean;
  readonly place?: Place;
}

/** What a file holds for an image. An engine may know an archive's image by an id of its own. */
export type Content =
  | {
      readonly from: "archive";
      /** Digests of its config, manifest and index, of each platform that it holds. */
      readonly ids: readonly string[];
      /** What it is, for each platform: see `essenceOf`. */
      readonly essences: readonly JsonObject[];
    }
  /** Digest of the file with all that is made of it. */
  | { readonly from: "rootfs"; readonly digest: string };

/** Where in the files something was written; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Stack {
  readonly name: string;
  readonly resources: readonly Resource[];
  /**
   * What the files declare for other runs, as the services of profiles that are not active: no plan
   * makes it, and none but a destruction removes it.
   */
  readonly inactive?: readonly Address[];
}

/**
 * The clear text of each sensitive value by the name in its token. The pure layers carry tokens
 * (`token(name)`); only the comparison with live state and the engine's last step see clear text.
 */
export type Secrets = ReadonlyMap<string, string>;
