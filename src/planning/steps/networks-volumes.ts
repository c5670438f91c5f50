import { at, record } from "../../attributes/values/json.ts";
import type { FoundContainer, FoundNetwork } from "../../model/observed-state.ts";
import type { Address, Resource } from "../../model/stack.ts";
import { wantsSubnetOf } from "../checks/subnets.ts";
import { mountedBy, namedBody } from "../context/create-body.ts";
import { namedReason } from "../decisions/changes.ts";
import type { Verdict } from "../decisions/container.ts";
import type { NamedVerdict } from "../decisions/networks-volumes.ts";
import type { Leftovers } from "../decisions/orphans.ts";
import { allPulls, type Ground } from "../graph/context.ts";
import type { Draft } from "../graph/step-graph.ts";
import { reattach } from "./containers/attachments.ts";
import { formerNetwork } from "./containers/rejoin-network.ts";
import { removalOnce } from "./containers/remove.ts";

/** What is decided about the containers on a network or volume that goes. */
export interface Users {
  readonly verdicts: readonly Verdict[];
  /** By container: the draft that removes what the file no longer names. */
  readonly removed: ReadonlyMap<string, Draft>;
}

/** Networks of the stack that go before others can come, since they replace them or their subnets. */
export function makingRoom(
  networks: readonly NamedVerdict[],
  gone: Leftovers,
): ReadonlySet<FoundNetwork> {
  const made = networks.filter(({ action }) => action === "create" || action === "replace");
  const replaced = made.flatMap(({ action, found }) =>
    action === "replace" && found ? [found] : [],
  );
  const evicted = gone.networks.filter((old) => made.some((each) => wantsSubnetOf(each, old)));
  return new Set([...replaced, ...evicted]);
}

/** Networks: those that make room go first, with all that is on them; then come the new ones. */
export function provideNetworks(
  ground: Ground,
  networks: readonly NamedVerdict[],
  leaving: ReadonlySet<FoundNetwork>,
  users: Users,
): void {
  const made = networks.filter(({ action }) => action === "create" || action === "replace");
  // Sorted, since an engine tells them in any order.
  const exits = [...leaving].sort(byName).map((found) => {
    const replaced = made.find((verdict) => verdict.found === found);
    const address = replaced?.resource.address ?? addressOf(found);
    ground.formerNetworks.set(found.name, formerNetwork(found, address));
    return { found, replaced, ...vacate(ground, found, replaced?.resource, users) };
  });
  for (const verdict of made) {
    const { resource, found } = verdict;
    const before = exits.filter(
      (exit) => exit.found === found || wantsSubnetOf(verdict, exit.found),
    );
    const because = found ? namedReason(resource, verdict.asked) : "it does not exist";
    const removes = before.map(({ remove }) => remove);
    const create = createNamed(ground, resource, because, removes);
    const back = before.flatMap((exit) => ground.formerNetworks.get(exit.found.name) ?? []);
    if (back.length > 0) Object.assign(create, { ifFails: back, ifSkipped: back });
    for (const remove of removes) remove.ifFails = back;
    ground.networks.set(resource.name, create);
    for (const { replaced, returns } of exits) {
      if (replaced === verdict) for (const each of returns) ground.comebacks.add(each(create));
    }
  }
}

/** Takes every container off the network and removes it; `returns`: what brings them back. */
function vacate(
  ground: Ground,
  found: FoundNetwork,
  successor: Resource | undefined,
  { verdicts, removed }: Users,
) {
  const network = { name: found.name, id: found.id };
  const because = successor ? "the network is replaced" : "another network takes its addresses";
  const moves = attachedTo(ground, found.name).flatMap((container) => {
    const gone = removed.get(container.id);
    if (gone) return [{ leave: gone, comeBack: undefined }];
    const verdict = verdicts.find((each) => each.found?.id === container.id);
    const owner = verdict?.resource ?? ground.survey.resources.get(ownerOf(container));
    if (!owner) return [];
    const stays = successor !== undefined && verdict !== undefined && verdict.action !== "replace";
    return [reattach(ground, network, { resource: owner, found: container, because, stays })];
  });
  const remove = ground.drafts.add(
    successor?.address ?? addressOf(found),
    { do: "remove network", network },
    successor ? "it is replaced" : "another network takes its addresses",
    [...moves.map(({ leave }) => leave), ...allPulls(ground)],
  );
  return { remove, returns: moves.flatMap(({ comeBack }) => comeBack ?? []) };
}

const addressOf = ({ owner, name }: FoundNetwork): Address => owner?.address ?? `network.${name}`;

const ownerOf = ({ owner }: FoundContainer): Address => owner?.address ?? "container.";

function attachedTo({ survey }: Ground, network: string): readonly FoundContainer[] {
  const kept = new Set([...survey.failed.values()].flat());
  const attached = survey.observed.containers.filter(
    (found) =>
      !kept.has(found) &&
      record(at(found.json, "NetworkSettings", "Networks"))[network] !== undefined,
  );
  return attached.sort(byName);
}

const byName = (one: { readonly name: string }, other: { readonly name: string }): number =>
  one.name < other.name ? -1 : 1;

export function provideVolumes(
  ground: Ground,
  volumes: readonly NamedVerdict[],
  removed: Users["removed"],
): void {
  for (const { resource, found, action, asked } of volumes) {
    if (action === "create")
      ground.volumes.set(resource.name, createNamed(ground, resource, "it does not exist"));
    if (!found || !ground.replacedVolumes.has(resource.name)) continue;
    const gone = ground.survey.observed.containers
      .filter((container) => mountedBy(container).includes(resource.name))
      .map((user) => removalOnce(ground, ownerOf(user), user, "a volume that it uses is replaced"));
    const remove = ground.drafts.add(
      resource.address,
      { do: "remove volume", volume: { name: found.name, id: found.id } },
      "its replacement was permitted",
      [...gone, ...removed.values(), ...allPulls(ground)],
    );
    ground.volumes.set(
      resource.name,
      createNamed(ground, resource, namedReason(resource, asked), [remove]),
    );
  }
}

function createNamed(
  ground: Ground,
  resource: Resource,
  because: string,
  after: Iterable<Draft | undefined> = [],
): Draft {
  const body = namedBody(ground.survey, resource);
  const work = resource.kind === "network" ? "create network" : "create volume";
  return ground.drafts.add(
    resource.address,
    { do: work, name: resource.name, body },
    because,
    after,
  );
}

/** Networks and volumes go last, when nothing of ours is on them any more. */
export function removeNamed(
  ground: Ground,
  gone: Leftovers,
  leaving: ReadonlySet<FoundNetwork>,
): void {
  // One that is kept for inspection holds its volumes.
  const lost = new Set(gone.volumes.map(({ name }) => name));
  for (const [address, kept] of ground.survey.failed) {
    for (const found of kept)
      if (mountedBy(found).some((name) => lost.has(name)))
        removalOnce(ground, address, found, "a volume that it uses is removed");
  }
  const last = [...ground.drafts.of("remove container", "disconnect"), ...allPulls(ground)];
  for (const { name, id, owner } of gone.networks.filter((found) => !leaving.has(found))) {
    const work = { do: "remove network", network: { name, id } } as const;
    const address = owner?.address ?? `network.${name}`;
    ground.drafts.add(address, work, "nothing needs it any more", last);
  }
  for (const { name, id, owner } of gone.volumes) {
    const work = { do: "remove volume", volume: { name, id } } as const;
    ground.drafts.add(owner?.address ?? `volume.${name}`, work, "its removal was permitted", last);
  }
}
