import { catalogue } from "../attributes/catalogue.ts";
import { ignores } from "../attributes/core/lifecycle.ts";
import { configLabels, recordedSpec } from "../attributes/core/ownership.ts";
import type { Delta } from "../model/change.ts";
import type { Drift, Drifted } from "../model/drift.ts";
import type {
  ObservedContainer,
  ObservedNetwork,
  ObservedState,
  ObservedVolume,
} from "../model/observed-state.ts";
import type { Resource, Stack } from "../model/stack.ts";
import { statusOf } from "./context/container-status.ts";
import { createContext, ofKind, type PlanContext } from "./context/context.ts";
import { referencedNetworks, referencedVolumes } from "./context/create-body.ts";
import type { PlanOptions } from "./context/options.ts";
import type { ContainerDecision } from "./decisions/container.ts";
import { decideContainers } from "./decisions/containers.ts";
import { decideNetworkOrVolume, type NetworkVolumeDecision } from "./decisions/networks-volumes.ts";
import { decidePlugins, type PluginDecision } from "./decisions/plugins.ts";
import type { AttributeDiff } from "./diff/attributes.ts";
import { restartNotes } from "./diff/crash-loop.ts";
import { stateOf } from "./diff/run-state.ts";

/**
 * What has happened to the stack on the engine since it was made, from the verdicts that a plan is
 * made of. A difference whose origin the labels cannot tell counts: a file is changed to be applied,
 * and drift may not hide behind it. So does whatever is not there, since nothing remembers it.
 */
export function detectDrift(stack: Stack, observed: ObservedState, options: PlanOptions): Drift {
  const context = createContext(stack, observed, options);
  const named = [
    ...ofKind(stack, "network").map((resource) =>
      decideNetworkOrVolume<ObservedNetwork>(
        context,
        resource,
        observed.networks,
        catalogue.network,
      ),
    ),
    ...ofKind(stack, "volume").map((resource) =>
      decideNetworkOrVolume<ObservedVolume>(context, resource, observed.volumes, catalogue.volume),
    ),
  ];
  const plugins = decidePlugins(context);
  const containers = decideContainers(context, [], new Set());
  const drifted = [
    ...plugins.flatMap(ofPlugin),
    ...named.flatMap((decision) => ofNamed(context, decision)),
    ...containers.flatMap((decision) => ofContainer(context, decision)),
  ];
  const ours = [...observed.containers, ...observed.networks, ...observed.volumes];
  const applied = ours.some(({ owner }) => owner?.stack === stack.name);
  const told = new Set(drifted.map(({ address }) => address));
  const notes = restartNotes(observed, containers).filter(({ address }) => !told.has(address));
  const { engine } = observed;
  return { stack: stack.name, engine, applied, drifted, ...(notes.length > 0 && { notes }) };
}

function line(
  { address, kind, name }: Resource,
  what: Drifted["what"],
  reason: string,
  deltas: readonly Delta[] = [],
): readonly Drifted[] {
  return [{ address, kind, name, what, reason, deltas }];
}

/** Only what the file has changed is none. */
const byOthers = (deltas: readonly Delta[]): readonly Delta[] =>
  deltas.filter(({ origin }) => origin !== "file");

/** @param evidence what shows that it was there: `shop-web-1 was made for it` */
function missing(resource: Resource, evidence?: string) {
  const reason = evidence === undefined ? ": it was removed, or never applied" : `; ${evidence}`;
  return line(resource, "missing", `it is missing${reason}`);
}

function ofNamed(
  context: PlanContext,
  { resource, action, difference, conflict }: NetworkVolumeDecision,
) {
  if (action === "create") {
    const user = createdFor(context, resource);
    return missing(resource, user && `${user} was made for it`);
  }
  if (conflict) return line(resource, "missing", conflict.message);
  return changed(resource, difference);
}

function ofPlugin({ resource, action, found, difference, conflicts }: PluginDecision) {
  if (action === "create") return missing(resource);
  const [conflict] = conflicts;
  if (!found && conflict) return line(resource, "missing", conflict.message);
  return changed(resource, difference);
}

function changed(resource: Resource, difference: AttributeDiff | undefined) {
  const deltas = byOthers(difference?.deltas ?? []);
  return deltas.length > 0 ? line(resource, "changed", "it was changed", deltas) : [];
}

function ofContainer(context: PlanContext, decision: ContainerDecision) {
  const { resource, action, found, state, transition } = decision;
  if (action === "create") {
    const other = laterReplica(context, resource);
    return missing(resource, other && `${other} is there`);
  }
  const deltas = byOthers(decision.deltas).filter(
    ({ attribute }) => !ignores(resource.lifecycle, attribute.split(".")[0] ?? ""),
  );
  const changes = deltas.length > 0 ? ["it was changed"] : [];
  if (state && state.origin !== "file" && found) {
    const surplus = stateOf(resource) === "running" ? "changed" : "running";
    const runs = transition?.isFailing ? "not ready" : surplus;
    const what = isRunning(found) ? runs : "not running";
    return line(resource, what, [state.reason, ...changes].join("; "), deltas);
  }
  return changes.flatMap((reason) => line(resource, "changed", reason, deltas));
}

const isRunning = (found: ObservedContainer): boolean =>
  ["running", "restarting"].includes(statusOf(found));

/** A container whose label says that it was made for the network or volume. */
function createdFor(
  { observed, stack }: PlanContext,
  { kind, name }: Resource,
): string | undefined {
  const user = observed.containers.find(({ owner, json }) => {
    if (owner?.stack !== stack.name) return false;
    const spec = recordedSpec(configLabels(json));
    return (kind === "network" ? referencedNetworks(spec) : referencedVolumes(spec)).includes(name);
  });
  return user?.name;
}

/** Replicas come in order, so that one without its former ones has lost them. */
function laterReplica({ containers }: PlanContext, { address, key }: Resource): string | undefined {
  const number = (of: string) => Number(/\[(\d+)\]$/.exec(of)?.[1] ?? 1);
  const others = [...containers.keys()].filter(
    (other) => other === `container.${key}` || other.startsWith(`container.${key}[`),
  );
  return others.find((other) => number(other) > number(address));
}
