import { modeNetwork } from "../../attributes/container/network/networks-codec.ts";
import { at, record, text } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import type { OperationName } from "../../model/operations/operations.ts";
import type { Address } from "../../model/stack.ts";
import { isActive } from "../context/container-status.ts";
import type { ContainerNodes, GraphContext } from "./context.ts";
import type { StepNode } from "./step-graph.ts";

/**
 * The order in which containers come to networks: the network of a container's mode is there before
 * it joins any or starts, and fixed addresses are taken before the engine gives any away.
 */
export function orderNetworks(
  context: GraphContext,
  built: ReadonlyMap<Address, ContainerNodes>,
): void {
  modesFirst(context, built);
  fixedFirst(context, built);
}

/** Operations that take an address of a network. */
const JOINS: ReadonlySet<OperationName> = new Set(["network.connect", "container.start"]);

/** From 28 on an engine refuses both while the network of the mode is not there. */
function modesFirst(
  { graph, networks }: GraphContext,
  built: ReadonlyMap<Address, ContainerNodes>,
): void {
  for (const { decision } of built.values()) {
    const { found, resource } = decision;
    const made = found && networks.get(modeNetwork(found.json) ?? "");
    if (!made) continue;
    for (const node of graph.on(resource.address))
      if (isOf(node, found.id) && JOINS.has(node.work.operation)) node.dependsOn.add(made);
  }
}

/** A node with which a container takes an address of a network. */
interface Taker {
  readonly node: StepNode;
  readonly fixed: boolean;
}

function fixedFirst(context: GraphContext, built: ReadonlyMap<Address, ContainerNodes>): void {
  for (const takers of takersByNetwork(context, built).values()) {
    const others = takers.filter(({ fixed }) => !fixed);
    for (const { node } of takers.filter(({ fixed }) => fixed)) {
      if (others.length === 0) break;
      // Whoever it needs comes before it all the same.
      const before = ancestors(node);
      for (const other of others) if (!before.has(other.node)) other.node.dependsOn.add(node);
    }
  }
}

function takersByNetwork({ graph }: GraphContext, built: ReadonlyMap<Address, ContainerNodes>) {
  const takers = new Map<string, Taker[]>();
  const take = (network: string, node: StepNode, fixed: boolean): void => {
    const known = takers.get(network);
    if (known) known.push({ node, fixed });
    else takers.set(network, [{ node, fixed }]);
  };
  for (const { start, decision } of built.values()) {
    const { found, resource } = decision;
    if (start)
      for (const [network, endpoint] of Object.entries(record(resource.spec.networks)))
        take(network, start, isFixed(record(endpoint)));
    if (!found || !isActive(found)) continue;
    for (const node of graph.on(resource.address)) {
      const { work } = node;
      if (work.operation !== "network.connect" || !isOf(node, found.id)) continue;
      const { IPv4Address, IPv6Address } = record(at(work.endpoint, "IPAMConfig"));
      take(work.network.name, node, text(IPv4Address) !== "" || text(IPv6Address) !== "");
    }
  }
  return takers;
}

const isFixed = ({ ipv4_address: v4, ipv6_address: v6 }: JsonObject): boolean =>
  v4 !== undefined || v6 !== undefined;

const isOf = ({ work }: StepNode, id: string): boolean =>
  "container" in work && work.container.id === id;

/** All nodes that a node waits for, and itself. */
export function ancestors(node: StepNode): ReadonlySet<StepNode> {
  const all = new Set([node]);
  // A set that grows while it is walked: what is added is visited too.
  for (const each of all) {
    for (const before of each.dependsOn) all.add(before);
    for (const before of each.dependsOnCompletion) all.add(before);
    for (const before of each.until) all.add(before);
  }
  return all;
}
