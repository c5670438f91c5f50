import { attribute } from "../core/attribute.ts";
import { field, labels, naming, options } from "../core/named-object.ts";
import { parsePairs, scalar, string } from "../core/shapes.ts";
import { text } from "../values/json.ts";
import { parseDriver, sameDriver } from "./plugin.ts";

export const volume = {
  ...naming,
  driver: attribute<string>({
    description: "Volume driver; a key of `plugins:` names that plugin.",
    schema: string,
    examples: ["local"],
    absent: { is: "value", value: "local" },
    parse: parseDriver,
    equals: sameDriver,
    docker: field("Driver", text),
  }),
  driver_opts: attribute<Readonly<Record<string, string>>>({
    description: "The driver's options.",
    schema: { type: "object", additionalProperties: scalar },
    examples: [
      { type: "tmpfs", device: "tmpfs", o: "size=8m" },
      { type: "tmpfs", device: "tmpfs", o: "size=16m" },
    ],
    absent: { is: "value", value: {} },
    parse: (authored) => parsePairs(authored),
    docker: {
      toEngine: (value) => ({ DriverOpts: value }),
      fromEngine: (live) => options(live.json.Options),
    },
  }),
  ...labels,
};
