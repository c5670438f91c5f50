import {
  SHARING,
  SHARING_FIELDS,
  sharedName,
} from "../../attributes/container/namespaces/sharing.ts";
import { ignores } from "../../attributes/core/lifecycle.ts";
import { configLabels, replacedId } from "../../attributes/core/ownership.ts";
import { at, record, text } from "../../attributes/values/json.ts";
import type { FoundContainer } from "../../model/observed-state.ts";
import type { Address, Need, Resource } from "../../model/stack.ts";
import { isUp, statusOf } from "../context/container-status.ts";
import { ofKind, type Survey } from "../context/context.ts";
import { volumesOf } from "../context/create-body.ts";
import { isToRun, type Restart, stateOf } from "../diff/run-state.ts";
import { decideContainer, type Must, type Verdict } from "./container.ts";
import { sharesWith } from "./namespaces.ts";
import { unmoored } from "./network-mode.ts";
import type { NamedVerdict } from "./networks-volumes.ts";

/** A container that another one is bound to, or is restarted with, and what becomes of it. */
interface Host extends Pick<Need, "bound" | "restart"> {
  readonly verdict: Verdict;
}

/** What stands of a verdict; `undefined`: nothing is to be decided here. */
export type Standing = (verdict: Verdict) => Verdict | undefined;

/** Decides for every container, for those that others follow before these. */
export function decideContainers(
  world: Survey,
  networks: readonly NamedVerdict[],
  replacedVolumes: ReadonlySet<string>,
  stands: Standing = (verdict) => verdict,
): readonly Verdict[] {
  const decided = new Map<Address, Verdict | undefined>();
  const known = new Map<Address, readonly number[]>();
  const moved = networks.filter(({ action }) => action === "replace");
  // Ends, since the language refuses cyclic dependencies.
  const decide = (resource: Resource): Verdict | undefined => {
    if (decided.has(resource.address)) return decided.get(resource.address);
    const others = resource.needs.flatMap(({ on, bound, restart }): Host[] => {
      const other = world.resources.get(on);
      const verdict = other && (bound || restart) ? decide(other) : undefined;
      return verdict ? [{ ...(bound && { bound }), ...(restart && { restart }), verdict }] : [];
    });
    const hosts = others.filter(({ bound }) => bound);
    const binding = (found: FoundContainer) =>
      hosts.filter((host) => !isIgnored(resource, host) || livesIn(found, host));
    const verdict = decideContainer(world, resource, {
      replace: (found) =>
        lost(resource, replacedVolumes) ??
        orphaned(binding(found)) ??
        readdressed(resource, moved) ??
        unmoored(world, resource, found, moved),
      follows: hosts.some(({ verdict }) => stirs(verdict)),
      restart: (found) =>
        outlived(resource, found, binding(found)) ??
        outlivedOther(world, resource, found) ??
        disturbed(resource, found, others, known),
      containerId: (name) => idOf(world, name, hosts),
    } satisfies Must);
    const standing = stands(verdict);
    decided.set(resource.address, standing);
    if (verdict.found) known.set(resource.address, successions(verdict.found, others, known));
    return standing;
  };
  return ofKind(world.stack, "container").flatMap((resource) => decide(resource) ?? []);
}

/** Whatever it shares with that one, its differences are not looked at. */
function isIgnored({ spec, lifecycle }: Resource, { bound, verdict }: Host): boolean {
  const { name } = verdict.resource;
  const by = SHARING.filter((each) => sharedName(spec[each]) === name);
  return (bound === "volumes" ? ["volumes_from"] : by).every((each) => ignores(lifecycle, each));
}

/** What the engine has tied together is no difference that could be ignored. */
const livesIn = (found: FoundContainer, { verdict }: Host): boolean =>
  verdict.found !== undefined && sharesWith(found, verdict.found);

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
function stirs(verdict: Verdict): boolean {
  const { action, resource, found, left } = verdict;
  if (action === "create" || action === "replace") return true;
  return starts(verdict) || (!left && found?.name !== resource.name);
}

const starts = ({ transition, restart }: Verdict): boolean =>
  restart !== undefined || (transition?.moves.includes("start") ?? false);

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
function outlived(
  resource: Resource,
  found: FoundContainer,
  hosts: readonly Host[],
): Restart | undefined {
  if (!isToRun(resource)) return undefined;
  const since = startOf(found);
  const host = hosts.find(({ bound, verdict }) => {
    if (bound !== "namespaces" || !verdict.found) return false;
    return starts(verdict) || (isUp(verdict.found) && startOf(verdict.found) > since);
  });
  if (!host) return undefined;
  const why = `it shares namespaces of an earlier run of ${host.verdict.resource.address}`;
  return { why, origin: "engine" };
}

/** The same of a container that is not the stack's. */
function outlivedOther(
  { observed }: Survey,
  resource: Resource,
  found: FoundContainer,
): Restart | undefined {
  if (!isToRun(resource)) return undefined;
  const { lenders = {}, containers, listed } = observed;
  const others = SHARING_FIELDS.flatMap((field) => {
    const id = sharedName(at(found.json, "HostConfig", field));
    return id === undefined || containers.some((own) => own.id === id) ? [] : [id];
  });
  // Whoever does not run has no present run; an engine ends the processes of its PID namespace alone.
  const isOver = (id: string) => {
    const since = lenders[id];
    return since === undefined || Date.parse(since) > startOf(found);
  };
  const host = listed.find(({ id }) => others.includes(id) && isOver(id));
  if (!host) return undefined;
  return { why: `it shares namespaces of an earlier run of ${host.name}`, origin: "engine" };
}

/**
 * Dependents that ask for it (`depends_on.*.restart: true`) are restarted after what they depend on
 * was replaced, or started again; and so are theirs (Compose Specification, "depends_on"). Where a
 * run was cut short between the two, the times of the engine tell: whoever was started by hand, or
 * by the engine, since the successor was made is not meant.
 */
function disturbed(
  resource: Resource,
  found: FoundContainer,
  others: readonly Host[],
  known: ReadonlyMap<Address, readonly number[]>,
): Restart | undefined {
  const frozen = statusOf(found) === "paused" && ignores(resource.lifecycle, "state");
  if (stateOf(resource) !== "running" || frozen) return undefined;
  const [cause] = others.flatMap(({ restart, verdict }) => {
    const owed = known.get(verdict.resource.address)?.some((time) => startOf(found) < time);
    const missed = owed ? "was replaced or restarted after its start" : undefined;
    const fate = restart && (disturbance(verdict) ?? missed);
    return fate ? [`${verdict.resource.address} ${fate}`] : [];
  });
  return cause === undefined
    ? undefined
    : { why: `it is restarted, since ${cause}`, origin: "file" };
}

/** What happens to a container that its dependents cannot live through. */
function disturbance({ action, found, transition, restart }: Verdict): string | undefined {
  if (action === "replace") return "is replaced";
  if (restart) return "is restarted";
  return found && transition?.moves.includes("start") ? "is started again" : undefined;
}

/**
 * When the engine made the successors that this run of a container comes after: of itself, and of
 * what it is restarted with, where it was there to be restarted. A clock that was set back makes
 * such times contradict each other, and they tell nothing then.
 */
function successions(
  found: FoundContainer,
  others: readonly Host[],
  known: ReadonlyMap<Address, readonly number[]>,
): readonly number[] {
  const made = Date.parse(text(found.json.Created));
  const isSuccessor = replacedId(configLabels(found.json)) !== undefined;
  const before = others.flatMap(({ restart, verdict }) =>
    restart ? (known.get(verdict.resource.address) ?? []) : [],
  );
  const times = [...(isSuccessor ? [made] : []), ...before.filter((time) => made < time)];
  return times.filter((time) => time <= startOf(found));
}

const startOf = ({ json }: FoundContainer): number =>
  Date.parse(text(record(json.State).StartedAt));

/** By the name that it has or is to have, or by the beginning of its id. */
function idOf({ observed }: Survey, name: string, hosts: readonly Host[]): string | undefined {
  const host = hosts.find(({ verdict }) => verdict.resource.name === name);
  if (host) return host.verdict.found?.id;
  const listed = observed.listed.find((each) => each.name === name);
  return (listed ?? observed.listed.find(({ id }) => id.startsWith(name)))?.id;
}
