import { catalogue } from "../attributes/catalogue.ts";
import { ignores } from "../attributes/core/lifecycle.ts";
import { tokensIn } from "../attributes/secrets/sensitive.ts";
import type { Json } from "../model/json.ts";
import type { ObservedNetwork, ObservedState, ObservedVolume } from "../model/observed-state.ts";
import type { Plan } from "../model/plan.ts";
import type { Address, Stack } from "../model/stack.ts";
import { buildGraph } from "./build-graph.ts";
import { buildConflicts, builderNotes } from "./checks/builds.ts";
import { conflictsOf } from "./checks/conflicts.ts";
import { lackingNotes, protectionNotes } from "./checks/notes.ts";
import { addressConflicts, subnetConflicts } from "./checks/subnets.ts";
import { createContext, type PlanContext, targeted } from "./context/context.ts";
import type { PlanMode } from "./context/mode.ts";
import type { PlanOptions } from "./context/options.ts";
import {
  approveVolumes,
  blockProtectedContainers,
  blockProtectedNetworks,
} from "./decisions/approvals.ts";
import {
  containerChange,
  imageChange,
  namedChange,
  reconnectChanges,
} from "./decisions/changes.ts";
import type { ContainerDecision } from "./decisions/container.ts";
import { imagesToProvide } from "./decisions/images.ts";
import { keepProviders } from "./decisions/namespaces.ts";
import { decideNetworkOrVolume, type NetworkVolumeDecision } from "./decisions/networks-volumes.ts";
import { findOrphans } from "./decisions/orphans.ts";
import { decidePlugins } from "./decisions/plugins.ts";
import { decideUpdateOrders } from "./decisions/update-order.ts";
import { restartNotes } from "./diff/crash-loop.ts";
import { fingerprint } from "./fingerprint.ts";
import { earlyStarterNotes } from "./graph/chosen-addresses.ts";
import { insertHooks } from "./graph/hooks.ts";
import { unawaitedNotes } from "./graph/readiness.ts";
import { takeovers } from "./graph/takeovers.ts";
import { anonymousNotes } from "./steps/anonymous-volumes.ts";
import { pluginChange, removals } from "./steps/plugins.ts";
import { publishedChanges } from "./steps/push.ts";

export type { PlanOptions } from "./context/options.ts";

/**
 * What turns the observed engine into the stack: every difference with its reason, and the exact
 * steps in order. Pure; what needs permission is held, what cannot be done is a conflict.
 */
export function plan(stack: Stack, observed: ObservedState, options: PlanOptions): Plan {
  return assemble(createContext(stack, observed, options), { purpose: "apply", order: stack });
}

/**
 * What removes all that the stack owns. `stack` gives the order; its resources may be empty, when
 * there is no file. Volumes stay unless `volumes`, and plugins unless `plugins`.
 */
export function planDestroy(
  stack: Stack,
  observed: ObservedState,
  options: PlanOptions & { readonly volumes: boolean; readonly plugins?: boolean },
): Plan {
  const targets = withDependents(stack, options.targets ?? []);
  const nothing = { name: stack.name, resources: [] };
  const empty = createContext(nothing, observed, { ...options, targets }, stack);
  const { volumes, plugins = false } = options;
  const made = assemble(empty, { purpose: "destroy", order: stack, volumes, plugins });
  return targets.length > 0 ? { ...made, targets } : made;
}

function assemble(context: PlanContext, mode: PlanMode): Plan {
  const { stack, observed, options } = context;
  const plugins = decidePlugins(context);
  const decided = targeted(context, "network").map((resource) =>
    decideNetworkOrVolume<ObservedNetwork>(context, resource, observed.networks, catalogue.network),
  );
  const { standing: networks, held: heldNets } = blockProtectedNetworks(context, decided);
  const volumes = targeted(context, "volume").map((resource) =>
    decideNetworkOrVolume<ObservedVolume>(context, resource, observed.volumes, catalogue.volume),
  );
  const { replaced, held: heldVolumes } = approveVolumes(context, volumes);
  const { standing: decisions, held: heldOnes } = blockProtectedContainers(
    context,
    networks,
    replaced,
  );
  const images = imagesToProvide(context, decisions);
  // A container whose replacement is held keeps its name, its ports, and what it is attached to.
  const held = [...heldNets, ...heldVolumes, ...heldOnes];
  const staying = keepProviders(withKept(context, decisions), decisions);
  const gone = findOrphans(withIgnoring(staying, decisions), networks, volumes, mode);
  const lost = removals(context, mode, gone);
  const heirs = takeovers(decisions);
  const { byAddress: updateOrders, conflicts: orders } = decideUpdateOrders(
    context,
    decisions,
    networks,
    replaced,
    heirs,
  );
  const conflicts = [
    ...plugins.flatMap(({ conflicts: own }) => own),
    ...orders,
    ...[...networks, ...volumes].flatMap(({ conflict }) => (conflict ? [conflict] : [])),
    ...conflictsOf(staying, decisions, [...networks, ...volumes], images),
    ...buildConflicts(context, images),
    ...subnetConflicts(context, networks, gone),
    ...addressConflicts(context, decisions, networks),
  ];
  const named = {
    plugins,
    removedPlugins: lost.going,
    networks,
    volumes,
    containers: decisions,
    images,
    replaced,
    orphans: gone,
  };
  const { drafts: graph, unrecoverable } = buildGraph(context, {
    ...named,
    updateOrders,
    takeovers: heirs,
    mode,
  });
  const unrun = insertHooks(context, graph, mode.order, updateOrders);
  const { steps, rollback, exchanges } = graph.number();
  const changes = [
    ...images.map((image) => imageChange(context, image)),
    ...publishedChanges(context, images, steps),
    ...plugins.flatMap((each) => pluginChange(context, each)),
    ...[...networks, ...volumes].flatMap((each) => namedChange(each, replaced)),
    ...decisions.flatMap((decision) => containerChange(decision, updateOrders)),
    ...reconnectChanges(decisions, steps),
    ...gone.changes,
    ...lost.changes,
  ];
  const touched = new Set([...changes, ...held].map(({ address }) => address));
  const notes = [
    ...protectionNotes([...networks, ...volumes], decisions),
    ...restartNotes(observed, decisions),
    ...unawaitedNotes(context, decisions, steps),
    ...lackingNotes(mode.order, observed, decisions),
    ...unrun,
    ...builderNotes(context, steps),
    ...unrecoverable,
    ...anonymousNotes(context, mode, steps),
    ...earlyStarterNotes(context, decisions),
  ];
  const adopted = adoptedOf([...networks, ...volumes, ...decisions]);
  const { targets = [], replacing = [], detach = false } = options;
  let ground: Plan["fingerprint"] | undefined;
  return {
    stack: stack.name,
    purpose: mode.purpose,
    engine: observed.engine,
    changes,
    steps,
    rollback,
    ...(exchanges ? { exchanges } : {}),
    blocked: [...held, ...gone.blocked, ...lost.held],
    conflicts,
    ...(notes.length > 0 ? { notes } : {}),
    ...(targets.length > 0 ? { targets } : {}),
    ...(replacing.length > 0 ? { replace: replacing } : {}),
    ...(detach && mode.purpose === "apply" ? { detached: true as const } : {}),
    ...(adopted.length > 0 ? { adopted } : {}),
    unchanged: stack.resources.filter(
      ({ address }) => context.targeting.includes(address) && !touched.has(address),
    ).length,
    // Taken when it is asked for: of a plan that is only shown, nobody does.
    get fingerprint() {
      ground ??= fingerprint(observed, stack.name, options.digest, steps.length > 0);
      return ground;
    },
    sensitive: tokensIn([...steps, ...rollback] as unknown as Json),
  };
}

/** What is without our labels, and stays so. */
function adoptedOf(
  decisions: readonly (NetworkVolumeDecision | ContainerDecision)[],
): readonly Address[] {
  const staying = decisions.filter(
    ({ action, found }) => found?.owner?.adopted && action !== "replace",
  );
  return staying.map(({ resource }) => resource.address);
}

function withKept(context: PlanContext, decisions: readonly ContainerDecision[]): PlanContext {
  const left = decisions.flatMap(({ left, found }): [string, string][] =>
    left && found && !context.kept.has(found.id) ? [[found.id, "is protected"]] : [],
  );
  return left.length > 0 ? { ...context, kept: new Map([...context.kept, ...left]) } : context;
}

/** One whose mounts or networks are ignored holds on to what its block no longer names. */
function withIgnoring(context: PlanContext, decisions: readonly ContainerDecision[]): PlanContext {
  const holding = decisions.filter(
    ({ action, resource: { lifecycle } }) =>
      action !== "replace" && ["volumes", "networks"].some((name) => ignores(lifecycle, name)),
  );
  const kept = holding.flatMap(({ found }): [string, string][] =>
    found ? [[found.id, "keeps what it ignores"]] : [],
  );
  return { ...context, kept: new Map([...kept, ...context.kept]) };
}

/** To destroy something takes what depends on it along. */
function withDependents({ resources }: Stack, targets: readonly Address[]): readonly Address[] {
  const going = new Set(targets);
  for (const address of going) {
    for (const resource of resources)
      if (resource.needs.some(({ on }) => on === address)) going.add(resource.address);
  }
  return [...going];
}
