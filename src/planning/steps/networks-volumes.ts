import { at, record } from "../../attributes/values/json.ts";
import type { ObservedContainer, ObservedNetwork } from "../../model/observed-state.ts";
import type { Address, Resource } from "../../model/stack.ts";
import { wantsSubnetOf } from "../checks/subnets.ts";
import { mountedVolumes, networkOrVolumeBody } from "../context/create-body.ts";
import { namedReason } from "../decisions/changes.ts";
import type { ContainerDecision } from "../decisions/container.ts";
import type { NetworkVolumeDecision } from "../decisions/networks-volumes.ts";
import type { Orphans } from "../decisions/orphans.ts";
import { type GraphContext, imageNodes } from "../graph/context.ts";
import type { StepNode } from "../graph/step-graph.ts";
import { detachAndReattach } from "./containers/attachments.ts";
import { formerNetwork } from "./containers/rejoin-network.ts";
import { removeOnce } from "./containers/remove.ts";

/** What is decided about the containers on a network or volume that goes. */
export interface Users {
  readonly decisions: readonly ContainerDecision[];
  /** By container: the node that removes what is no longer in the stack file. */
  readonly removed: ReadonlyMap<string, StepNode>;
}

/** Networks of the stack that go before others can come, since they replace them or their subnets. */
export function networksToRemoveFirst(
  networks: readonly NetworkVolumeDecision[],
  gone: Orphans,
): ReadonlySet<ObservedNetwork> {
  const made = networks.filter(({ action }) => action === "create" || action === "replace");
  const replaced = made.flatMap(({ action, found }) =>
    action === "replace" && found ? [found] : [],
  );
  const evicted = gone.networks.filter((old) => made.some((each) => wantsSubnetOf(each, old)));
  return new Set([...replaced, ...evicted]);
}

/** Networks: those that make room go first, with all that is on them; then come the new ones. */
export function networkSteps(
  context: GraphContext,
  networks: readonly NetworkVolumeDecision[],
  leaving: ReadonlySet<ObservedNetwork>,
  users: Users,
): void {
  const made = networks.filter(({ action }) => action === "create" || action === "replace");
  // Sorted, since an engine tells them in any order.
  const exits = [...leaving].sort(byName).map((found) => {
    const replaced = made.find((decision) => decision.found === found);
    const address = replaced?.resource.address ?? addressOf(found);
    context.formerNetworks.set(found.name, formerNetwork(found, address));
    return { found, replaced, ...detachAll(context, found, replaced?.resource, users) };
  });
  for (const decision of made) {
    const { resource, found } = decision;
    const before = exits.filter(
      (exit) => exit.found === found || wantsSubnetOf(decision, exit.found),
    );
    const reason = found ? namedReason(resource, decision.asked) : "it does not exist";
    const removes = before.map(({ remove }) => remove);
    const create = createNamed(context, resource, reason, removes);
    const back = before.flatMap((exit) => context.formerNetworks.get(exit.found.name) ?? []);
    if (back.length > 0) {
      create.onFailure = back;
      create.onSkip = back;
    }
    for (const remove of removes) remove.onFailure = back;
    context.networks.set(resource.name, create);
    for (const { replaced, returns } of exits) {
      if (replaced === decision) for (const each of returns) context.reconnects.add(each(create));
    }
  }
}

/** Takes every container off the network and removes it; `returns`: what brings them back. */
function detachAll(
  context: GraphContext,
  found: ObservedNetwork,
  replacement: Resource | undefined,
  { decisions, removed }: Users,
) {
  const network = { name: found.name, id: found.id };
  const reason = replacement
    ? "the network is replaced"
    : "its subnet is needed by another network";
  const operations = attachedTo(context, found.name).flatMap((container) => {
    const gone = removed.get(container.id);
    if (gone) return [{ leave: gone, comeBack: undefined }];
    const decision = decisions.find((each) => each.found?.id === container.id);
    const owner = decision?.resource ?? context.plan.resources.get(ownerOf(container));
    if (!owner) return [];
    const stays =
      replacement !== undefined && decision !== undefined && decision.action !== "replace";
    return [
      detachAndReattach(context, network, { resource: owner, found: container, reason, stays }),
    ];
  });
  const remove = context.graph.add(
    replacement?.address ?? addressOf(found),
    { operation: "network.remove", network },
    replacement ? "it is replaced" : "its subnet is needed by another network",
    [...operations.map(({ leave }) => leave), ...imageNodes(context)],
  );
  return { remove, returns: operations.flatMap(({ comeBack }) => comeBack ?? []) };
}

const addressOf = ({ owner, name }: ObservedNetwork): Address =>
  owner?.address ?? `network.${name}`;

const ownerOf = ({ owner }: ObservedContainer): Address => owner?.address ?? "container.";

function attachedTo(
  { plan: context }: GraphContext,
  network: string,
): readonly ObservedContainer[] {
  const kept = new Set([...context.failed.values()].flat());
  const attached = context.observed.containers.filter(
    (found) =>
      !kept.has(found) &&
      record(at(found.json, "NetworkSettings", "Networks"))[network] !== undefined,
  );
  return attached.sort(byName);
}

const byName = (one: { readonly name: string }, other: { readonly name: string }): number =>
  one.name < other.name ? -1 : 1;

export function volumeSteps(
  context: GraphContext,
  volumes: readonly NetworkVolumeDecision[],
  removed: Users["removed"],
): void {
  for (const { resource, found, action, asked } of volumes) {
    if (action === "create")
      context.volumes.set(resource.name, createNamed(context, resource, "it does not exist"));
    if (!found || !context.replacedVolumes.has(resource.name)) continue;
    const gone = context.plan.observed.containers
      .filter((container) => mountedVolumes(container).includes(resource.name))
      .map((user) => removeOnce(context, ownerOf(user), user, "a volume that it uses is replaced"));
    const remove = context.graph.add(
      resource.address,
      { operation: "volume.remove", volume: { name: found.name, id: found.id } },
      "its replacement was permitted",
      [...gone, ...removed.values(), ...imageNodes(context)],
    );
    context.volumes.set(
      resource.name,
      createNamed(context, resource, namedReason(resource, asked), [remove]),
    );
  }
}

function createNamed(
  context: GraphContext,
  resource: Resource,
  reason: string,
  after: Iterable<StepNode | undefined> = [],
): StepNode {
  const body = networkOrVolumeBody(context.plan, resource);
  const operation = resource.kind === "network" ? "network.create" : "volume.create";
  return context.graph.add(
    resource.address,
    { operation, name: resource.name, body },
    reason,
    after,
  );
}

/** Networks and volumes go last, when nothing of ours is on them any more. */
export function removeNetworksAndVolumes(
  context: GraphContext,
  gone: Orphans,
  leaving: ReadonlySet<ObservedNetwork>,
): void {
  // One that is kept for inspection holds its volumes.
  const lost = new Set(gone.volumes.map(({ name }) => name));
  for (const [address, kept] of context.plan.failed) {
    for (const found of kept)
      if (mountedVolumes(found).some((name) => lost.has(name)))
        removeOnce(context, address, found, "a volume that it uses is removed");
  }
  const last = [
    ...context.graph.of("container.remove", "network.disconnect"),
    ...imageNodes(context),
  ];
  for (const { name, id, owner } of gone.networks.filter((found) => !leaving.has(found))) {
    const work = { operation: "network.remove", network: { name, id } } as const;
    const address = owner?.address ?? `network.${name}`;
    context.graph.add(address, work, "nothing needs it any more", last);
  }
  for (const { name, id, owner } of gone.volumes) {
    const work = { operation: "volume.remove", volume: { name, id } } as const;
    context.graph.add(owner?.address ?? `volume.${name}`, work, "its removal was permitted", last);
  }
}
