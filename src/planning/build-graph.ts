import type { ObservedContainer } from "../model/observed-state.ts";
import type { Address, Resource } from "../model/stack.ts";
import type { PlanContext } from "./context/context.ts";
import type { PlanMode } from "./context/mode.ts";
import type { ContainerDecision } from "./decisions/container.ts";
import type { NetworkVolumeDecision } from "./decisions/networks-volumes.ts";
import type { Orphans } from "./decisions/orphans.ts";
import type { PluginDecision } from "./decisions/plugins.ts";
import { chooseAddresses } from "./graph/chosen-addresses.ts";
import type { ContainerNodes, GraphContext } from "./graph/context.ts";
import { batches, dependencies, watchUntilAllReady } from "./graph/dependencies.ts";
import { exchangesOf, linkExchanges } from "./graph/exchanges.ts";
import { orderNetworks } from "./graph/network-order.ts";
import { keepWatching } from "./graph/readiness.ts";
import { StepGraph, type StepNode } from "./graph/step-graph.ts";
import { nameSwaps, orderTakeovers } from "./graph/takeovers.ts";
import { removeAnonymous } from "./steps/anonymous-volumes.ts";
import { containerSteps } from "./steps/containers/containers.ts";
import { lostNetworkNotes } from "./steps/containers/rejoin-network.ts";
import { removeSteps, stopOf } from "./steps/containers/remove.ts";
import { undoUpdates } from "./steps/containers/undo-update.ts";
import { imageSteps } from "./steps/images.ts";
import {
  networkSteps,
  networksToRemoveFirst,
  removeNetworksAndVolumes,
  volumeSteps,
} from "./steps/networks-volumes.ts";
import { awaitPlugins, pluginSteps, removePlugins } from "./steps/plugins.ts";
import { pushSteps } from "./steps/push.ts";
import { releaseAddresses, waitForRelease } from "./steps/release-addresses.ts";

/** All that has been decided, before it becomes steps. */
export interface Decisions {
  readonly plugins: readonly PluginDecision[];
  /** Plugins that go. */
  readonly removedPlugins: readonly Resource[];
  readonly networks: readonly NetworkVolumeDecision[];
  readonly volumes: readonly NetworkVolumeDecision[];
  readonly containers: readonly ContainerDecision[];
  readonly images: readonly Resource[];
  readonly replaced: ReadonlySet<string>;
  readonly orphans: Orphans;
  readonly updateOrders: GraphContext["updateOrders"];
  readonly takeovers: GraphContext["takeovers"];
  readonly mode: PlanMode;
}

/** @returns the steps, and what could not come back after a failure */
export function buildGraph(context: PlanContext, decided: Decisions) {
  const graph = new StepGraph();
  const {
    networks,
    volumes,
    containers: decisions,
    images,
    orphans: gone,
    replaced,
    updateOrders,
    takeovers,
  } = decided;
  const leaving = networksToRemoveFirst(networks, gone);
  const exchanges = exchangesOf(decisions);
  const ground: GraphContext = {
    plan: context,
    graph,
    images: imageSteps(context, graph, images),
    networks: new Map(),
    volumes: new Map(),
    leavingNetworks: new Set([...leaving].map(({ name }) => name)),
    replacedVolumes: replaced,
    reconnects: new Set(),
    disconnects: new Map(),
    formerNetworks: new Map(),
    chosen: chooseAddresses(context, decisions),
    updateOrders,
    takeovers,
    exchanged: new Set([...exchanges.values()].flat()),
    swapping: nameSwaps(decisions),
  };
  pushSteps(context, graph, ground.images);
  const ready = pluginSteps(context, graph, decided.plugins);
  const removed = removeContainers(ground, decided);
  networkSteps(ground, networks, leaving, { decisions: decisions, removed });
  const yields = releaseAddresses(ground, decisions);
  volumeSteps(ground, volumes, removed);
  const built = new Map<Address, ContainerNodes>();
  for (const decision of decisions)
    built.set(decision.resource.address, containerSteps(ground, decision));
  dependencies(ground, built);
  batches(ground, built);
  orderTakeovers(ground, built);
  waitForRelease(ground, yields, built);
  orderNetworks(ground, built);
  watchUntilAllReady(ground, built);
  keepWatching(graph, built);
  const undone = undoUpdates(ground, exchanges, built);
  removeNetworksAndVolumes(ground, gone, leaving);
  awaitPlugins(context, graph, ready);
  removePlugins(context, graph, decided.removedPlugins);
  const unrecoverable = [
    ...linkExchanges(ground, exchanges, built, undone),
    ...lostNetworkNotes(ground),
  ];
  return { drafts: graph, unrecoverable };
}

/** Removes what is no longer named, dependents before what they depend on. */
function removeContainers(
  context: GraphContext,
  { orphans: gone, mode }: Decisions,
): Map<string, StepNode> {
  const removed = new Map<string, StepNode>();
  const needs = new Map(mode.order.resources.map(({ address, needs }) => [address, needs]));
  const build = (found: ObservedContainer, path: readonly string[]): StepNode => {
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
      return stopOf(context, each) ?? gone;
    });
    const reason =
      mode.purpose === "destroy" ? "the stack is destroyed" : "no longer in the stack file";
    const address = found.owner?.address ?? `container.${found.name}`;
    const node = removeSteps(context, address, found, reason, after);
    removed.set(found.id, node);
    return node;
  };
  const all = new Map(gone.containers.map((found) => [found, build(found, [])]));
  if (mode.volumes) removeAnonymous(context, mode.order, all);
  return removed;
}
