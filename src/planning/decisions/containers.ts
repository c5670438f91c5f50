import {
  SHARING,
  SHARING_FIELDS,
  sharedName,
} from "../../attributes/container/namespaces/sharing.ts";
import { ignores } from "../../attributes/core/lifecycle.ts";
import { configLabels, replacedId } from "../../attributes/core/ownership.ts";
import { at, record, text } from "../../attributes/values/json.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Address, Dependency, Resource } from "../../model/stack.ts";
import { isActive, statusOf } from "../context/container-status.ts";
import { ofKind, type PlanContext } from "../context/context.ts";
import { referencedVolumes } from "../context/create-body.ts";
import { type Restart, shouldRun, stateOf } from "../diff/run-state.ts";
import { type ContainerDecision, decideContainer } from "./container.ts";
import { sharesNamespace } from "./namespaces.ts";
import { networkModeLost } from "./network-mode.ts";
import type { NetworkVolumeDecision } from "./networks-volumes.ts";
import type { Constraints } from "./replace-reason.ts";

/** A container that another one is bound to, or is restarted with, and what becomes of it. */
interface Provider extends Pick<Dependency, "bound" | "restart"> {
  readonly decision: ContainerDecision;
}

/** What remains of a decision; `undefined`: there is nothing to decide. */
export type Standing = (decision: ContainerDecision) => ContainerDecision | undefined;

/** Decides for every container, for those that others follow before these. */
export function decideContainers(
  context: PlanContext,
  networks: readonly NetworkVolumeDecision[],
  replacedVolumes: ReadonlySet<string>,
  stands: Standing = (decision) => decision,
): readonly ContainerDecision[] {
  const decided = new Map<Address, ContainerDecision | undefined>();
  const known = new Map<Address, readonly number[]>();
  const moved = networks.filter(({ action }) => action === "replace");
  // Ends, since the language refuses cyclic dependencies.
  const decide = (resource: Resource): ContainerDecision | undefined => {
    if (decided.has(resource.address)) return decided.get(resource.address);
    const others = resource.needs.flatMap(({ on, bound, restart }): Provider[] => {
      const other = context.resources.get(on);
      const decision = other && (bound || restart) ? decide(other) : undefined;
      return decision ? [{ ...(bound && { bound }), ...(restart && { restart }), decision }] : [];
    });
    const hosts = others.filter(({ bound }) => bound);
    const binding = (found: ObservedContainer) =>
      hosts.filter((host) => !isIgnored(resource, host) || isSharing(found, host));
    const verdict = decideContainer(context, resource, {
      replace: (found) =>
        volumeReplaced(resource, replacedVolumes) ??
        providerReplaced(binding(found)) ??
        macAddressLost(resource, moved) ??
        networkModeLost(context, resource, found, moved),
      follows: hosts.some(({ decision }) => changesIdentity(decision)),
      restart: (found) =>
        staleNamespace(resource, found, binding(found)) ??
        staleForeignNamespace(context, resource, found) ??
        restartedWithDependency(resource, found, others, known),
      containerId: (name) => idOf(context, name, hosts),
    } satisfies Constraints);
    const standing = stands(verdict);
    decided.set(resource.address, standing);
    if (verdict.found) known.set(resource.address, replacementTimes(verdict.found, others, known));
    return standing;
  };
  return ofKind(context.stack, "container").flatMap((resource) => decide(resource) ?? []);
}

/** Whatever it shares with that one, its differences are not looked at. */
function isIgnored({ spec, lifecycle }: Resource, { bound, decision }: Provider): boolean {
  const { name } = decision.resource;
  const by = SHARING.filter((each) => sharedName(spec[each]) === name);
  return (bound === "volumes" ? ["volumes_from"] : by).every((each) => ignores(lifecycle, each));
}

/** What the engine has tied together is no difference that could be ignored. */
const isSharing = (found: ObservedContainer, { decision }: Provider): boolean =>
  decision.found !== undefined && sharesNamespace(found, decision.found);

function volumeReplaced({ spec }: Resource, replaced: ReadonlySet<string>): string | undefined {
  const volume = referencedVolumes(spec).find((name) => replaced.has(name));
  return volume && `the volume ${volume} under it is replaced`;
}

/** The engine keeps the id of the one that goes, and what it mounted. */
function providerReplaced(hosts: readonly Provider[]): string | undefined {
  const gone = hosts.find(({ decision }) => ["create", "replace"].includes(decision.action));
  if (!gone) return undefined;
  const { address } = gone.decision.resource;
  const fate = gone.decision.action === "create" ? "made anew" : "replaced";
  return `it shares what ${address} has, which is ${fate}`;
}

/** It starts, or comes to its name: whoever is made with that name comes after. */
function changesIdentity(decision: ContainerDecision): boolean {
  const { action, resource, found, left } = decision;
  if (action === "create" || action === "replace") return true;
  return starts(decision) || (!left && found?.name !== resource.name);
}

const starts = ({ transition, restart }: ContainerDecision): boolean =>
  restart !== undefined || (transition?.operations.includes("start") ?? false);

/** A hardware address can be had at creation only, so it would be lost with the network. */
function macAddressLost(
  { spec }: Resource,
  moved: readonly NetworkVolumeDecision[],
): string | undefined {
  const network = moved.find(
    ({ resource }) => record(record(spec.networks)[resource.name]).mac_address !== undefined,
  );
  return (
    network && `the network ${network.resource.name}, on which it has a fixed MAC, is replaced`
  );
}

/** Namespaces are those of one run: whoever joined an earlier one is alone in it. */
function staleNamespace(
  resource: Resource,
  found: ObservedContainer,
  hosts: readonly Provider[],
): Restart | undefined {
  if (!shouldRun(resource)) return undefined;
  const since = startOf(found);
  const host = hosts.find(({ bound, decision }) => {
    if (bound !== "namespaces" || !decision.found) return false;
    return starts(decision) || (isActive(decision.found) && startOf(decision.found) > since);
  });
  if (!host) return undefined;
  const reason = `it shares namespaces of an earlier run of ${host.decision.resource.address}`;
  return { reason, origin: "engine" };
}

/** The same of a container that is not the stack's. */
function staleForeignNamespace(
  { observed }: PlanContext,
  resource: Resource,
  found: ObservedContainer,
): Restart | undefined {
  if (!shouldRun(resource)) return undefined;
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
  return { reason: `it shares namespaces of an earlier run of ${host.name}`, origin: "engine" };
}

/**
 * Dependents that ask for it (`depends_on.*.restart: true`) are restarted after what they depend on
 * was replaced, or started again; and so are theirs (Compose Specification, "depends_on"). Where a
 * run was cut short between the two, the times of the engine tell: whoever was started by hand, or
 * by the engine, since the new container was made is not meant.
 */
function restartedWithDependency(
  resource: Resource,
  found: ObservedContainer,
  others: readonly Provider[],
  known: ReadonlyMap<Address, readonly number[]>,
): Restart | undefined {
  const frozen = statusOf(found) === "paused" && ignores(resource.lifecycle, "state");
  if (stateOf(resource) !== "running" || frozen) return undefined;
  const [cause] = others.flatMap(({ restart, decision }) => {
    const owed = known.get(decision.resource.address)?.some((time) => startOf(found) < time);
    const missed = owed ? "was replaced or restarted after its start" : undefined;
    const fate = restart && (restartReason(decision) ?? missed);
    return fate ? [`${decision.resource.address} ${fate}`] : [];
  });
  return cause === undefined
    ? undefined
    : { reason: `it is restarted, since ${cause}`, origin: "file" };
}

/** What happens to a container that its dependents cannot live through. */
function restartReason({
  action,
  found,
  transition,
  restart,
}: ContainerDecision): string | undefined {
  if (action === "replace") return "is replaced";
  if (restart) return "is restarted";
  return found && transition?.operations.includes("start") ? "is started again" : undefined;
}

/**
 * When the engine made the new containers that this run of a container comes after: of itself, and of
 * what it is restarted with, where it was there to be restarted. A clock that was set back makes
 * such times contradict each other, and they tell nothing then.
 */
function replacementTimes(
  found: ObservedContainer,
  others: readonly Provider[],
  known: ReadonlyMap<Address, readonly number[]>,
): readonly number[] {
  const made = Date.parse(text(found.json.Created));
  const isSuccessor = replacedId(configLabels(found.json)) !== undefined;
  const before = others.flatMap(({ restart, decision }) =>
    restart ? (known.get(decision.resource.address) ?? []) : [],
  );
  const times = [...(isSuccessor ? [made] : []), ...before.filter((time) => made < time)];
  return times.filter((time) => time <= startOf(found));
}

const startOf = ({ json }: ObservedContainer): number =>
  Date.parse(text(record(json.State).StartedAt));

/** By the name that it has or is to have, or by the beginning of its id. */
function idOf(
  { observed }: PlanContext,
  name: string,
  hosts: readonly Provider[],
): string | undefined {
  const host = hosts.find(({ decision }) => decision.resource.name === name);
  if (host) return host.decision.found?.id;
  const listed = observed.listed.find((each) => each.name === name);
  return (listed ?? observed.listed.find(({ id }) => id.startsWith(name)))?.id;
}
