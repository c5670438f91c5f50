import { catalogue } from "../../attributes/catalogue.ts";
import { defaultSettings } from "../../attributes/objects/plugin.ts";
import { asSet, text, texts } from "../../attributes/values/json.ts";
import type { Change, Delta } from "../../model/change.ts";
import type { Held, Ref, Work } from "../../model/plan.ts";
import type { Address, Resource } from "../../model/stack.ts";
import { ofKind, type Survey } from "../context/context.ts";
import type { Purpose } from "../context/mode.ts";
import { originOf } from "../decisions/container.ts";
import type { Leftovers } from "../decisions/orphans.ts";
import {
  differsIn,
  foundPlugin,
  mustStop,
  type PluginVerdict,
  privilegesOf,
  settingsAfter,
  userOf,
} from "../decisions/plugins.ts";
import { creation } from "../diff/attributes.ts";
import type { Draft, Drafts, Remedy } from "../graph/step-graph.ts";

export function pluginChange(
  world: Survey,
  { resource, action, difference }: PluginVerdict,
): readonly Change[] {
  if (action === "none") return [];
  const { address, kind, name, spec } = resource;
  const own = difference?.deltas ?? creation(catalogue.plugin, spec);
  const pulls = !difference || differsIn(difference, "source");
  const deltas = [...own, ...(pulls ? gained(world, resource) : [])];
  const reason = difference ? "it is not as asked" : "it does not exist";
  const origin = difference ? originOf(own) : "file";
  const unchanged = difference?.unchanged ?? 0;
  return [{ address, kind, name, action, reason, origin, deltas, unchanged }];
}

/** What it may do from then on, since `grant: all` does not say it. */
function gained(world: Survey, resource: Resource): readonly Delta[] {
  const byName = Map.groupBy(privilegesOf(world, resource), ({ Name }) => text(Name));
  return [...byName].map(([name, all]) => ({
    attribute: `grant.${name}`,
    after: asSet(all.flatMap(({ Value }) => texts(Value))),
    origin: "file",
    live: true,
  }));
}

/** What installs and changes plugins; by address, the draft after which each of them can be used. */
export function providePlugins(
  world: Survey,
  drafts: Drafts,
  verdicts: readonly PluginVerdict[],
): ReadonlyMap<Address, Draft> {
  const ready = new Map<Address, Draft>();
  for (const verdict of verdicts) {
    if (verdict.action === "none") continue;
    const chain = new Chain(drafts, verdict.resource.address);
    if (verdict.action === "create") install(world, verdict.resource, chain);
    else change(world, verdict, chain);
    if (chain.last) ready.set(verdict.resource.address, chain.last);
  }
  return ready;
}

/** Steps of one plugin, each after the former. */
class Chain {
  last: Draft | undefined;
  readonly #drafts: Drafts;
  readonly #address: Address;

  constructor(drafts: Drafts, address: Address) {
    this.#drafts = drafts;
    this.#address = address;
  }

  add(work: Work, because: string, remedy?: Remedy): Draft {
    const draft = this.#drafts.add(this.#address, work, because, [this.last]);
    if (remedy) {
      draft.ifFails = [remedy];
      draft.ifSkipped = [remedy];
    }
    this.last = draft;
    return draft;
  }
}

function install(world: Survey, resource: Resource, chain: Chain): void {
  const { name, spec } = resource;
  const plugin: Ref = { name };
  const privileges = privilegesOf(world, resource);
  const source = text(spec.source);
  chain.add({ do: "install plugin", name, source, privileges }, "it does not exist");
  const settings = settingsAfter(resource, {}, undefined);
  if (Object.keys(settings).length > 0)
    chain.add({ do: "set plugin", plugin, settings }, "it has other settings at first");
  if (spec.enabled !== false) chain.add({ do: "enable plugin", plugin }, "it is disabled at first");
}

function change(world: Survey, { resource, found, difference }: PluginVerdict, chain: Chain): void {
  if (!found || !difference) return;
  const { address, spec } = resource;
  const plugin: Ref = { name: found.name, id: found.id };
  const upgrades = differsIn(difference, "source");
  const wasUp = found.json.Enabled === true;
  const because = "an engine changes a plugin only while it is disabled";
  const back: Remedy = {
    work: { do: "enable plugin", plugin },
    target: address,
    because: "it was enabled before",
  };
  const remedy = wasUp && spec.enabled !== false ? back : undefined;
  if (mustStop(difference, found))
    chain.add(
      { do: "disable plugin", plugin },
      spec.enabled === false ? "the file says so" : because,
    );
  if (upgrades) {
    const privileges = privilegesOf(world, resource);
    const source = text(spec.source);
    chain.add(
      { do: "upgrade plugin", plugin, source, privileges },
      "the file names another",
      remedy,
    );
  }
  const settings = settingsAfter(resource, defaultSettings(found.json), difference);
  const sets = upgrades || differsIn(difference, "settings");
  if (sets && Object.keys(settings).length > 0)
    chain.add({ do: "set plugin", plugin, settings }, "it has other settings", remedy);
  if (spec.enabled === false) return;
  const enable = chain.add(
    { do: "enable plugin", plugin },
    wasUp ? "it was disabled to change it" : "it is disabled",
  );
  if (remedy) enable.ifSkipped = [remedy];
}

const USES: readonly Work["do"][] = [
  ...(["create network", "create volume", "create container"] as const),
  ...(["connect", "start"] as const),
];

/** Whatever is made or started on a plugin of the stack waits until that can be used. */
export function awaitPlugins(
  { resources }: Survey,
  drafts: Drafts,
  ready: ReadonlyMap<Address, Draft>,
): void {
  if (ready.size === 0) return;
  const needed = (address: Address) => (resources.get(address)?.needs ?? []).map(({ on }) => on);
  for (const draft of drafts.of(...USES)) {
    const direct = needed(draft.target);
    for (const on of [...direct, ...direct.flatMap(needed)]) {
      const plugin = ready.get(on);
      if (plugin) draft.after.add(plugin);
    }
  }
}

/** A whole engine shares its plugins, so only a destroy that says so removes those of the file. */
export function removals(
  world: Survey,
  { purpose, order, plugins = false }: Purpose,
  { volumes, networks }: Leftovers,
) {
  const named = purpose === "destroy" ? ofKind(order, "plugin") : [];
  const there = named.filter(
    (one) => !one.external && world.scope.names(one.address) && foundPlugin(world, one),
  );
  const user = ({ name }: Resource) => userOf(world, name, [...volumes, ...networks]);
  const going = plugins ? there.filter((one) => user(one) === undefined) : [];
  const held = there
    .filter((one) => !going.includes(one))
    .map((resource): Held => {
      const { address, name } = resource;
      const kept = { address, name, action: "remove", blocks: false } as const;
      const why = plugins
        ? { reason: `${user(resource)} uses it` }
        : { reason: "the whole engine shares its plugins", flag: "--plugins" };
      return { ...kept, ...why, change: removalChange(resource) };
    });
  return { going, held, changes: going.map(removalChange) };
}

function removalChange({ address, kind, name }: Resource): Change {
  const reason = "the stack is destroyed";
  const change = { address, kind, name, action: "remove", reason } as const;
  return { ...change, origin: "file", deltas: [], unchanged: 0 };
}

/** Plugins go when nothing of the stack is left that could use them. */
export function removePlugins(world: Survey, drafts: Drafts, going: readonly Resource[]): void {
  const before = drafts.of("remove container", "remove volume", "remove network");
  for (const resource of going) {
    const found = foundPlugin(world, resource);
    if (!found) continue;
    const plugin: Ref = { name: found.name, id: found.id };
    const { address } = resource;
    const disable =
      found.json.Enabled === true
        ? drafts.add(address, { do: "disable plugin", plugin }, "it is removed", before)
        : undefined;
    const because = "its removal was permitted";
    drafts.add(address, { do: "remove plugin", plugin }, because, [disable, ...before]);
  }
}
