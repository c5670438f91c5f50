import { splitBinding } from "../../attributes/container/network/ports.ts";
import { at, list, record, text } from "../../attributes/values/json.ts";
import { hardwareAddress } from "../../attributes/values/units.ts";
import type { JsonObject } from "../../model/json.ts";
import type { FoundContainer } from "../../model/observed-state.ts";
import type { Work } from "../../model/plan.ts";
import type { Address, Resource } from "../../model/stack.ts";
import { isUp } from "../context/container-status.ts";
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

/** The fixed ports of the host, `8080/tcp`, that a live container is set to hold, and on which address. */
function portsOf({ json }: FoundContainer): readonly { port: string; ip: string }[] {
  return Object.entries(record(at(json, "HostConfig", "PortBindings"))).flatMap(([port, all]) =>
    list(all).map((binding) => {
      const { HostPort, HostIp } = record(binding);
      return { port: `${text(HostPort)}/${port.split("/")[1]}`, ip: text(HostIp) };
    }),
  );
}

/** Whether two containers could not both hold one port, each on its address of the host. */
function overlap(one: string, other: string): boolean {
  const isAny = (ip: string) => ["", "0.0.0.0", "::"].includes(ip);
  return one === other || isAny(one) || isAny(other);
}

/** Those of them that the spec publishes. */
export function portsHeld(found: FoundContainer, spec: JsonObject): readonly string[] {
  const held = portsOf(found);
  return hostPorts(spec).flatMap(({ ip, port, protocol }) => {
    const is = `${port}/${protocol}`;
    return held.some((each) => each.port === is && overlap(each.ip, ip)) ? [is] : [];
  });
}

function addressOn({ json }: FoundContainer, network: string, family = "IPv4Address") {
  return at(json, "NetworkSettings", "Networks", network, "IPAMConfig", family);
}

/** Whether one of the fixed addresses that an endpoint asks is the live container's on the network. */
function hasAddressOf(found: FoundContainer, network: string, endpoint: JsonObject): boolean {
  return ["IPv4Address", "IPv6Address"].some((family) => {
    const asked = text(at(endpoint, "IPAMConfig", family));
    return asked !== "" && addressOn(found, network, family) === asked;
  });
}

/** Networks on which the live container and the spec have the same fixed address. */
export function sharedAddresses(found: FoundContainer, spec: JsonObject): readonly string[] {
  return Object.entries(record(spec.networks)).flatMap(([network, endpoint]) => {
    const { ipv4_address: v4, ipv6_address: v6 } = record(endpoint);
    const same =
      (v4 !== undefined && addressOn(found, network) === v4) ||
      (v6 !== undefined && addressOn(found, network, "IPv6Address") === v6);
    return same ? [network] : [];
  });
}

/** Networks on which the live container has the hardware address that is asked; its frames would get lost. */
export function sharedMacs({ json }: FoundContainer, spec: JsonObject): readonly string[] {
  const held = new Set(macsOf(json));
  return Object.entries(record(spec.networks)).flatMap(([network, endpoint]) => {
    const mac = record(endpoint).mac_address;
    return mac !== undefined && held.has(text(mac)) ? [network] : [];
  });
}

function macsOf(json: JsonObject): readonly string[] {
  const attached = Object.values(record(at(json, "NetworkSettings", "Networks")));
  return attached.flatMap((entry) => hardwareAddress(text(record(entry).MacAddress)) ?? []);
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

/** The fixed ports of the host that a container's spec publishes. */
export function hostPorts(
  spec: Resource["spec"],
): readonly { ip: string; port: string; protocol: string }[] {
  return Object.entries(record(spec.ports)).flatMap(([target, bindings]) =>
    list(bindings)
      .map((binding) => splitBinding(text(binding)))
      .filter(({ port }) => /^\d+$/.test(port))
      .map((binding) => ({ ...binding, protocol: target.split("/")[1] ?? "tcp" })),
  );
}
