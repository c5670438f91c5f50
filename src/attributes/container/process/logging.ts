import type { Json } from "../../../model/json.ts";
import { attribute } from "../../core/attribute.ts";
import { object, scalar, string, under } from "../../core/shapes.ts";
import { parseDriver, pluginName } from "../../objects/plugin.ts";
import { at, record, text } from "../../values/json.ts";
import { checkLogOptions } from "./log-options.ts";

/** `driver`, and each option as `options.<name>`: the daemon adds options of its own. */
type Logging = Readonly<Record<string, string>>;
const OPTION = "options.";

function flat(driver: Json | undefined, options: Json | undefined): Logging {
  const entries = Object.entries(record(options)).map(([name, value]) => [
    OPTION + name,
    text(value),
  ]);
  return { ...(text(driver) ? { driver: text(driver) } : {}), ...Object.fromEntries(entries) };
}

export const logging = {
  logging: attribute<Logging>({
    description:
      "Log driver (a key of `plugins:` names that plugin) and its options; what is not named is the daemon's.",
    schema: object({
      driver: string,
      options: { type: "object", additionalProperties: scalar },
    }),
    examples: [
      { driver: "json-file", options: { "max-size": "1m", "max-file": 2 } },
      { driver: "none" },
    ],
    absent: { is: "engine", usual: () => ({ driver: "json-file" }) },
    // The options of one driver mean nothing to another.
    merge: { while: "driver" },
    parse: (authored, scope) => {
      const { driver, options } = record(authored);
      under("options", () => checkLogOptions(text(driver), record(options)));
      return flat(driver === undefined ? undefined : parseDriver(driver, scope), options);
    },
    write: ({ driver, ...rest }) => {
      const options = Object.entries(rest).map(([name, value]) => [
        name.slice(OPTION.length),
        value,
      ]);
      return {
        ...(driver === undefined ? {} : { driver }),
        ...(options.length > 0 ? { options: Object.fromEntries(options) } : {}),
      };
    },
    docker: {
      toEngine: (value) => ({
        HostConfig: {
          LogConfig: {
            Type: value.driver ?? "",
            Config: Object.fromEntries(
              Object.entries(value)
                .filter(([name]) => name.startsWith(OPTION))
                .map(([name, option]) => [name.slice(OPTION.length), option]),
            ),
          },
        },
      }),
      fromEngine: (live) =>
        flat(
          pluginName(text(at(live.json, "HostConfig", "LogConfig", "Type"))),
          at(live.json, "HostConfig", "LogConfig", "Config"),
        ),
    },
  }),
};
