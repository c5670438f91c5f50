import { modeNetwork } from "../../attributes/container/network/networks-codec.ts";
import { at, record, text } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Address } from "../../model/stack.ts";
import { isUp } from "../context/container-status.ts";
import type { Built, Ground } from "./context.ts";
import type { Draft } from "./step-graph.ts";

/**
 * The order in which containers come to networks: the network of a container's mode is there before
 * it joins any or starts, and fixed addresses are taken before the engine gives any away.
 */
export function orderNetworks(ground: Ground, built: ReadonlyMap<Address, Built>): void {
  modesFirst(ground, built);
  fixedFirst(ground, built);
}

/** From 28 on an engine refuses both while the network of the mode is not there. */
function modesFirst({ drafts, networks }: Ground, built: ReadonlyMap<Address, Built>): void {
  for (const { verdict } of built.values()) {
    const { found, resource } = verdict;
    const made = found && networks.get(modeNetwork(found.json) ?? "");
    if (!made) continue;
    for (const draft of drafts.on(resource.address))
      if (isOf(draft, found.id) && ["connect", "start"].includes(draft.work.do))
        draft.after.add(made);
  }
}

/** A draft with which a container takes an address of a network. */
interface Taker {
  readonly draft: Draft;
  readonly fixed: boolean;
}

function fixedFirst(ground: Ground, built: ReadonlyMap<Address, Built>): void {
  for (const takers of takersByNetwork(ground, built).values()) {
    const others = takers.filter(({ fixed }) => !fixed);
    for (const { draft } of takers.filter(({ fixed }) => fixed)) {
      if (others.length === 0) break;
      // Whoever it needs comes before it all the same.
      const before = ancestors(draft);
      for (const other of others) if (!before.has(other.draft)) other.draft.after.add(draft);
    }
  }
}

function takersByNetwork({ drafts }: Ground, built: ReadonlyMap<Address, Built>) {
  const takers = new Map<string, Taker[]>();
  const take = (network: string, draft: Draft, fixed: boolean): void => {
    const known = takers.get(network);
    if (known) known.push({ draft, fixed });
    else takers.set(network, [{ draft, fixed }]);
  };
  for (const { start, verdict } of built.values()) {
    const { found, resource } = verdict;
    if (start)
      for (const [network, endpoint] of Object.entries(record(resource.spec.networks)))
        take(network, start, isFixed(record(endpoint)));
    if (!found || !isUp(found)) continue;
    for (const draft of drafts.on(resource.address)) {
      const { work } = draft;
      if (work.do !== "connect" || !isOf(draft, found.id)) continue;
      const { IPv4Address, IPv6Address } = record(at(work.endpoint, "IPAMConfig"));
      take(work.network.name, draft, text(IPv4Address) !== "" || text(IPv6Address) !== "");
    }
  }
  return takers;
}

const isFixed = ({ ipv4_address: v4, ipv6_address: v6 }: JsonObject): boolean =>
  v4 !== undefined || v6 !== undefined;

const isOf = ({ work }: Draft, id: string): boolean =>
  "container" in work && work.container.id === id;

/** All that a draft waits for, and itself. */
export function ancestors(draft: Draft): ReadonlySet<Draft> {
  const all = new Set([draft]);
  // A set that grows while it is walked: what is added is visited too.
  for (const each of all) {
    for (const before of each.after) all.add(before);
    for (const before of each.afterEnd) all.add(before);
    for (const before of each.until) all.add(before);
  }
  return all;
}
