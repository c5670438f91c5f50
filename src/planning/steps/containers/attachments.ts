import { endpointOf } from "../../../attributes/container/network/networks-codec.ts";
import type { InPlaceUpdate } from "../../../attributes/core/attribute.ts";
import { at, member, record } from "../../../attributes/values/json.ts";
import type { ObservedContainer } from "../../../model/observed-state.ts";
import type { Ref } from "../../../model/operations/fields.ts";
import type { Resource } from "../../../model/stack.ts";
import type { ContainerDecision } from "../../decisions/container.ts";
import { type GraphContext, imageNodes, leavesOf, refOf } from "../../graph/context.ts";
import type { StepNode } from "../../graph/step-graph.ts";

function networkRef({ plan: context }: GraphContext, name: string): Ref {
  const found = context.observed.networks.find((network) => network.name === name);
  return found ? { name, id: found.id } : { name };
}

interface Reattachment {
  readonly resource: Resource;
  readonly found: ObservedContainer;
  readonly reason: string;
  readonly stays: boolean;
}

/** Takes a container off a network that goes, and puts it on its replacement as its spec asks. */
export function detachAndReattach(
  context: GraphContext,
  network: Ref,
  { resource, found, reason, stays }: Reattachment,
): { leave: StepNode; comeBack: ((created: StepNode) => StepNode) | undefined } {
  const { graph } = context;
  const container = refOf(found);
  const leave = graph.add(
    resource.address,
    { operation: "network.disconnect", container, network },
    reason,
    imageNodes(context),
  );
  context.disconnects.set(found.id, [...leavesOf(context, found), leave]);
  const endpoint = stays ? endpointOf(resource.spec, network.name) : undefined;
  if (!endpoint) return { leave, comeBack: undefined };
  const comeBack = (created: StepNode): StepNode =>
    graph.add(
      resource.address,
      { operation: "network.connect", container, network: { name: network.name }, endpoint },
      reason,
      [created],
    );
  return { leave, comeBack };
}

type Reconnection = Extract<InPlaceUpdate, { connect: unknown }>;

/**
 * Leaves and joins networks. A changed endpoint is left and joined again, since the engine refuses
 * a second connect. A network that goes has its own steps for those who are on it.
 */
export function reconnect(
  context: GraphContext,
  { resource, found }: ContainerDecision & { readonly found: ObservedContainer },
  operations: Reconnection,
  awake: StepNode | undefined,
): readonly StepNode[] {
  const { graph, leavingNetworks } = context;
  const { address } = resource;
  const container = refOf(found);
  const attached = record(at(found.json, "NetworkSettings", "Networks"));
  const moved = (network: string) =>
    leavingNetworks.has(network) && member(attached, network) !== undefined;
  const left = new Map<string, StepNode>();
  for (const network of operations.disconnect.filter((each) => !moved(each))) {
    const reason = member(operations.connect, network)
      ? "its endpoint changes"
      : "it leaves this network";
    const work = {
      operation: "network.disconnect",
      container,
      network: networkRef(context, network),
    } as const;
    left.set(network, graph.add(address, work, reason, [awake, ...imageNodes(context)]));
  }
  const joined = Object.entries(operations.connect)
    .filter(([network]) => !moved(network))
    .map(([network, endpoint]) => {
      const ref = leavingNetworks.has(network) ? { name: network } : networkRef(context, network);
      const work = { operation: "network.connect", container, network: ref, endpoint } as const;
      const after = [left.get(network), context.networks.get(network), awake];
      return graph.add(address, work, "it joins this network", after);
    });
  return [...left.values(), ...joined];
}
