import type { Json, JsonObject } from "../../../model/json.ts";
import type { Hook, Hooks } from "../../../model/stack.ts";
import { attribute } from "../../core/attribute.ts";
import {
  boolean,
  object,
  pairs,
  parseEach,
  string,
  stringOrList,
  under,
  words,
} from "../../core/shapes.ts";
import { inValues } from "../../secrets/sensitive.ts";
import { Invalid } from "../../values/invalid.ts";
import { record, text } from "../../values/json.ts";
import { parseVariables } from "./environment.ts";
import { parseFolder, parseUser } from "./program.ts";

/** Compose Specification, "post_start" and "pre_stop". */
const schema: JsonObject = {
  type: "array",
  items: object(
    {
      command: stringOrList,
      user: { type: ["string", "integer"] },
      privileged: boolean,
      working_dir: string,
      environment: pairs,
    },
    ["command"],
  ),
};

function parseHook(authored: Json): Hook & JsonObject {
  const { command, user, privileged, working_dir, environment } = record(authored);
  const program = parseCommand(command ?? null);
  if (program.length === 0)
    throw new Invalid("a hook needs a program", {
      path: ["command"],
      hint: 'write ["sh", "-c", "…"]',
    });
  return {
    command: program,
    ...(user === undefined ? {} : { user: under("user", () => parseUser(user)) }),
    ...(privileged === true ? { privileged } : {}),
    ...(working_dir === undefined
      ? {}
      : { working_dir: under("working_dir", () => parseFolder(working_dir)) }),
    ...(environment === undefined
      ? {}
      : { environment: under("environment", () => parseVariables(environment)) }),
  };
}

function parseCommand(authored: Json): readonly string[] {
  if (Array.isArray(authored)) return authored.map(text);
  try {
    return words(text(authored));
  } catch (error) {
    throw error instanceof Invalid ? error.under("command") : error;
  }
}

/** The part that both have in common: nothing on the engine but a label holds what is asked. */
const hook = {
  schema,
  absent: { is: "value", value: [] },
  emptyCounts: ["command"],
  sensitive: (text: string, path: readonly (string | number)[]) =>
    path[1] !== "environment" || inValues(text, path),
  parse: (authored: Json) => parseEach(authored, parseHook),
} as const;

export const hooks = {
  post_start: attribute<readonly (Hook & JsonObject)[]>({
    ...hook,
    description:
      "Commands that are executed in the container, one after the other, right after each start that an apply makes, before anybody who depends on it starts; each `{ command, user, privileged, working_dir, environment }`. Each must exit with 0 within `--wait-timeout`: otherwise the container is stopped, and the next apply starts it again; in a replacement, the old container comes back. Until they have run it is named `NAME.next`, where it replaces nothing: so an apply that was killed before them is known by the next one, which starts it again. A change takes effect at the next start.",
    examples: [
      [{ command: ["sh", "-c", "echo started"], user: "0", environment: { LEVEL: "1" } }],
      [{ command: "true", privileged: false, working_dir: "/tmp" }],
    ],
  }),

  pre_stop: attribute<readonly (Hook & JsonObject)[]>({
    ...hook,
    description:
      "Commands that are executed in the container, as `post_start`, right before each stop that an apply or destroy makes, not when it ends by itself. One that fails, or takes longer than `--wait-timeout`, is a warning: the container is stopped all the same. They are those of the file while the container has a block, even if it was made without them; afterwards those that it was made with, except one whose sensitive value is no longer known, of which the plan has a note.",
    examples: [
      [{ command: ["sh", "-c", "echo stopping"], environment: ["LEVEL=1"] }],
      [{ command: "sync", user: "0" }],
    ],
  }),
};

/** The hooks among the canonical values of a container, as asked or as its label keeps them. */
export function hooksOf({
  post_start = [],
  pre_stop = [],
}: Readonly<Record<string, Json | undefined>>): {
  hooks?: Hooks;
} {
  const given = Object.entries({ post_start, pre_stop }).filter(
    ([, all]) => Array.isArray(all) && all.length > 0,
  );
  return given.length > 0 ? { hooks: Object.fromEntries(given) as Hooks } : {};
}
