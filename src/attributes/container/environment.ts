import type { Json } from "../../model/json.ts";
import { attribute } from "../attribute.ts";
import { asSet, at, record, text, texts } from "../compare.ts";
import { inValues } from "../sensitive.ts";
import { pairs, parsePairs, string } from "../shapes.ts";
import { environmentOf } from "./program.ts";

/** A list of `KEY=value` or a map. Throws `Invalid` for a key that no environment can hold. */
export const parseVariables = (authored: Json): Readonly<Record<string, string>> =>
  parsePairs(authored, (key) =>
    key.includes("=") ? `the name of a variable cannot contain \`=\`: \`${key}\`` : undefined,
  );

export const environment = {
  environment: attribute<Readonly<Record<string, string>>>({
    about:
      "Environment variables, a list of `KEY=value` or a map; a bare KEY is taken from the client's, and left to the image where the client has none.",
    schema: pairs,
    examples: [{ GREETING: "hello", DEBUG: "1" }, ["GREETING=hello=there"]],
    absent: { is: "image" },
    merge: "pairs",
    sensitive: inValues,
    parse: parseVariables,
    docker: {
      send: (values) => ({
        Env: asSet(Object.entries(values).map(([key, value]) => `${key}=${value}`)),
      }),
      read: (live) => environmentOf(at(live.json, "Config", "Env")),
      merged: (asked, image) => ({ ...environmentOf(at(image, "Config", "Env")), ...asked }),
    },
  }),

  env_file: attribute<readonly string[]>({
    about:
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
