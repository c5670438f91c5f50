import { catalogue } from "../../attributes/catalogue.ts";
import type { Scope } from "../../attributes/core/attribute.ts";
import { pluginName } from "../../attributes/objects/plugin.ts";
import { text } from "../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Dependency, Resource } from "../../model/stack.ts";
import type { Authored } from "../attributes/canonicalize.ts";
import { isWrong } from "../schema/validate.ts";
import { keyPlace } from "../yaml/tree.ts";
import type { Model } from "./model.ts";
import { entriesOf, type Named, named } from "./named-objects.ts";

/** Plugins by key, named without the tag that an engine adds. */
export function pluginsOf(
  scope: (key: string) => Scope,
  authored: Authored,
): ReadonlyMap<string, Named> {
  const all = named("plugins", catalogue.plugin, scope, authored);
  for (const [key, given] of entriesOf(authored.document, "plugins"))
    if (!isWrong(authored.wrong, ["plugins", key])) judge(key, given, all.get(key), authored);
  return new Map([...all].map(([key, one]) => [key, { ...one, name: pluginName(one.name) }]));
}

function judge(
  key: string,
  given: JsonObject,
  plugin: Named | undefined,
  { root, report }: Authored,
): void {
  const at = (...below: string[]) => keyPlace(root, ["plugins", key, ...below]);
  const { name = "", external } = plugin ?? {};
  if (external) return;
  if (given.source === undefined)
    report.error(
      `the plugin \`${key}\` needs a \`source\``,
      at(),
      "for example vieux/sshfs:latest",
    );
  if (given.name !== undefined && given.adopt !== true) {
    const hint = "say `adopt: true` to manage whatever has that name, or `external: true`";
    report.error(`nothing would tell that the plugin ${name} is this stack's`, at("name"), hint);
  }
  if (given.name === undefined && given.adopt === true)
    report.error("`adopt` needs a `name`", at("adopt"), "name the plugin that is to be taken over");
  if (given.name === undefined && name !== name.toLowerCase())
    report.error(`${name} is no name for a plugin`, at(), "engines want it in lower case");
}

/** What the engine has no place for, such as `grant`, belongs to the resource too. */
export function pluginResources({ plugins, root }: Model): readonly Resource[] {
  return [...plugins.values()].map(({ key, name, external, values }) => {
    const { name: _, external: __, adopt, ...spec } = values;
    const { file, line, column } = keyPlace(root, ["plugins", key]);
    return {
      address: `plugin.${key}` as const,
      kind: "plugin" as const,
      key,
      name,
      spec,
      needs: [],
      ...(external && { external }),
      ...(adopt === true && { adopt: true }),
      place: { file, line, column },
    };
  });
}

/** The plugin of the stack that is the driver, if one is. */
export function pluginNeeds(driver: Json | undefined, { plugins }: Model): readonly Dependency[] {
  const name = pluginName(text(driver));
  const found = [...plugins.values()].find((plugin) => plugin.name === name);
  if (!found) return [];
  return [{ on: `plugin.${found.key}`, condition: "started", required: true }];
}
