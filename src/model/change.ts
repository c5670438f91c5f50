import type { Json } from "./json.ts";
import type { Address, Kind } from "./stack.ts";

/**
 * Who made the difference: `file`, what is asked changed since the object was made; `engine`,
 * the live object was changed by someone else; `unknown`, the labels cannot tell.
 */
export type Origin = "file" | "engine" | "unknown";

/** One attribute (or one key of a keyed attribute) that differs. */
export interface Delta {
  /** `mem_limit`, or `environment.LANG` for a key of a keyed attribute. */
  readonly attribute: string;
  /** Absent: not set. */
  readonly before?: Json;
  /** Absent: to be unset. */
  readonly after?: Json;
  /** The value is fixed only when the named thing has happened. */
  readonly unknown?: "known after pull" | "known after build" | "engine default";
  readonly origin: Origin;
  /** Can be changed without replacing the object. */
  readonly inPlace: boolean;
  /** Neither side may be shown. */
  readonly sensitive?: boolean;
}

/** What becomes of an object: its words and its symbol, in the order in which changes are counted. */
export const actions = {
  pull: { verb: "pull", will: "will be pulled", done: "pulled", symbol: "<=" },
  build: { verb: "build", will: "will be built", done: "built", symbol: "*" },
  load: {
    verb: "load",
    will: "will be loaded from a file",
    done: "loaded",
    symbol: "<<",
    legend: "load from a file",
  },
  create: { verb: "create", will: "will be created", done: "created", symbol: "+" },
  update: {
    verb: "update in place",
    will: "will be updated in place",
    done: "updated",
    symbol: "~",
  },
  /** A new object is created, and the old one removed; a rollout that is start-first has `+/-`. */
  replace: {
    verb: "replace",
    will: "must be replaced",
    done: "replaced",
    symbol: "-/+",
    legend: "replace: the old one goes before the new one starts",
  },
  start: { verb: "start", will: "will be started", done: "started", symbol: ">" },
  restart: { verb: "restart", will: "will be restarted", done: "restarted", symbol: "><" },
  pause: { verb: "pause", will: "will be paused", done: "paused", symbol: "||" },
  stop: { verb: "stop", will: "will be stopped", done: "stopped", symbol: "<" },
  /** It runs already, and is not ready or complete yet. */
  wait: {
    verb: "wait for",
    will: "will be awaited",
    done: "awaited",
    symbol: "...",
    legend: "wait until it is ready or complete",
  },
  remove: { verb: "remove", will: "will be removed", done: "removed", symbol: "-" },
} as const satisfies Record<string, ActionWords>;

interface ActionWords {
  /** `2 to update in place` */
  readonly verb: string;
  /** `container.web will be updated in place` */
  readonly will: string;
  /** `2 updated` */
  readonly done: string;
  readonly symbol: string;
  /** What the symbol means; absent: `verb`. */
  readonly legend?: string;
}

export type Action = keyof typeof actions;

export const actionNames = Object.keys(actions) as readonly Action[];

export const wordsOf = (action: Action): ActionWords => actions[action];

/** Which of the two containers of a replacement runs first, and what decided it. */
export interface Rollout {
  readonly order: "start-first" | "stop-first";
  /** Absent: nothing prevents what is best. */
  readonly reason?: string;
}

/** What will happen to one object, and why. */
export interface Change {
  readonly address: Address;
  readonly kind: Kind;
  /** The engine's name of the object. */
  readonly name: string;
  readonly action: Action;
  /** One clause: `it does not exist`, `no longer in the stack file`. */
  readonly reason: string;
  readonly origin: Origin;
  readonly deltas: readonly Delta[];
  /** Number of managed attributes that are as asked. */
  readonly unchanged: number;
  /** Of a container that is replaced. */
  readonly rollout?: Rollout;
}
