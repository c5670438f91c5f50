import { at, record, text } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Operation, OperationName, OperationOf } from "../../model/operations/operations.ts";
import type { Address } from "../../model/stack.ts";
import { isActive } from "../context/container-status.ts";
import {
  addressOn,
  conflictingAddresses,
  conflictingMacs,
  conflictingPorts,
  hostPorts,
  macsOf,
  overlap,
  portsOf,
} from "../context/host-resources.ts";
import type { ContainerDecision } from "../decisions/container.ts";
import type { ContainerNodes, GraphContext } from "./context.ts";
import { ancestors } from "./network-order.ts";
import type { StepGraph, StepNode } from "./step-graph.ts";

/**
 * Names, ports of the host and fixed addresses belong to one container at a time: who takes one
 * over waits for the step that frees it.
 */
export function orderTakeovers(
  { graph, plan: context }: GraphContext,
  built: ReadonlyMap<Address, ContainerNodes>,
): void {
  const { containers } = context.observed;
  const restarted = new Set([...built.values()].flatMap(({ stop }) => stop ?? []));
  const freed = new Map(containers.map((found) => [found, freeing(graph, found, restarted)]));
  const wait = (node: StepNode, found: ObservedContainer, free: StepNode | undefined): void => {
    if (free && free !== node && idIn(node.work) !== found.id) node.dependsOn.add(free);
  };
  for (const node of graph.of("container.create", "container.rename")) {
    for (const [found, { name }] of freed) {
      if (found.name === nameIn(node.work)) wait(node, found, name);
    }
  }
  const up = new Set(containers.filter(isActive).map(({ id }) => id));
  const operations: { readonly node: StepNode; readonly found: ObservedContainer }[] = [];
  for (const node of graph.of("network.connect")) {
    // One that does not run takes its address when it starts.
    if (!up.has(idIn(node.work) ?? "")) continue;
    const { network, endpoint } = node.work as OperationOf<"network.connect">;
    for (const [found, free] of freed) {
      if (!hasAddressOf(found, network.name, endpoint)) continue;
      wait(node, found, free.address(network.name));
      if (idIn(node.work) !== found.id) operations.push({ node, found });
    }
  }
  for (const { start, decision } of built.values()) {
    if (!start) continue;
    const { spec } = decision.resource;
    for (const [found, free] of freed) {
      if (found === decision.found) continue;
      const exclusive =
        conflictingPorts(found, spec).length > 0 || conflictingMacs(found, spec).length > 0;
      if (exclusive) wait(start, found, free.ports);
      for (const network of conflictingAddresses(found, spec)) {
        wait(start, found, free.address(network));
        operations.push({ node: start, found });
      }
    }
  }
  for (const { node, found } of operations) afterRenames(graph, node, found);
}

/**
 * Who runs on elsewhere can be rolled back as long as nobody has what it gives up: so that is taken when
 * all is done to it, unless the two wait for each other, as in a swap.
 */
function afterRenames(graph: StepGraph, node: StepNode, found: ObservedContainer): void {
  for (const other of graph.of("network.connect", "container.update")) {
    if (idIn(other.work) === found.id && !ancestors(other).has(node)) node.dependsOn.add(other);
  }
}

const idIn = (work: Operation): string | undefined =>
  "container" in work ? work.container.id : undefined;
const nameIn = (work: Operation): string | undefined =>
  work.operation === "container.rename"
    ? work.to
    : work.operation === "container.create"
      ? work.name
      : undefined;

/** The nodes after which a container no longer has its name, its ports, or an address. */
function freeing(graph: StepGraph, found: ObservedContainer, restarted: ReadonlySet<StepNode>) {
  const first = (...kinds: readonly OperationName[]) =>
    graph.of(...kinds).find(({ work }) => idIn(work) === found.id);
  const stops = first("container.stop");
  // What is only restarted takes them again.
  const stop = stops && restarted.has(stops) ? undefined : stops;
  const left = graph.of("network.disconnect").filter(({ work }) => idIn(work) === found.id);
  return {
    name: first("container.rename") ?? first("container.remove"),
    ports: stop,
    address: (network: string) =>
      left.find(({ work }) => "network" in work && work.network.name === network) ?? stop,
  };
}

/** Whether one of the fixed addresses that an endpoint asks is the live container's on the network. */
function hasAddressOf(found: ObservedContainer, network: string, endpoint: JsonObject): boolean {
  return ["IPv4Address", "IPv6Address"].some((family) => {
    const asked = text(at(endpoint, "IPAMConfig", family));
    return asked !== "" && addressOn(found, network, family) === asked;
  });
}

/** By container: another one that takes over its name, a port of the host or an address. */
export function takeovers(decisions: readonly ContainerDecision[]): ReadonlyMap<string, Address> {
  const heirs = [...takersOf(decisions)].flatMap(([id, [takeover]]): [string, Address][] =>
    takeover ? [[id, takeover]] : [],
  );
  return new Map(heirs);
}

/** By container: all others that take something over from it. */
export function takersOf(
  decisions: readonly ContainerDecision[],
): ReadonlyMap<string, readonly Address[]> {
  const takers = new Map<string, { readonly by: Address; readonly ip: string }[]>();
  for (const { resource, action } of decisions) {
    if (action === "none") continue;
    const { address, name, spec } = resource;
    const fixed = Object.entries(record(spec.networks)).flatMap(([network, endpoint]) =>
      ["ipv4_address", "ipv6_address"].map((family) => {
        const ip = record(endpoint)[family];
        return ip === undefined ? "" : `address ${network} ${text(ip)}`;
      }),
    );
    const ports = hostPorts(spec).map(({ ip, port, protocol }) => ({
      what: `port ${port}/${protocol}`,
      ip,
    }));
    const macs = Object.values(record(spec.networks)).flatMap((endpoint) => {
      const mac = record(endpoint).mac_address;
      return mac === undefined ? [] : [`mac ${text(mac)}`];
    });
    const others = [`name ${name}`, ...fixed, ...macs].map((what) => ({ what, ip: "" }));
    for (const { what, ip } of [...ports, ...others])
      if (what) takers.set(what, [...(takers.get(what) ?? []), { by: address, ip }]);
  }
  const all = new Map<string, readonly Address[]>();
  for (const { resource, found } of decisions) {
    if (!found) continue;
    const attached = Object.keys(record(at(found.json, "NetworkSettings", "Networks")));
    const addresses = attached.flatMap((network) =>
      ["IPv4Address", "IPv6Address"].map(
        (family) => `address ${network} ${text(addressOn(found, network, family))}`,
      ),
    );
    const macs = macsOf(found.json).map((mac) => `mac ${mac}`);
    const has = [
      ...[`name ${found.name}`, ...addresses, ...macs].map((what) => ({ what, ip: "" })),
      ...portsOf(found).map(({ port, ip }) => ({ what: `port ${port}`, ip })),
    ];
    const by = has.flatMap(({ what, ip }) =>
      (takers.get(what) ?? []).filter((each) => overlap(each.ip, ip)).map((each) => each.by),
    );
    const others = by.filter((each) => each !== resource.address);
    if (others.length > 0) all.set(found.id, [...new Set(others)]);
  }
  return all;
}

/**
 * Containers that are renamed in place and whose names go round in a circle; of each circle one
 * steps aside.
 */
export function nameSwaps(decisions: readonly ContainerDecision[]): ReadonlySet<string> {
  const renamed = decisions.filter(
    ({ found, action, resource }) => found && action !== "replace" && found.name !== resource.name,
  );
  const byName = new Map(renamed.map((decision) => [decision.found?.name, decision]));
  const result = new Set<string>();
  const done = new Set<ContainerDecision>();
  for (const decision of renamed) {
    const path = new Set<ContainerDecision>();
    let next: ContainerDecision | undefined = decision;
    while (next && !done.has(next) && !path.has(next)) {
      path.add(next);
      next = byName.get(next.resource.name);
    }
    if (next?.found && path.has(next)) result.add(next.found.id);
    for (const each of path) done.add(each);
  }
  return result;
}
