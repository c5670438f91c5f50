import { at, record, text } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import type { FoundContainer } from "../../model/observed-state.ts";
import type { Work } from "../../model/plan.ts";
import type { Address } from "../../model/stack.ts";
import { isUp } from "../context/container-status.ts";
import {
  addressOn,
  hostPorts,
  macsOf,
  overlap,
  portsHeld,
  portsOf,
  sharedAddresses,
  sharedMacs,
} from "../context/host-resources.ts";
import type { Verdict } from "../decisions/container.ts";
import type { Built, Ground } from "./context.ts";
import { ancestors } from "./network-order.ts";
import type { Draft, Drafts } from "./step-graph.ts";

/**
 * Names, ports of the host and fixed addresses belong to one container at a time: who takes one
 * over waits for the step that frees it.
 */
export function handOver({ drafts, survey }: Ground, built: ReadonlyMap<Address, Built>): void {
  const { containers } = survey.observed;
  const restarted = new Set([...built.values()].flatMap(({ stop }) => stop ?? []));
  const freed = new Map(containers.map((found) => [found, freeing(drafts, found, restarted)]));
  const wait = (draft: Draft, found: FoundContainer, free: Draft | undefined): void => {
    if (free && free !== draft && idIn(draft.work) !== found.id) draft.after.add(free);
  };
  for (const draft of drafts.of("create container", "rename")) {
    for (const [found, { name }] of freed) {
      if (found.name === nameIn(draft.work)) wait(draft, found, name);
    }
  }
  const up = new Set(containers.filter(isUp).map(({ id }) => id));
  const moves: { readonly draft: Draft; readonly found: FoundContainer }[] = [];
  for (const draft of drafts.of("connect")) {
    // One that does not run takes its address when it starts.
    if (!up.has(idIn(draft.work) ?? "")) continue;
    const { network, endpoint } = draft.work as Extract<Work, { do: "connect" }>;
    for (const [found, free] of freed) {
      if (!hasAddressOf(found, network.name, endpoint)) continue;
      wait(draft, found, free.address(network.name));
      if (idIn(draft.work) !== found.id) moves.push({ draft, found });
    }
  }
  for (const { start, verdict } of built.values()) {
    if (!start) continue;
    const { spec } = verdict.resource;
    for (const [found, free] of freed) {
      if (found === verdict.found) continue;
      const exclusive = portsHeld(found, spec).length > 0 || sharedMacs(found, spec).length > 0;
      if (exclusive) wait(start, found, free.ports);
      for (const network of sharedAddresses(found, spec)) {
        wait(start, found, free.address(network));
        moves.push({ draft: start, found });
      }
    }
  }
  for (const { draft, found } of moves) afterSettled(drafts, draft, found);
}

/**
 * Who runs on elsewhere has its way back as long as nobody has what it gives up: so that is taken when
 * all is done to it, unless the two wait for each other, as in a swap.
 */
function afterSettled(drafts: Drafts, draft: Draft, found: FoundContainer): void {
  for (const other of drafts.of("connect", "update")) {
    if (idIn(other.work) === found.id && !ancestors(other).has(draft)) draft.after.add(other);
  }
}

const idIn = (work: Work): string | undefined =>
  "container" in work ? work.container.id : undefined;
const nameIn = (work: Work): string | undefined =>
  work.do === "rename" ? work.to : work.do === "create container" ? work.name : undefined;

/** The drafts after which a container no longer has its name, its ports, or an address. */
function freeing(drafts: Drafts, found: FoundContainer, restarted: ReadonlySet<Draft>) {
  const first = (...kinds: readonly Work["do"][]) =>
    drafts.of(...kinds).find(({ work }) => idIn(work) === found.id);
  const stops = first("stop");
  // What is only restarted takes them again.
  const stop = stops && restarted.has(stops) ? undefined : stops;
  const left = drafts.of("disconnect").filter(({ work }) => idIn(work) === found.id);
  return {
    name: first("rename") ?? first("remove container"),
    ports: stop,
    address: (network: string) =>
      left.find(({ work }) => "network" in work && work.network.name === network) ?? stop,
  };
}

/** Whether one of the fixed addresses that an endpoint asks is the live container's on the network. */
function hasAddressOf(found: FoundContainer, network: string, endpoint: JsonObject): boolean {
  return ["IPv4Address", "IPv6Address"].some((family) => {
    const asked = text(at(endpoint, "IPAMConfig", family));
    return asked !== "" && addressOn(found, network, family) === asked;
  });
}

/** By container: another one that takes over its name, a port of the host or an address. */
export function heirsOf(verdicts: readonly Verdict[]): ReadonlyMap<string, Address> {
  const heirs = [...takersOf(verdicts)].flatMap(([id, [heir]]): [string, Address][] =>
    heir ? [[id, heir]] : [],
  );
  return new Map(heirs);
}

/** By container: all others that take something over from it. */
export function takersOf(verdicts: readonly Verdict[]): ReadonlyMap<string, readonly Address[]> {
  const takers = new Map<string, { readonly by: Address; readonly ip: string }[]>();
  for (const { resource, action } of verdicts) {
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
  for (const { resource, found } of verdicts) {
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
export function swapping(verdicts: readonly Verdict[]): ReadonlySet<string> {
  const renamed = verdicts.filter(
    ({ found, action, resource }) => found && action !== "replace" && found.name !== resource.name,
  );
  const byName = new Map(renamed.map((verdict) => [verdict.found?.name, verdict]));
  const result = new Set<string>();
  const done = new Set<Verdict>();
  for (const verdict of renamed) {
    const path = new Set<Verdict>();
    let next: Verdict | undefined = verdict;
    while (next && !done.has(next) && !path.has(next)) {
      path.add(next);
      next = byName.get(next.resource.name);
    }
    if (next?.found && path.has(next)) result.add(next.found.id);
    for (const each of path) done.add(each);
  }
  return result;
}
