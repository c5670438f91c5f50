import type { Build, Builder } from "./build.ts";
import type { Change } from "./change.ts";
import type { Exchange } from "./exchange.ts";
import type { JsonObject } from "./json.ts";
import type { EngineFacts } from "./observed-state.ts";
import type { Address, Condition, ConfigFile, Hook, Hooks } from "./stack.ts";

/**
 * An existing object carries the id that was observed, so that a step can never meet another
 * object of the same name; an object that the plan itself creates is known by its name alone.
 */
export interface Ref {
  readonly name: string;
  readonly id?: string;
}

/** The engine operations; one step is one of them. */
export type Operation =
  | {
      readonly do: "pull";
      readonly image: string;
      readonly platform?: string;
      /** The content that the lock file holds the tag to. */
      readonly digest?: string;
      /** Registries that are tried before the image's own. */
      readonly mirrors?: readonly string[];
    }
  | {
      readonly do: "build";
      readonly image: string;
      readonly by: Builder;
      readonly build: Build;
      /** References of the images that it starts from. */
      readonly bases: readonly string[];
      /** What the image's label will say of it, but for the ids of its bases. */
      readonly record: JsonObject;
    }
  | {
      readonly do: "load";
      readonly image: string;
      /** The archive, an absolute path on the client. */
      readonly file: string;
      readonly platform?: string;
      /** Digests of what was in it when the plan was made. */
      readonly ids: readonly string[];
    }
  | {
      readonly do: "import";
      readonly image: string;
      /** The tar of a file system, an absolute path on the client. */
      readonly file: string;
      readonly platform?: string;
      /** Instructions of a Dockerfile. */
      readonly changes: readonly string[];
      /** Of the file with all that is made of it, when the plan was made. */
      readonly digest: string;
    }
  | { readonly do: "tag"; readonly image: string; readonly to: string }
  | { readonly do: "push"; readonly image: string }
  | { readonly do: "create network"; readonly name: string; readonly body: JsonObject }
  | { readonly do: "remove network"; readonly network: Ref }
  | { readonly do: "create volume"; readonly name: string; readonly body: JsonObject }
  | { readonly do: "remove volume"; readonly volume: Ref }
  | {
      readonly do: "install plugin";
      readonly name: string;
      readonly source: string;
      /** Exactly those that it wants, as the engine told them: it refuses any others. */
      readonly privileges: readonly JsonObject[];
    }
  | {
      readonly do: "upgrade plugin";
      readonly plugin: Ref;
      readonly source: string;
      readonly privileges: readonly JsonObject[];
    }
  | {
      readonly do: "set plugin";
      readonly plugin: Ref;
      readonly settings: Readonly<Record<string, string>>;
    }
  | { readonly do: "enable plugin"; readonly plugin: Ref }
  | { readonly do: "disable plugin"; readonly plugin: Ref }
  | { readonly do: "remove plugin"; readonly plugin: Ref }
  | {
      readonly do: "create container";
      readonly name: string;
      readonly platform?: string;
      readonly body: JsonObject;
    }
  | {
      readonly do: "inject";
      readonly container: Ref;
      /** Mount point of the volume that holds the files of a container whose root is read-only. */
      readonly into?: string;
      readonly files: readonly ConfigFile[];
    }
  /** Reads the files, before others are written in their place; what they hold stays in memory. */
  | { readonly do: "keep files"; readonly container: Ref; readonly files: readonly string[] }
  /** As they were when the same object's were kept; where none were, or it is gone, nothing. */
  | { readonly do: "put files back"; readonly container: Ref; readonly files: readonly string[] }
  | {
      readonly do: "connect";
      readonly container: Ref;
      readonly network: Ref;
      /** The complete endpoint configuration, so that aliases and addresses survive. */
      readonly endpoint: JsonObject;
    }
  | { readonly do: "disconnect"; readonly container: Ref; readonly network: Ref }
  | {
      readonly do: "update";
      readonly container: Ref;
      /** Body of `POST /containers/{id}/update`; each key is read back from `HostConfig`. */
      readonly resources: JsonObject;
    }
  | { readonly do: "rename"; readonly container: Ref; readonly to: string }
  | { readonly do: "start"; readonly container: Ref }
  | { readonly do: "pause"; readonly container: Ref }
  | { readonly do: "unpause"; readonly container: Ref }
  | {
      readonly do: "stop";
      readonly container: Ref;
      /** Seconds that the container has before it is killed. */
      readonly grace: number;
    }
  | ({
      readonly do: "exec";
      readonly container: Ref;
      /**
       * A `post_start` must exit with 0 within the deadline of an `await`; of a `pre_stop`,
       * anything else is a warning, since the container is to stop whatever it says.
       */
      readonly hook: keyof Hooks;
    } & Hook)
  | {
      readonly do: "await";
      readonly container: Ref;
      /** `ready`: healthy where it has a health check, otherwise running. */
      readonly condition: Exclude<Condition, "started"> | "ready";
      /** Milliseconds for which that must last. */
      readonly hold?: number;
      /** Milliseconds that a container without a health check must be up; absent: a moment. */
      readonly up?: number;
      /** It ran before this plan: how often the engine has restarted it until then tells nothing. */
      readonly ran?: true;
      /** It has been ready, and must stay so while others are waited for (`Step.until`). */
      readonly still?: true;
    }
  /** Its anonymous volumes stay. */
  | { readonly do: "remove container"; readonly container: Ref };

export type Step = Operation & {
  readonly id: number;
  /** The object that the step belongs to, for display. */
  readonly target: Address;
  /** Ids of the steps that must have succeeded. */
  readonly after: readonly number[];
  /** Ids of the steps that must have ended, well or not (`required: false` dependencies). */
  readonly afterEnd?: readonly number[];
  /** Ids of the steps with whose end, well or not, an `await` ends that asks whether it is `still` so. */
  readonly until?: readonly number[];
  readonly because: string;
  /**
   * What brings the object back when the step fails: ids of `Plan.recovery`, in their order. Empty:
   * nothing is lost yet. Absent: there is no way back.
   */
  readonly ifFails?: readonly number[];
  /** The same for when the step is not begun although the object was touched: an interrupt. */
  readonly ifSkipped?: readonly number[];
  /**
   * The same for when it has not succeeded and another object goes back, whose name, port or address
   * this one takes over (`Plan.exchanges`).
   */
  readonly ifUndone?: readonly number[];
  /** Its way back leaves the object down, so that a failure is one whatever becomes of that. */
  readonly leavesDown?: true;
  /**
   * The object no longer serves once this has begun, or serves again once it is done (an `await`:
   * once its condition was first met): downtime lies between.
   */
  readonly service?: "down" | "up";
  /** `false`: its failure keeps nothing from beginning that does not wait for it. */
  readonly halts?: false;
};

/** A change that the plan leaves out until it is permitted. */
export interface BlockedChange {
  readonly address: Address;
  readonly name: string;
  readonly action: "replace" | "remove";
  readonly reason: string;
  /** The flag that permits it; absent: nothing does, as long as the reason stands. */
  readonly flag?: string;
  /** `true`: the stack is not as asked without it; `false`: something surplus is kept. */
  readonly blocks: boolean;
  readonly change: Change;
}

/** Something in the way that no flag permits: another owner's object, a foreign attachment. */
export interface Conflict {
  readonly address: Address;
  readonly message: string;
  readonly hint: string;
}

/** Something about an object that plans no change, yet is good to know. */
export interface Note {
  readonly address: Address;
  readonly message: string;
}

/** What is to be done, decided completely: data, that can be saved, reviewed and run later. */
export interface Plan {
  readonly stack: string;
  readonly purpose: "apply" | "destroy";
  readonly engine: EngineFacts;
  readonly changes: readonly Change[];
  readonly steps: readonly Step[];
  /** Steps that are done only when others fail; they wait for none. */
  readonly recovery: readonly Step[];
  /** Absent: none. */
  readonly exchanges?: readonly Exchange[];
  readonly held: readonly BlockedChange[];
  readonly conflicts: readonly Conflict[];
  /** Absent: none. */
  readonly notes?: readonly Note[];
  /** The plan is partial: for these and what they need alone. Absent: for the whole stack. */
  readonly targets?: readonly Address[];
  /** What is replaced, although nothing differs, since it was asked for. Absent: nothing. */
  readonly replacing?: readonly Address[];
  /** No container is waited for after its start, since that was asked for. */
  readonly detached?: true;
  /** What is ours by its name alone, and gets its labels when it is next replaced. */
  readonly adopted?: readonly Address[];
  /** Number of resources that need nothing. */
  readonly unchanged: number;
  /** What the plan has read and depends on: engine id or digest by object. */
  readonly fingerprint: Readonly<Record<string, string>>;
  /** Names of the sensitive values that the steps contain as tokens. */
  readonly sensitive: readonly string[];
}
