import { catalogue } from "../../attributes/catalogue.ts";
import { defaultSettings } from "../../attributes/objects/plugin.ts";
import { asSet, text, texts } from "../../attributes/values/json.ts";
import type { Change, Delta } from "../../model/change.ts";
import type { Ref } from "../../model/operations/fields.ts";
import type { Operation, OperationName } from "../../model/operations/operations.ts";
import type { BlockedChange } from "../../model/plan.ts";
import type { Address, Resource } from "../../model/stack.ts";
import { ofKind, type PlanContext } from "../context/context.ts";
import type { PlanMode } from "../context/mode.ts";
import { originOf } from "../decisions/container.ts";
import type { Orphans } from "../decisions/orphans.ts";
import {
  differsIn,
  findUser,
  foundPlugin,
  needsDisable,
  type PluginDecision,
  privilegesOf,
  settingsAfter,
} from "../decisions/plugins.ts";
import { creationDeltas } from "../diff/attributes.ts";
import type { RollbackStep, StepGraph, StepNode } from "../graph/step-graph.ts";

export function pluginChange(
  context: PlanContext,
  { resource, action, difference }: PluginDecision,
): readonly Change[] {
  if (action === "none") return [];
  const { address, kind, name, spec } = resource;
  const own = difference?.deltas ?? creationDeltas(catalogue.plugin, spec);
  const pulls = !difference || differsIn(difference, "source");
  const deltas = [...own, ...(pulls ? gained(context, resource) : [])];
  const reason = difference ? "settings differ" : "it does not exist";
  const origin = difference ? originOf(own) : "file";
  const unchanged = difference?.unchanged ?? 0;
  return [{ address, kind, name, action, reason, origin, deltas, unchanged }];
}

/** What it may do from then on, since `grant: all` does not say it. */
function gained(context: PlanContext, resource: Resource): readonly Delta[] {
  const byName = Map.groupBy(privilegesOf(context, resource), ({ Name }) => text(Name));
  return [...byName].map(([name, all]) => ({
    attribute: `grant.${name}`,
    after: asSet(all.flatMap(({ Value }) => texts(Value))),
    origin: "file",
    inPlace: true,
  }));
}

/** Installs and changes plugins; returns, by address, the node after which each can be used. */
export function pluginSteps(
  context: PlanContext,
  graph: StepGraph,
  decisions: readonly PluginDecision[],
): ReadonlyMap<Address, StepNode> {
  const ready = new Map<Address, StepNode>();
  for (const decision of decisions) {
    if (decision.action === "none") continue;
    const chain = new Chain(graph, decision.resource.address);
    if (decision.action === "create") install(context, decision.resource, chain);
    else change(context, decision, chain);
    if (chain.last) ready.set(decision.resource.address, chain.last);
  }
  return ready;
}

/** Steps of one plugin, each after the former. */
class Chain {
  last: StepNode | undefined;
  readonly #drafts: StepGraph;
  readonly #address: Address;

  constructor(graph: StepGraph, address: Address) {
    this.#drafts = graph;
    this.#address = address;
  }

  add(work: Operation, reason: string, rollbackStep?: RollbackStep): StepNode {
    const node = this.#drafts.add(this.#address, work, reason, [this.last]);
    if (rollbackStep) {
      node.onFailure = [rollbackStep];
      node.onSkip = [rollbackStep];
    }
    this.last = node;
    return node;
  }
}

function install(context: PlanContext, resource: Resource, chain: Chain): void {
  const { name, spec } = resource;
  const plugin: Ref = { name };
  const privileges = privilegesOf(context, resource);
  const source = text(spec.source);
  chain.add({ operation: "plugin.install", name, source, privileges }, "it does not exist");
  const settings = settingsAfter(resource, {}, undefined);
  if (Object.keys(settings).length > 0)
    chain.add({ operation: "plugin.set", plugin, settings }, "it has other settings at first");
  if (spec.enabled !== false)
    chain.add({ operation: "plugin.enable", plugin }, "it is disabled at first");
}

function change(
  context: PlanContext,
  { resource, found, difference }: PluginDecision,
  chain: Chain,
): void {
  if (!found || !difference) return;
  const { address, spec } = resource;
  const plugin: Ref = { name: found.name, id: found.id };
  const upgrades = differsIn(difference, "source");
  const wasUp = found.json.Enabled === true;
  const reason = "an engine changes a plugin only while it is disabled";
  const back: RollbackStep = {
    work: { operation: "plugin.enable", plugin },
    address: address,
    reason: "it was enabled before",
  };
  const rollbackStep = wasUp && spec.enabled !== false ? back : undefined;
  if (needsDisable(difference, found))
    chain.add(
      { operation: "plugin.disable", plugin },
      spec.enabled === false ? "the file says so" : reason,
    );
  if (upgrades) {
    const privileges = privilegesOf(context, resource);
    const source = text(spec.source);
    chain.add(
      { operation: "plugin.upgrade", plugin, source, privileges },
      "the file names another",
      rollbackStep,
    );
  }
  const settings = settingsAfter(resource, defaultSettings(found.json), difference);
  const sets = upgrades || differsIn(difference, "settings");
  if (sets && Object.keys(settings).length > 0)
    chain.add({ operation: "plugin.set", plugin, settings }, "it has other settings", rollbackStep);
  if (spec.enabled === false) return;
  const enable = chain.add(
    { operation: "plugin.enable", plugin },
    wasUp ? "it was disabled to change it" : "it is disabled",
  );
  if (rollbackStep) enable.onSkip = [rollbackStep];
}

const USES: readonly OperationName[] = [
  ...(["network.create", "volume.create", "container.create"] as const),
  ...(["network.connect", "container.start"] as const),
];

/** Whatever is made or started on a plugin of the stack waits until that can be used. */
export function awaitPlugins(
  { resources }: PlanContext,
  graph: StepGraph,
  ready: ReadonlyMap<Address, StepNode>,
): void {
  if (ready.size === 0) return;
  const needed = (address: Address) => (resources.get(address)?.needs ?? []).map(({ on }) => on);
  for (const node of graph.of(...USES)) {
    const direct = needed(node.address);
    for (const on of [...direct, ...direct.flatMap(needed)]) {
      const plugin = ready.get(on);
      if (plugin) node.dependsOn.add(plugin);
    }
  }
}

/** A whole engine shares its plugins, so only a destroy that says so removes those of the file. */
export function removals(
  context: PlanContext,
  { purpose: mode, order, plugins = false }: PlanMode,
  { volumes, networks }: Orphans,
) {
  const named = mode === "destroy" ? ofKind(order, "plugin") : [];
  const there = named.filter(
    (one) => !one.external && context.targeting.isTarget(one.address) && foundPlugin(context, one),
  );
  const user = ({ name }: Resource) => findUser(context, name, [...volumes, ...networks]);
  const going = plugins ? there.filter((one) => user(one) === undefined) : [];
  const held = there
    .filter((one) => !going.includes(one))
    .map((resource): BlockedChange => {
      const { address, name } = resource;
      const kept = { address, name, action: "remove", required: false } as const;
      const reason = plugins
        ? { reason: `${user(resource)} uses it` }
        : { reason: "the whole engine shares its plugins", flag: "--plugins" };
      return { ...kept, ...reason, change: removalChange(resource) };
    });
  return { going, held, changes: going.map(removalChange) };
}

function removalChange({ address, kind, name }: Resource): Change {
  const reason = "the stack is destroyed";
  const change = { address, kind, name, action: "remove", reason } as const;
  return { ...change, origin: "file", deltas: [], unchanged: 0 };
}

/** Plugins go when nothing of the stack is left that could use them. */
export function removePlugins(
  context: PlanContext,
  graph: StepGraph,
  going: readonly Resource[],
): void {
  const before = graph.of("container.remove", "volume.remove", "network.remove");
  for (const resource of going) {
    const found = foundPlugin(context, resource);
    if (!found) continue;
    const plugin: Ref = { name: found.name, id: found.id };
    const { address } = resource;
    const disable =
      found.json.Enabled === true
        ? graph.add(address, { operation: "plugin.disable", plugin }, "it is removed", before)
        : undefined;
    const reason = "its removal was permitted";
    graph.add(address, { operation: "plugin.remove", plugin }, reason, [disable, ...before]);
  }
}
