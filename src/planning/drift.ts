import { catalogue } from "../attributes/index.ts";
import { configLabels, recordedSpec } from "../attributes/labels.ts";
import { ignores } from "../attributes/lifecycle.ts";
import type { Delta } from "../model/change.ts";
import type { Drift, Drifted } from "../model/drift.ts";
import type { FoundContainer, FoundNetwork, FoundVolume, Observed } from "../model/observed.ts";
import type { Resource, Stack } from "../model/stack.ts";
import { networksOf, volumesOf } from "./body.ts";
import type { Verdict } from "./decide.ts";
import type { Difference } from "./diff.ts";
import { decideNamed, type NamedVerdict } from "./named.ts";
import { decidePlugins } from "./plugins.ts";
import type { Policy } from "./policy.ts";
import { statusOf } from "./status.ts";
import { ofKind, type Survey, survey } from "./survey.ts";
import { decideContainers } from "./verdicts.ts";

/**
 * What has happened to the stack on the engine since it was made. A difference whose origin the
 * labels cannot tell counts: a file is changed to be applied, and drift may not hide behind it.
 */
export function drift(stack: Stack, observed: Observed, policy: Policy): Drift {
  const world = survey(stack, observed, policy);
  const named = [
    ...ofKind(stack, "network").map((resource) =>
      decideNamed<FoundNetwork>(world, resource, observed.networks, catalogue.network),
    ),
    ...ofKind(stack, "volume").map((resource) =>
      decideNamed<FoundVolume>(world, resource, observed.volumes, catalogue.volume),
    ),
  ];
  const plugins = decidePlugins(world);
  const containers = decideContainers(world, [], new Set());
  const drifted = [
    ...plugins.flatMap(({ resource, difference }) => changed(resource, difference)),
    ...named.flatMap((verdict) => ofNamed(world, verdict)),
    ...containers.flatMap((verdict) => ofContainer(world, verdict)),
  ];
  return { stack: stack.name, engine: observed.engine, drifted };
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

function ofNamed(world: Survey, { resource, action, difference }: NamedVerdict) {
  if (action === "create") {
    const user = madeFor(world, resource);
    return user ? line(resource, "gone", `it is gone; ${user} was made for it`) : [];
  }
  return changed(resource, difference);
}

function changed(resource: Resource, difference: Difference | undefined) {
  const deltas = byOthers(difference?.deltas ?? []);
  return deltas.length > 0 ? line(resource, "changed", "it was changed", deltas) : [];
}

function ofContainer(world: Survey, verdict: Verdict) {
  const { resource, action, found, restart, transition } = verdict;
  if (action === "create") {
    const other = laterReplica(world, resource);
    return other ? line(resource, "gone", `it is gone; ${other} is there`) : [];
  }
  const deltas = byOthers(verdict.deltas).filter(
    ({ attribute }) => !ignores(resource.lifecycle, attribute.split(".")[0] ?? ""),
  );
  const state = [restart && { reason: restart.why, origin: restart.origin }, transition].find(
    (each) => each !== undefined && each.origin !== "file" && transition?.action !== "wait",
  );
  // A run that was cut short has made it and not started it.
  if (state && found && statusOf(found) !== "created")
    return line(
      resource,
      !restart && isRunning(found) ? "running" : "not running",
      state.reason,
      deltas,
    );
  return deltas.length > 0 ? line(resource, "changed", "it was changed", deltas) : [];
}

const isRunning = (found: FoundContainer): boolean =>
  ["running", "restarting"].includes(statusOf(found));

/** A container whose label says that it was made for the network or volume. */
function madeFor({ observed, stack }: Survey, { kind, name }: Resource): string | undefined {
  const user = observed.containers.find(({ owner, json }) => {
    if (owner?.stack !== stack.name) return false;
    const spec = recordedSpec(configLabels(json));
    return (kind === "network" ? networksOf(spec) : volumesOf(spec)).includes(name);
  });
  return user?.name;
}

/** Replicas come in order, so that one without its former ones has lost them. */
function laterReplica({ containers }: Survey, { address, key }: Resource): string | undefined {
  const number = (of: string) => Number(/\[(\d+)\]$/.exec(of)?.[1] ?? 1);
  const others = [...containers.keys()].filter(
    (other) => other === `container.${key}` || other.startsWith(`container.${key}[`),
  );
  return others.find((other) => number(other) > number(address));
}
