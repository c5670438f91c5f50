import type { Json } from "../../model/json.ts";
import { record } from "../values/json.ts";
import { attribute, type Codec } from "./attribute.ts";
import { ownLabels, parseLabels } from "./ownership.ts";
import { boolean, pairs, parseFlag, parseText } from "./shapes.ts";

/* What networks and volumes have in common. */

/** A field of the object's own JSON, where create body and inspect answer agree. */
export function field<V extends Json>(name: string, from: (json: Json | undefined) => V): Codec<V> {
  return { toEngine: (value) => ({ [name]: value }), fromEngine: (live) => from(live.json[name]) };
}

export const flagField = (name: string): Codec<boolean> => field(name, (json) => json === true);
export const options = (json: Json | undefined) => record(json) as Record<string, string>;

export const labels = {
  labels: attribute<Readonly<Record<string, string>>>({
    description: "Labels, a list of `key=value` or a map.",
    schema: pairs,
    examples: [{ team: "web" }, ["team=shop", "tier=1"]],
    absent: { is: "value", value: {} },
    merge: "pairs",
    parse: parseLabels,
    docker: {
      toEngine: (value) => ({ Labels: value }),
      fromEngine: (live, want) => ownLabels(record(live.json.Labels), want, live.recorded),
    },
  }),
};

/** For what has not been made by stack, and so cannot carry its labels. */
export const adopt = attribute<boolean>({
  description:
    "Take over an object of that name which no stack has made, without replacing it; it gets stack's labels when it is next replaced.",
  schema: boolean,
  examples: [true],
  absent: { is: "value", value: false },
  parse: parseFlag,
});

export const naming = {
  name: attribute<string>({
    description: "The name on the engine instead of `<stack>_<key>`.",
    schema: { type: "string", pattern: "^[a-zA-Z0-9][a-zA-Z0-9_.-]*$" },
    examples: ["shared"],
    absent: { is: "derived", about: "`<stack>_<key>`", from: () => "" },
    parse: parseText,
  }),
  external: attribute<boolean>({
    description:
      "It exists outside of the stack and is never changed or removed, whatever its labels say; its name is its key, or `name`.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
  }),
  adopt,
};
