import { catalogue } from "../../attributes/catalogue.ts";
import type { Scope } from "../../attributes/core/attribute.ts";
import { isMap, record } from "../../attributes/values/json.ts";
import { type Authored, canonicals, isFit } from "../attributes/canonicalize.ts";
import { type Environment, environmentFor, hooksFor } from "../attributes/environment.ts";
import { labelsFor } from "../attributes/labels.ts";
import { profilesFor } from "../attributes/profiles.ts";
import { isWrong } from "../schema/validate.ts";
import { building } from "./builds.ts";
import { configs, secrets } from "./configs-secrets.ts";
import { type Container, dependencies, firstName, type Model } from "./model.ts";
import { entriesOf, images, named, withBuild } from "./named-objects.ts";
import { pluginsOf } from "./plugins.ts";

/** Every entry in canonical form; references find the engine names of what the stack declares. */
export function modelled(stack: string, authored: Authored, outside: Environment): Model {
  const { document, root, report } = authored;
  const bare = bareScope(stack, authored, outside);
  const plugins = pluginsOf(bare, authored);
  const based = (key: string): Scope => ({
    ...bare(key),
    plugin: (name) => plugins.get(name)?.name,
  });
  const networks = named("networks", catalogue.network, based, authored);
  const volumes = named("volumes", catalogue.volume, based, authored);
  const texts = configs(bare, authored, outside);
  const tokens = secrets(bare, authored, outside);
  const built = (key: string): Scope => ({ ...bare(key), secret: (name) => tokens.get(name) });
  const declared = images(built, authored, outside);
  const implied = (name: string) => (name === "default" ? `${stack}_default` : undefined);
  const scope = (key: string): Scope => ({
    ...based(key),
    network: (name) => networks.get(name)?.name ?? implied(name),
    volume: (name) => volumes.get(name)?.name,
    image: (name) => declared.get(name)?.source || undefined,
    config: (name) => texts.get(name),
    secret: (name) => tokens.get(name),
    container: (name) => {
      const other = record(document.containers)[name];
      return isMap(other) ? firstName(stack, name, other) : undefined;
    },
  });
  const containers = entriesOf(document, "containers")
    .filter(([key]) => isMap(record(document.containers)[key]))
    .map(([key, given]) => {
      return container(key, given, scope(key), authored, outside);
    });
  const sections = { plugins, networks, volumes, images: declared };
  const byKey = new Map(containers.map((one) => [one.key, one]));
  return { stack, root, report, ...sections, containers: byKey, scope };
}

/** What can be asked before anything is declared. */
function bareScope(stack: string, { document }: Authored, { files, compose }: Environment) {
  return (key: string): Scope => ({
    stack,
    key,
    keys: (kind) => entriesOf(document, kind).map(([name]) => name),
    network: () => undefined,
    volume: () => undefined,
    plugin: () => undefined,
    image: () => undefined,
    config: () => undefined,
    secret: () => undefined,
    container: () => undefined,
    path: (path) => files.fromBase(path),
    ...(compose && { createsHostPaths: true }),
  });
}

function container(
  key: string,
  given: Container["authored"],
  scope: Scope,
  authored: Authored,
  outside: Environment,
): Container {
  const path = ["containers", key] as const;
  const sound = (...names: string[]) =>
    !names.some((name) => isWrong(authored.wrong, [...path, name]));
  // What cannot be parsed is left as it is written, and told with the other attributes.
  const parses = (...names: (keyof typeof catalogue.container)[]) =>
    names.every(
      (name) => given[name] === undefined || isFit(catalogue.container[name], given[name], scope),
    );
  const environment =
    sound("environment", "env_file") && parses("environment")
      ? environmentFor(key, given, outside)
      : undefined;
  const labels =
    sound("labels", "label_file") && parses("labels") ? labelsFor(key, given, outside) : undefined;
  const named = withBuild(given, `${scope.stack}-${key}`, "image", outside);
  const hooks =
    sound("post_start", "pre_stop") && parses("post_start", "pre_stop")
      ? hooksFor(key, given, outside)
      : undefined;
  const profiles = sound("security_opt") ? profilesFor(key, given, outside) : undefined;
  const asked = {
    ...{ ...named, ...hooks },
    ...(profiles && { security_opt: profiles }),
    ...(environment && { environment }),
    ...(labels && { labels }),
  };
  const values = canonicals(catalogue.container, path, asked, scope, authored);
  const build = building(values.build, [...path, "build"], outside);
  const needs = dependencies({ authored: given, values });
  return { key, authored: given, values, dependencies: needs, ...(build && { build }) };
}
