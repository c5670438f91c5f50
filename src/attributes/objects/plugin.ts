import type { Json, JsonObject } from "../../model/json.ts";
import { attribute, type Scope } from "../core/attribute.ts";
import { field, flagField, naming } from "../core/named-object.ts";
import {
  boolean,
  pairs,
  parseFlag,
  parsePairs,
  parseText,
  scalar,
  string,
} from "../core/shapes.ts";
import { inValues } from "../secrets/sensitive.ts";
import { imageReference, splitReference } from "../values/image-reference.ts";
import { Invalid } from "../values/invalid.ts";
import { isMap, list, record, text, texts } from "../values/json.ts";

/** `all`, or the granted values by the privilege's name as the engine has it. */
type Grant = string | Readonly<Record<string, readonly string[]>>;
type Settings = Readonly<Record<string, string>>;

const granted: JsonObject = { anyOf: [scalar, { type: "array", items: scalar }] };

function parseGrant(authored: Json): Grant {
  if (authored === "all") return "all";
  if (!isMap(authored)) {
    const hint = "`all`, or a map such as { network: host, mount: [/srv] }";
    throw new Invalid(`\`${text(authored)}\` is no grant`, { hint });
  }
  const entries = Object.entries(authored).map(([name, value]): [string, readonly string[]] => [
    name,
    Array.isArray(value) ? texts(value.map((each) => text(each))) : [text(value)],
  ]);
  return Object.fromEntries(entries);
}

function parseSettings(authored: Json): Settings {
  return parsePairs(authored, (name) =>
    name.includes("=") ? `\`${name}\` is no name of a setting` : undefined,
  );
}

/**
 * All settings that a plugin has now: its environment by name, `args`, and of what it names itself
 * `NAME.source` and `NAME.path` (Engine API, `POST /plugins/{name}/set`).
 */
function liveSettings(json: JsonObject): Settings {
  const settings = record(json.Settings);
  const part = (of: Json | undefined, suffix: string, field: string) =>
    list(of).map((each): [string, string] => {
      const named = record(each);
      return [`${text(named.Name)}.${suffix}`, text(named[field])];
    });
  return {
    ...parsePairs(list(settings.Env)),
    args: texts(settings.Args).join(" "),
    ...Object.fromEntries([
      ...part(settings.Mounts, "source", "Source"),
      ...part(settings.Devices, "path", "Path"),
    ]),
  };
}

/** What its author gave the settable part of a plugin's environment. */
export function defaultSettings(json: JsonObject): Settings {
  const settable = list(record(json.Config).Env).flatMap((each): [string, string][] => {
    const { Name, Settable, Value } = record(each);
    return texts(Settable).includes("value") ? [[text(Name), text(Value)]] : [];
  });
  return Object.fromEntries(settable);
}

/** Of mounts, devices and arguments an engine forgets the default, so only asked ones count. */
function readSettings(json: JsonObject, want: Settings | undefined): Settings {
  const live = liveSettings(json);
  const defaults = defaultSettings(json);
  const counts = Object.entries(live).filter(([name, value]) => {
    if (want && Object.hasOwn(want, name)) return true;
    return Object.hasOwn(defaults, name) && defaults[name] !== value;
  });
  return Object.fromEntries(counts);
}

/** Engines fill in the host and the tag. */
export function sameReference(a: Json, b: Json): boolean {
  const whole = (reference: Json) => {
    const { host, path, tag, digest } = splitReference(text(reference));
    return `${host}/${path}:${digest ?? tag ?? "latest"}`;
  };
  return whole(a) === whole(b);
}

/** The engine's name of a plugin without the tag that it adds. */
export const pluginName = (name: string): string => name.replace(/:latest$/, "");

/** The driver of a network or volume: a key of `plugins:`, or a name that the engine knows. */
export function parseDriver(authored: Json, scope: Scope): string {
  const name = text(authored);
  return scope.plugin(name) ?? name;
}

export const sameDriver = (want: Json, have: Json): boolean =>
  pluginName(text(want)) === pluginName(text(have));

export const plugin = {
  ...naming,
  name: attribute<string>({
    description:
      "The name on the engine instead of `<stack>_<key>`, beside `adopt` or `external`: nothing but its name tells whose a plugin is.",
    schema: { type: "string", pattern: "^[a-z0-9][a-z0-9_./:-]*$" },
    examples: ["shared"],
    absent: { is: "derived", about: "`<stack>_<key>`", from: () => "" },
    parse: parseText,
  }),
  adopt: attribute<boolean>({
    description: "Take the plugin of this `name` for the stack's, whoever installed it.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
  }),
  source: attribute<string>({
    description:
      "The reference to install it from: repository[:tag][@digest]; another one upgrades the plugin. An engine does not tell the content that it installed, so new content under the same tag goes unnoticed.",
    schema: string,
    examples: ["vieux/sshfs:latest"],
    absent: { is: "value", value: "" },
    parse: (authored) => imageReference(text(authored)),
    equals: sameReference,
    docker: { ...field("PluginReference", text), update: (source) => ({ update: { source } }) },
  }),
  grant: attribute<Grant>({
    description:
      "Privileges that it may have: `all`, or by name as the engine has them (`network`, `mount`, `device`, `capabilities`, `allow-all-devices`, `host ipc namespace`, `host pid namespace`) the values that it may ask for. Asked at every installation and upgrade; what it wants beyond that prevents it.",
    schema: {
      anyOf: [string, { type: "object", additionalProperties: granted }],
    },
    examples: [
      "all",
      { network: ["host"], mount: ["/var/lib/docker/plugins/"], capabilities: ["CAP_SYS_ADMIN"] },
    ],
    absent: { is: "value", value: {} },
    parse: parseGrant,
  }),
  settings: attribute<Settings>({
    description:
      "What can be set of it, a list of `KEY=value` or a map: environment, `args`, `NAME.source` of its mounts and `NAME.path` of its devices. It is disabled for a change. An environment setting that is not named has the plugin's own default.",
    schema: pairs,
    examples: [{ DEBUG: 1 }, ["DEBUG=1", "state.source=/srv/state"]],
    absent: { is: "value", value: {} },
    merge: "pairs",
    sensitive: inValues,
    parse: parseSettings,
    docker: {
      toEngine: (value) => ({ Settings: value }),
      fromEngine: ({ json }, want) => readSettings(json, want),
      update: (settings) => ({ update: { settings } }),
    },
  }),
  enabled: attribute<boolean>({
    description: "Whether it runs.",
    schema: boolean,
    examples: [false],
    absent: { is: "value", value: true },
    parse: parseFlag,
    docker: { ...flagField("Enabled"), update: (enabled) => ({ update: { enabled } }) },
  }),
};
