import { at, list, record, text } from "../attributes/compare.ts";
import { splitBinding } from "../attributes/container/ports.ts";
import type { JsonObject } from "../model/json.ts";
import type { FoundContainer } from "../model/observed.ts";
import type { Work } from "../model/plan.ts";
import type { Address, Resource } from "../model/stack.ts";
import type { Verdict } from "./decide.ts";
import type { Draft, Drafts } from "./draft.ts";
import type { Built, Ground } from "./ground.ts";
import { isUp } from "./status.ts";

/**
 * Names, ports of the host and fixed addresses belong to one container at a time: who takes one
 * over waits for the step that frees it.
 */
export function handOver({ drafts, survey }: Ground, built: ReadonlyMap<Address, Built>): void {
  const { containers } = survey.observed;
  const freed = new Map(containers.map((found) => [found, freeing(drafts, found)]));
  const wait = (draft: Draft, found: FoundContainer, free: Draft | undefined): void => {
    if (free && free !== draft && idIn(draft.work) !== found.id) draft.after.add(free);
  };
  for (const draft of drafts.of("create container", "rename")) {
    for (const [found, { name }] of freed) {
      if (found.name === nameIn(draft.work)) wait(draft, found, name);
    }
  }
  const up = new Set(containers.filter(isUp).map(({ id }) => id));
  for (const draft of drafts.of("connect")) {
    // One that does not run takes its address when it starts.
    if (!up.has(idIn(draft.work) ?? "")) continue;
    const { network, endpoint } = draft.work as Extract<Work, { do: "connect" }>;
    const address = at(endpoint, "IPAMConfig", "IPv4Address");
    for (const [found, free] of freed) {
      if (address !== undefined && addressOn(found, network.name) === address)
        wait(draft, found, free.address(network.name));
    }
  }
  for (const { start, verdict } of built.values()) {
    if (!start) continue;
    const { spec } = verdict.resource;
    for (const [found, free] of freed) {
      if (found === verdict.found) continue;
      if (holdsPort(found, spec)) wait(start, found, free.ports);
      for (const network of sharedAddresses(found, spec)) wait(start, found, free.address(network));
    }
  }
}

const idIn = (work: Work): string | undefined =>
  "container" in work ? work.container.id : undefined;
const nameIn = (work: Work): string | undefined =>
  work.do === "rename" ? work.to : work.do === "create container" ? work.name : undefined;

/** The drafts after which a container no longer has its name, its ports, or an address. */
function freeing(drafts: Drafts, found: FoundContainer) {
  const first = (...kinds: readonly Work["do"][]) =>
    drafts.of(...kinds).find(({ work }) => idIn(work) === found.id);
  const stop = first("stop");
  const left = drafts.of("disconnect").filter(({ work }) => idIn(work) === found.id);
  return {
    name: first("rename") ?? first("remove container"),
    ports: stop,
    address: (network: string) =>
      left.find(({ work }) => "network" in work && work.network.name === network) ?? stop,
  };
}

/** Whether the live container is set to hold a port of the host that the spec publishes. */
function holdsPort({ json }: FoundContainer, spec: JsonObject): boolean {
  const held = Object.entries(record(at(json, "HostConfig", "PortBindings"))).flatMap(
    ([port, all]) =>
      list(all).map((binding) => `${text(record(binding).HostPort)}/${port.split("/")[1]}`),
  );
  return hostPorts(spec).some(({ port, protocol }) => held.includes(`${port}/${protocol}`));
}

function addressOn({ json }: FoundContainer, network: string) {
  return at(json, "NetworkSettings", "Networks", network, "IPAMConfig", "IPv4Address");
}

function sharedAddresses(found: FoundContainer, spec: JsonObject): readonly string[] {
  const endpoints = Object.entries(record(spec.networks));
  return endpoints
    .map(([network, endpoint]) => ({ network, ip: record(endpoint).ipv4_address }))
    .filter(({ network, ip }) => ip !== undefined && addressOn(found, network) === ip)
    .map(({ network }) => network);
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
