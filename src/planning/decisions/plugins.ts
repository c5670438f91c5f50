import { catalogue } from "../../attributes/catalogue.ts";
import { pluginName } from "../../attributes/objects/plugin.ts";
import { record, text, texts } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ObservedPlugin, ObservedVolume } from "../../model/observed-state.ts";
import type { Conflict } from "../../model/plan.ts";
import type { Resource } from "../../model/stack.ts";
import { type PlanContext, targeted } from "../context/context.ts";
import { type AttributeDiff, diffAttributes } from "../diff/attributes.ts";

/** What becomes of one plugin; it is always changed in place, and never replaced. */
export interface PluginDecision {
  readonly resource: Resource;
  readonly action: "create" | "update" | "none";
  readonly found?: ObservedPlugin;
  readonly difference?: AttributeDiff;
  readonly conflicts: readonly Conflict[];
}

/** A plugin is known by its name alone, since it carries no labels. */
export function decidePlugins(context: PlanContext): readonly PluginDecision[] {
  return targeted(context, "plugin").map((resource) => {
    const found = foundPlugin(context, resource);
    if (resource.external)
      return { resource, action: "none", conflicts: found ? [] : [missing(resource)] };
    if (!found) return { resource, action: "create", conflicts: ungranted(context, resource) };
    const difference = comparePlugin(context, resource, found);
    const conflicts = [
      ...(context.options.replacing?.includes(resource.address) ? [neverReplaced(resource)] : []),
      ...(differsIn(difference, "source") ? ungranted(context, resource) : []),
      ...(needsDisable(difference, found) ? inUse(context, resource) : []),
    ];
    const action = difference.deltas.length > 0 ? "update" : "none";
    return { resource, action, found, difference, conflicts };
  });
}

export function foundPlugin(
  { observed }: PlanContext,
  { name }: Resource,
): ObservedPlugin | undefined {
  return observed.plugins?.find((plugin) => plugin.name === name);
}

function comparePlugin(
  context: PlanContext,
  resource: Resource,
  found: ObservedPlugin,
): AttributeDiff {
  return diffAttributes(catalogue.plugin, resource.spec, {
    json: found.json,
    lastApplied: {},
    // There is no label that could tell whose a difference is.
    adopted: true,
    api: context.observed.engine.api,
    secrets: context.options.secrets,
    digest: context.options.digest,
    redact: context.redact,
    networkId: () => undefined,
    containerId: () => undefined,
    file: () => undefined,
  });
}

export function differsIn({ deltas }: AttributeDiff, name: string): boolean {
  return deltas.some(({ attribute }) => attribute === name || attribute.startsWith(`${name}.`));
}

/** An engine changes only what is disabled, and disables only what nothing uses. */
export function needsDisable({ deltas }: AttributeDiff, { json }: ObservedPlugin): boolean {
  return json.Enabled === true && deltas.length > 0;
}

function missing({ address, name }: Resource): Conflict {
  return {
    address,
    message: `the external plugin ${name} is not on the engine`,
    hint: `install it (docker plugin install --alias ${name} REFERENCE), or drop \`external: true\``,
  };
}

function neverReplaced({ address, name }: Resource): Conflict {
  const message = `the plugin ${name} is changed in place, and never replaced`;
  return { address, message, hint: "drop --replace, or name another `source`" };
}

/** The privileges that the plugin's author asks for, found out by the engine at the registry. */
export function privilegesOf({ observed }: PlanContext, { spec }: Resource): readonly JsonObject[] {
  return observed.privileges?.[text(spec.source)] ?? [];
}

function ungranted(context: PlanContext, resource: Resource): Conflict[] {
  const { address, spec } = resource;
  const source = text(spec.source);
  if (!context.observed.privileges?.[source])
    return [
      {
        address,
        message: `the engine cannot find out which privileges the plugin ${source} wants`,
        hint: "check the reference, and whether the engine reaches its registry and has a login",
      },
    ];
  if (spec.grant === "all") return [];
  const lacking = privilegesOf(context, resource).flatMap((wanted): [string, string[]][] => {
    const name = text(wanted.Name);
    const granted = texts(record(spec.grant)[name]);
    const values = texts(wanted.Value).filter((value) => !granted.includes(value));
    return values.length > 0 ? [[name, values]] : [];
  });
  if (lacking.length === 0) return [];
  const all = lacking.map(([name, values]) => `${name} ${values.join(", ")}`).join("; ");
  const grant = `grant: ${JSON.stringify(Object.fromEntries(lacking))}`;
  return [
    {
      address,
      message: `the plugin ${source} wants privileges that are not granted: ${all}`,
      hint: `grant them, if its author has your trust: \`${grant}\``,
    },
  ];
}

/** A volume or network that a plugin drives, whoever made it, but for those that go. */
export function findUser(
  { observed }: PlanContext,
  name: string,
  going: readonly unknown[] = [],
): string | undefined {
  const drives = (found: ObservedVolume) =>
    pluginName(text(found.json.Driver)) === name && !going.includes(found);
  const volume = observed.volumes.find(drives);
  if (volume) return `the volume ${volume.name}`;
  const network = observed.networks.find(drives);
  return network && `the network ${network.name}`;
}

function inUse(context: PlanContext, { address, name }: Resource): Conflict[] {
  const user = findUser(context, name);
  if (user === undefined) return [];
  return [
    {
      address,
      message: `the plugin ${name} must be disabled for this change, and ${user} uses it`,
      hint: "remove that first, or leave the plugin as it is",
    },
  ];
}

/** All that is asked to be set, and back to its default what is not asked any more. */
export function settingsAfter(
  { spec }: Resource,
  defaults: Readonly<Record<string, string>>,
  difference: AttributeDiff | undefined,
): Readonly<Record<string, string>> {
  const asked = record(spec.settings) as Record<string, string>;
  const dropped = (difference?.deltas ?? []).flatMap(({ attribute }): [string, string][] => {
    const [kind = "", ...rest] = attribute.split(".");
    const name = rest.join(".");
    const value = defaults[name];
    const goes = kind === "settings" && asked[name] === undefined && value !== undefined;
    return goes ? [[name, value]] : [];
  });
  return { ...Object.fromEntries(dropped), ...asked };
}
