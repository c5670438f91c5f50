import type { Attribute, Codec, Keys, Live, Scope } from "../../core/attribute.ts";
import { hostConfig } from "../../core/codecs.ts";
import { Invalid } from "../../values/invalid.ts";
import { at, text } from "../../values/json.ts";

/* Namespaces of another container: `service:KEY` of this stack, or `container:NAME` of anybody. */

const SHARED = /^(service|container):(.*)$/;

/** The key in `service:KEY`; `undefined`: it is no such text. */
export function sharedKey(authored: unknown): string | undefined {
  const [, kind, name] = SHARED.exec(String(authored)) ?? [];
  return kind === "service" ? name : undefined;
}

/** The engine's name in a canonical `container:NAME`; `undefined`: it is no such text. */
export function sharedName(canonical: unknown): string | undefined {
  return SHARED.exec(String(canonical))?.[2];
}

/** A mode in canonical form: one of the words, or `container:NAME`. Throws `Invalid`. */
export function parseMode(authored: string, words: readonly string[], scope: Scope): string {
  if (words.includes(authored)) return authored;
  const [, kind, name = ""] = SHARED.exec(authored) ?? [];
  if (kind === undefined || name === "") {
    throw new Invalid(`\`${authored}\` is no such mode`, {
      hint: `one of ${[...words, "service:KEY", "container:NAME"].join(", ")}`,
    });
  }
  // A key that is not declared is told of with the other dependencies.
  return `container:${kind === "service" ? (scope.container(name) ?? name) : name}`;
}

/** The engine keeps the id of the container that bore the name when the sharer was made. */
export function shared(field: string, own: (mode: string) => string): Codec<string> {
  return {
    toEngine: hostConfig<string>(field, { from: text }).toEngine,
    fromEngine: (live: Live, want) => {
      const mode = text(at(live.json, "HostConfig", field));
      const id = sharedName(mode);
      if (id === undefined) return own(mode);
      const wanted = sharedName(want);
      const same = wanted !== undefined && live.containerId(wanted) === id;
      return same ? (want ?? "") : `container:${id.slice(0, 12)}`;
    },
  };
}

/** `read` tells ids of containers, files name their keys. */
export function writeMode(mode: string, keys: Keys): string {
  const id = sharedName(mode);
  return id === undefined ? mode : keys.container(id);
}

/** Attributes whose canonical value may be `container:NAME`. */
export const SHARING = ["network_mode", "ipc", "pid"] as const satisfies readonly string[];

/** Where the engine keeps whose these are. */
export const SHARING_FIELDS = ["NetworkMode", "IpcMode", "PidMode"] as const;

/** Silence about a namespace that is the container's own. */
export const own: Attribute<string>["absent"] = { is: "value", value: "" };
