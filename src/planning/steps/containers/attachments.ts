import { endpointOf } from "../../../attributes/container/network/networks-codec.ts";
import type { InPlace } from "../../../attributes/core/attribute.ts";
import { at, member, record } from "../../../attributes/values/json.ts";
import type { FoundContainer } from "../../../model/observed-state.ts";
import type { Ref } from "../../../model/plan.ts";
import type { Resource } from "../../../model/stack.ts";
import type { Verdict } from "../../decisions/container.ts";
import { allPulls, type Ground, leavesOf, refOf } from "../../graph/context.ts";
import type { Draft } from "../../graph/step-graph.ts";

function networkRef({ survey }: Ground, name: string): Ref {
  const found = survey.observed.networks.find((network) => network.name === name);
  return found ? { name, id: found.id } : { name };
}

interface Moving {
  readonly resource: Resource;
  readonly found: FoundContainer;
  readonly because: string;
  readonly stays: boolean;
}

/** Takes a container off a network that goes, and puts it on its successor as its spec asks. */
export function reattach(
  ground: Ground,
  network: Ref,
  { resource, found, because, stays }: Moving,
): { leave: Draft; comeBack: ((created: Draft) => Draft) | undefined } {
  const { drafts } = ground;
  const container = refOf(found);
  const leave = drafts.add(
    resource.address,
    { do: "disconnect", container, network },
    because,
    allPulls(ground),
  );
  ground.leaves.set(found.id, [...leavesOf(ground, found), leave]);
  const endpoint = stays ? endpointOf(resource.spec, network.name) : undefined;
  if (!endpoint) return { leave, comeBack: undefined };
  const comeBack = (created: Draft): Draft =>
    drafts.add(
      resource.address,
      { do: "connect", container, network: { name: network.name }, endpoint },
      because,
      [created],
    );
  return { leave, comeBack };
}

type Moves = Extract<InPlace, { connect: unknown }>;

/**
 * Leaves and joins networks. A changed endpoint is left and joined again, since the engine refuses
 * a second connect. A network that goes has its own steps for those who are on it.
 */
export function move(
  ground: Ground,
  { resource, found }: Verdict & { readonly found: FoundContainer },
  moves: Moves,
  awake: Draft | undefined,
): readonly Draft[] {
  const { drafts, leavingNetworks } = ground;
  const { address } = resource;
  const container = refOf(found);
  const attached = record(at(found.json, "NetworkSettings", "Networks"));
  const moved = (network: string) =>
    leavingNetworks.has(network) && member(attached, network) !== undefined;
  const left = new Map<string, Draft>();
  for (const network of moves.disconnect.filter((each) => !moved(each))) {
    const why = member(moves.connect, network)
      ? "its endpoint changes"
      : "it is to leave this network";
    const work = { do: "disconnect", container, network: networkRef(ground, network) } as const;
    left.set(network, drafts.add(address, work, why, [awake, ...allPulls(ground)]));
  }
  const joined = Object.entries(moves.connect)
    .filter(([network]) => !moved(network))
    .map(([network, endpoint]) => {
      const ref = leavingNetworks.has(network) ? { name: network } : networkRef(ground, network);
      const work = { do: "connect", container, network: ref, endpoint } as const;
      const after = [left.get(network), ground.networks.get(network), awake];
      return drafts.add(address, work, "it is to join this network", after);
    });
  return [...left.values(), ...joined];
}
