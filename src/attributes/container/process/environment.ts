import type { Json } from "../../../model/json.ts";
import { attribute, type Live } from "../../core/attribute.ts";
import { pairs, parsePairs, string } from "../../core/shapes.ts";
import { inValues } from "../../secrets/sensitive.ts";
import { asSet, at, isMap, record, text, texts } from "../../values/json.ts";
import { environmentOf } from "./program.ts";

/** A list of `KEY=value` or a map. Throws `Invalid` for a key that no environment can hold. */
export const parseVariables = (authored: Json): Readonly<Record<string, string>> =>
  parsePairs(authored, (key) =>
    key.includes("=") ? `the name of a variable cannot contain \`=\`: \`${key}\`` : undefined,
  );

/** `null`: the container has no such variable, whatever the image says. */
type Variables = Readonly<Record<string, string | null>>;

function parse(authored: Json): Variables {
  const values = parseVariables(authored);
  if (!isMap(authored)) return values;
  const away = Object.keys(authored).filter((name) => authored[name] === null);
  return { ...values, ...Object.fromEntries(away.map((name) => [name, null])) };
}

/**
 * An entry without `=` takes the image's variable away, and stays in the engine's list. Where the image has no
 * such variable, it is all the same whether the entry is there.
 */
function read({ json }: Live, want: Variables | undefined): Variables {
  const entries = texts(at(json, "Config", "Env"));
  const values = environmentOf(entries);
  const bare = entries.filter(
    (entry) => !entry.includes("=") && (want === undefined || Object.hasOwn(want, entry)),
  );
  const without = Object.keys(want ?? {}).filter((name) => want?.[name] === null);
  const absent = [...bare, ...without].filter((name) => !Object.hasOwn(values, name));
  return { ...values, ...Object.fromEntries(absent.map((name) => [name, null])) };
}

export const environment = {
  environment: attribute<Variables>({
    description:
      "Environment variables, a list of `KEY=value` or a map; a bare KEY is taken from the client's, and where the client has none, the container has none either, whatever the image says.",
    schema: pairs,
    examples: [{ GREETING: "hello", DEBUG: "1" }, ["GREETING=hello=there"]],
    absent: { is: "image" },
    merge: "pairs",
    sensitive: inValues,
    parse,
    docker: {
      toEngine: (values) => ({
        Env: asSet(
          Object.entries(values).map(([key, value]) => (value === null ? key : `${key}=${value}`)),
        ),
      }),
      fromEngine: read,
      merged: (asked, image) => ({ ...environmentOf(at(image, "Config", "Env")), ...asked }),
    },
  }),

  env_file: attribute<readonly string[]>({
    description:
      "Files of `KEY=value` lines that `environment` overrides; a map may say `required: false`.",
    schema: {
      anyOf: [
        string,
        {
          type: "array",
          items: {
            anyOf: [
              string,
              {
                type: "object",
                additionalProperties: false,
                required: ["path"],
                properties: {
                  path: string,
                  required: { type: "boolean" },
                  format: { type: "string", enum: ["raw"] },
                },
              },
            ],
          },
        },
      ],
    },
    examples: ["app.env", [{ path: "app.env", required: false }]],
    absent: { is: "value", value: [] },
    merge: (item) => (typeof item === "string" ? item : text(record(item).path)),
    parse: (authored) =>
      typeof authored === "string"
        ? [authored]
        : texts(
            (authored as readonly (string | { path: string })[]).map((item) =>
              typeof item === "string" ? item : String(record(item).path),
            ),
          ),
  }),
};
