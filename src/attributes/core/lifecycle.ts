import type { Json, JsonObject } from "../../model/json.ts";
import type { Lifecycle, State } from "../../model/stack.ts";
import { Invalid } from "../values/invalid.ts";
import { isMap, list, member, record, text, texts } from "../values/json.ts";
import { attribute, type Catalogue } from "./attribute.ts";
import { boolean, nearest, oneOf, parseFlag, string } from "./shapes.ts";

/* How stack treats an object: none of it has a place in a create body. */

export const states = {
  state: attribute<string>({
    description:
      "What the container is to be doing: `running`, `paused`, `stopped`, or `created` (made, never started). The last two have no processes: one that has run before counts as `created` too, since only a replacement would make it new.",
    schema: oneOf("running", "paused", "stopped", "created"),
    examples: ["running", "paused", "stopped", "created"],
    absent: { is: "value", value: "running" },
    parse: text,
  }),

  job: attribute<boolean>({
    description:
      "It runs to completion: apply waits until it has exited with 0, and fails with its last lines otherwise. It runs again when what is asked of it changes, or when it failed.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
  }),
};

/** `ignore_changes` and `protect` of a kind, whose attributes may be ignored. */
export function treatment(attributes: Catalogue, examples: readonly Json[]) {
  return {
    ignore_changes: attribute<readonly string[]>({
      description:
        "Attributes whose differences plan no change: names, or `labels.owner` for one key of a map; `all` for every one. When something else replaces the object, it is made as the file says, these attributes included.",
      schema: { anyOf: [oneOf("all"), { type: "array", items: string }] },
      examples,
      absent: { is: "value", value: [] },
      write: (paths) => (paths[0] === "all" ? "all" : [...paths]),
      parse: (authored) => (authored === "all" ? ["all"] : parseIgnored(authored, attributes)),
    }),

    protect: attribute<boolean>({
      description:
        "It is neither replaced nor removed, unless `--unprotect` names it. While the file has its block, the file decides; afterwards, and on destroy without the file, the label that it was made with.",
      schema: boolean,
      examples: [true],
      absent: { is: "value", value: false },
      parse: parseFlag,
    }),
  };
}

function parseIgnored(authored: Json, attributes: Catalogue): readonly string[] {
  const known = Object.keys(attributes).filter(
    (name) => member(attributes, name)?.docker !== undefined || name === "state",
  );
  const mistakes: Invalid[] = [];
  for (const [index, path] of texts(authored).entries()) {
    const [name = "", key] = split(path);
    if (!known.includes(name)) mistakes.push(unknown(name, known, attributes).under(index));
    else if (key !== undefined && !hasKeys(attributes[name]?.schema ?? {})) {
      const message = `\`${name}\` has no keys`;
      mistakes.push(new Invalid(message, { hint: `write \`${name}\``, path: [index] }));
    }
  }
  const [first, ...others] = mistakes;
  if (!first) return texts(authored);
  first.others = others;
  throw first;
}

function unknown(name: string, known: readonly string[], attributes: Catalogue): Invalid {
  if (member(attributes, name))
    return new Invalid(`\`${name}\` cannot be ignored: it plans no change by itself`);
  const near = nearest(name, known);
  const hint = near ? `did you mean \`${near}\`?` : "names of attributes, or `all`";
  return new Invalid(`there is no attribute \`${name}\``, { hint });
}

function hasKeys({ type, anyOf }: JsonObject): boolean {
  const types = [type ?? []].flat();
  return (
    types.includes("object") ||
    types.includes("array") ||
    list(anyOf).some((each) => hasKeys(record(each)))
  );
}

/** An attribute's name and, below it, a key, which may itself contain dots. */
function split(path: string): readonly [string, string | undefined] {
  const dot = path.indexOf(".");
  return dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
}

/** The canonical values of a block as its lifecycle; `undefined`: all is as usual. */
export function lifecycleOf(values: JsonObject): { lifecycle?: Lifecycle } {
  const { state, job, ignore_changes, protect } = values;
  const lifecycle: Lifecycle = {
    ...(state !== undefined && state !== "running" ? { state: state as State } : {}),
    ...(job === true ? { job } : {}),
    ...(list(ignore_changes).length > 0 ? { ignore: texts(ignore_changes) } : {}),
    ...(protect === true ? { protect } : {}),
  };
  return Object.keys(lifecycle).length > 0 ? { lifecycle } : {};
}

/** Whether differences of the whole attribute are ignored. */
export function ignores(lifecycle: Lifecycle | undefined, attribute: string): boolean {
  return lifecycle?.ignore?.some((each) => each === "all" || each === attribute) ?? false;
}

/** Of ignored keys, what is there is what is wanted, so that no in-place change undoes it. */
export function keepIgnored(
  lifecycle: Lifecycle | undefined,
  attribute: string,
  want: Json | undefined,
  have: Json,
): Json | undefined {
  if (!lifecycle?.ignore || !isMap(want) || !isMap(have)) return want;
  const keys = lifecycle.ignore
    .map(split)
    .flatMap(([name, key]) => (name === attribute ? key : []));
  const live = keys.flatMap((key) => (key && have[key] !== undefined ? [[key, have[key]]] : []));
  const others = Object.entries(want).filter(([key]) => !keys.includes(key));
  return Object.fromEntries([...others, ...live]) as JsonObject;
}
