import { isConnected } from "../../attributes/container/network/endpoint.ts";
import { at, record, text } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Address } from "../../model/stack.ts";
import { isActive } from "../context/container-status.ts";
import type { ContainerDecision } from "../decisions/container.ts";
import { shouldRun } from "../diff/run-state.ts";
import type { ContainerNodes, GraphContext } from "../graph/context.ts";
import type { StepNode } from "../graph/step-graph.ts";
import { detachAndReattach } from "./containers/attachments.ts";

/*
 * An engine gives away fixed addresses of who does not run. Whoever of the stack has been given one
 * that another is to have joins its network again, and has another address then.
 */

/** By the container that is to have an address: what takes another off it. */
export type Releases = ReadonlyMap<Address, readonly StepNode[]>;

/** Comes before the container steps, which wait for these nodes. */
export function releaseAddresses(
  context: GraphContext,
  decisions: readonly ContainerDecision[],
): Releases {
  const yields = new Map<Address, readonly StepNode[]>();
  for (const decision of decisions) {
    const { resource, action, found } = decision;
    if (action === "none" || !shouldRun(resource)) continue;
    for (const [network, endpoint] of Object.entries(record(resource.spec.networks))) {
      const ip = text(record(endpoint).ipv4_address);
      if (!ip || context.leavingNetworks.has(network)) continue;
      const holder = decisions.find(
        (other) => other.found !== found && staysOn(other, network) && has(other, network, ip),
      );
      if (!holder?.found) continue;
      const reason = `${resource.name} is to have its address`;
      const moving = { resource: holder.resource, found: holder.found, reason, stays: true };
      const { leave, comeBack } = detachAndReattach(context, { name: network }, moving);
      if (comeBack) context.reconnects.add(comeBack(leave));
      yields.set(resource.address, [...(yields.get(resource.address) ?? []), leave]);
    }
  }
  return yields;
}

/** Who takes such an address waits until it is free. */
export function waitForRelease(
  { graph }: GraphContext,
  yields: Releases,
  built: ReadonlyMap<Address, ContainerNodes>,
) {
  for (const [address, leaves] of yields) {
    const { start } = built.get(address) ?? {};
    const takers = [...(start ? [start] : []), ...connectsOf(graph.on(address))];
    for (const taker of takers) for (const leave of leaves) taker.dependsOn.add(leave);
  }
}

const connectsOf = (graph: readonly StepNode[]): readonly StepNode[] =>
  graph.filter(({ work }) => work.operation === "network.connect");

/** It neither stops nor leaves the network of its own account, nor is anything about that changed. */
function staysOn(
  { resource, action, found, inPlace, restart, transition }: ContainerDecision,
  on: string,
) {
  if (!found || !isActive(found) || restart || action === "replace" || action === "create")
    return false;
  if (transition?.operations.includes("stop")) return false;
  const operations = inPlace.some(
    (each) => "connect" in each && (each.disconnect.includes(on) || on in each.connect),
  );
  return !operations && record(resource.spec.networks)[on] !== undefined;
}

/** Whether it has the address, which nobody has asked for it. */
function has({ found, resource }: ContainerDecision, network: string, ip: string): boolean {
  const entry = entryOf(found, network);
  if (!found || !isConnected(found.json, entry)) return false;
  const asked = record(record(resource.spec.networks)[network]).ipv4_address;
  return text(entry.IPAddress) === ip && asked === undefined;
}

const entryOf = (found: ObservedContainer | undefined, network: string): JsonObject =>
  record(at(found?.json, "NetworkSettings", "Networks", network));
