import { record, text } from "../attributes/compare.ts";
import type { FoundContainer } from "../model/observed.ts";
import type { Address, Need, Resource } from "../model/stack.ts";
import { volumesOf } from "./body.ts";
import { decideContainer, type Must, type Verdict } from "./decide.ts";
import type { NamedVerdict } from "./named.ts";
import { isUp } from "./status.ts";
import { ofKind, type Survey } from "./survey.ts";

/** A container that another one is bound to, and what becomes of it. */
interface Host {
  readonly bound: NonNullable<Need["bound"]>;
  readonly verdict: Verdict;
}

/** Decides for every container, for those that others are bound to before these. */
export function decideContainers(
  world: Survey,
  networks: readonly NamedVerdict[],
  replacedVolumes: ReadonlySet<string>,
): readonly Verdict[] {
  const decided = new Map<Address, Verdict>();
  const moved = networks.filter(({ action }) => action === "replace");
  const decide = (resource: Resource): Verdict => {
    const known = decided.get(resource.address);
    if (known) return known;
    const hosts = resource.needs.flatMap(({ on, bound }): Host[] => {
      const host = world.resources.get(on);
      return bound && host ? [{ bound, verdict: decide(host) }] : [];
    });
    const verdict = decideContainer(world, resource, {
      replace: lost(resource, replacedVolumes) ?? orphaned(hosts) ?? readdressed(resource, moved),
      follows: hosts.some(({ verdict }) => stirs(verdict)),
      restart: (found) => outlived(found, hosts),
      containerId: (name) => idOf(world, name, hosts),
    } satisfies Must);
    decided.set(resource.address, verdict);
    return verdict;
  };
  return ofKind(world.stack, "container").map(decide);
}

function lost({ spec }: Resource, replaced: ReadonlySet<string>): string | undefined {
  const volume = volumesOf(spec).find((name) => replaced.has(name));
  return volume && `the volume ${volume} under it is replaced`;
}

/** The engine keeps the id of the one that goes, and what it mounted. */
function orphaned(hosts: readonly Host[]): string | undefined {
  const gone = hosts.find(({ verdict }) => ["create", "replace"].includes(verdict.action));
  if (!gone) return undefined;
  const { address } = gone.verdict.resource;
  const fate = gone.verdict.action === "create" ? "made anew" : "replaced";
  return `it shares what ${address} has, which is ${fate}`;
}

/** It starts, or comes to its name: whoever is made with that name comes after. */
function stirs({ action, stopped, resource, found }: Verdict): boolean {
  return action !== "none" && (action !== "update" || !!stopped || found?.name !== resource.name);
}

/** A hardware address can be had at creation only, so it would be lost with the network. */
function readdressed({ spec }: Resource, moved: readonly NamedVerdict[]): string | undefined {
  const network = moved.find(
    ({ resource }) => record(record(spec.networks)[resource.name]).mac_address !== undefined,
  );
  return (
    network && `the network ${network.resource.name}, on which it has a fixed MAC, is replaced`
  );
}

/** Namespaces are those of one run: whoever joined an earlier one is alone in it. */
function outlived(found: FoundContainer, hosts: readonly Host[]): string | undefined {
  const since = Date.parse(text(record(found.json.State).StartedAt));
  const host = hosts.find(({ bound, verdict }) => {
    if (bound !== "namespaces" || !verdict.found) return false;
    const started = Date.parse(text(record(verdict.found.json.State).StartedAt));
    return isUp(verdict.found) ? started > since : verdict.action !== "none";
  });
  return host && `it shares namespaces of an earlier run of ${host.verdict.resource.address}`;
}

/** By the name that it has or is to have, or by the beginning of its id. */
function idOf({ observed }: Survey, name: string, hosts: readonly Host[]): string | undefined {
  const host = hosts.find(({ verdict }) => verdict.resource.name === name);
  if (host) return host.verdict.found?.id;
  const listed = observed.listed.find((each) => each.name === name);
  return (listed ?? observed.listed.find(({ id }) => id.startsWith(name)))?.id;
}
