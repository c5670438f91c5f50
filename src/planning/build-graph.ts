import type { FoundContainer } from "../model/observed-state.ts";
import type { Address, Resource } from "../model/stack.ts";
import type { Survey } from "./context/context.ts";
import type { Purpose } from "./context/mode.ts";
import type { Verdict } from "./decisions/container.ts";
import type { NamedVerdict } from "./decisions/networks-volumes.ts";
import type { Leftovers } from "./decisions/orphans.ts";
import type { PluginVerdict } from "./decisions/plugins.ts";
import { chooseAddresses } from "./graph/chosen-addresses.ts";
import type { Built, Ground } from "./graph/context.ts";
import { batches, dependencies, lookLast } from "./graph/dependencies.ts";
import { bindExchanges, exchangesOf } from "./graph/exchanges.ts";
import { orderNetworks } from "./graph/network-order.ts";
import { watchOn } from "./graph/readiness.ts";
import { type Draft, Drafts } from "./graph/step-graph.ts";
import { handOver, swapping } from "./graph/takeovers.ts";
import { removeAnonymous } from "./steps/anonymous-volumes.ts";
import { build } from "./steps/containers/containers.ts";
import { removal, stopOf } from "./steps/containers/remove.ts";
import { undoInPlace } from "./steps/containers/undo-update.ts";
import { imageDrafts } from "./steps/images.ts";
import {
  makingRoom,
  provideNetworks,
  provideVolumes,
  removeNamed,
} from "./steps/networks-volumes.ts";
import { awaitPlugins, providePlugins, removePlugins } from "./steps/plugins.ts";
import { publish } from "./steps/push.ts";
import { awaitWay, makeWay } from "./steps/release-addresses.ts";

/** All that has been decided, before it becomes steps. */
export interface Decisions {
  readonly plugins: readonly PluginVerdict[];
  /** Plugins that go. */
  readonly lost: readonly Resource[];
  readonly networks: readonly NamedVerdict[];
  readonly volumes: readonly NamedVerdict[];
  readonly verdicts: readonly Verdict[];
  readonly images: readonly Resource[];
  readonly replaced: ReadonlySet<string>;
  readonly gone: Leftovers;
  readonly rollouts: Ground["rollouts"];
  readonly heirs: Ground["heirs"];
  readonly purpose: Purpose;
}

/** @returns the steps, and what could not come back after a failure */
export function draftAll(world: Survey, decided: Decisions) {
  const drafts = new Drafts();
  const { networks, volumes, verdicts, images, gone, replaced, rollouts, heirs } = decided;
  const leaving = makingRoom(networks, gone);
  const exchanges = exchangesOf(verdicts);
  const ground: Ground = {
    survey: world,
    drafts,
    pulls: imageDrafts(world, drafts, images),
    networks: new Map(),
    volumes: new Map(),
    leavingNetworks: new Set([...leaving].map(({ name }) => name)),
    replacedVolumes: replaced,
    comebacks: new Set(),
    leaves: new Map(),
    formerNetworks: new Map(),
    chosen: chooseAddresses(world, verdicts),
    rollouts,
    heirs,
    exchanged: new Set([...exchanges.values()].flat()),
    swapping: swapping(verdicts),
  };
  publish(world, drafts, ground.pulls);
  const ready = providePlugins(world, drafts, decided.plugins);
  const removed = removeContainers(ground, decided);
  provideNetworks(ground, networks, leaving, { verdicts, removed });
  const yields = makeWay(ground, verdicts);
  provideVolumes(ground, volumes, removed);
  const built = new Map<Address, Built>();
  for (const verdict of verdicts) built.set(verdict.resource.address, build(ground, verdict));
  dependencies(ground, built);
  batches(ground, built);
  handOver(ground, built);
  awaitWay(ground, yields, built);
  orderNetworks(ground, built);
  lookLast(ground, built);
  watchOn(drafts, built);
  const undone = undoInPlace(ground, built);
  removeNamed(ground, gone, leaving);
  awaitPlugins(world, drafts, ready);
  removePlugins(world, drafts, decided.lost);
  const unrecoverable = bindExchanges(ground, exchanges, built, undone);
  return { drafts, unrecoverable };
}

/** Removes what is no longer named, dependents before what they depend on. */
function removeContainers(ground: Ground, { gone, purpose }: Decisions): Map<string, Draft> {
  const removed = new Map<string, Draft>();
  const needs = new Map(purpose.order.resources.map(({ address, needs }) => [address, needs]));
  const build = (found: FoundContainer, path: readonly string[]): Draft => {
    const known = removed.get(found.id);
    if (known) return known;
    const dependents = gone.containers.filter(
      (each) =>
        !path.includes(each.id) &&
        each.owner !== undefined &&
        needs.get(each.owner.address)?.some(({ on }) => on === found.owner?.address),
    );
    const after = dependents.map((each) => {
      const gone = build(each, [...path, found.id]);
      return stopOf(ground, each) ?? gone;
    });
    const because =
      purpose.purpose === "destroy" ? "the stack is destroyed" : "the file no longer names it";
    const address = found.owner?.address ?? `container.${found.name}`;
    const draft = removal(ground, address, found, because, after);
    removed.set(found.id, draft);
    return draft;
  };
  const all = new Map(gone.containers.map((found) => [found, build(found, [])]));
  if (purpose.volumes) removeAnonymous(ground, purpose.order, all);
  return removed;
}
