import { catalogue } from "../attributes/catalogue.ts";
import { ignores } from "../attributes/core/lifecycle.ts";
import { tokensIn } from "../attributes/secrets/sensitive.ts";
import type { Json } from "../model/json.ts";
import type { FoundNetwork, FoundVolume, Observed } from "../model/observed-state.ts";
import type { Plan } from "../model/plan.ts";
import type { Address, Stack } from "../model/stack.ts";
import { draftAll } from "./build-graph.ts";
import { buildConflicts, buildNotes } from "./checks/builds.ts";
import { conflictsOf } from "./checks/conflicts.ts";
import { lackingNotes, protectionNotes } from "./checks/notes.ts";
import { addressConflicts, subnetConflicts } from "./checks/subnets.ts";
import { inScope, type Survey, survey } from "./context/context.ts";
import type { Purpose } from "./context/mode.ts";
import type { Policy } from "./context/options.ts";
import { consent, heldContainers, heldNetworks } from "./decisions/approvals.ts";
import { containerChange, imageChange, movedChanges, namedChange } from "./decisions/changes.ts";
import type { Verdict } from "./decisions/container.ts";
import { wantedImages } from "./decisions/images.ts";
import { withLenders } from "./decisions/namespaces.ts";
import { decideNamed, type NamedVerdict } from "./decisions/networks-volumes.ts";
import { leftovers } from "./decisions/orphans.ts";
import { decidePlugins } from "./decisions/plugins.ts";
import { rollOut } from "./decisions/update-order.ts";
import { restartNotes } from "./diff/crash-loop.ts";
import { fingerprint } from "./fingerprint.ts";
import { earlyNotes } from "./graph/chosen-addresses.ts";
import { weaveHooks } from "./graph/hooks.ts";
import { unawaitedNotes } from "./graph/readiness.ts";
import { heirsOf } from "./graph/takeovers.ts";
import { anonymousNotes } from "./steps/anonymous-volumes.ts";
import { pluginChange, removals } from "./steps/plugins.ts";
import { publishedChanges } from "./steps/push.ts";

export type { Policy } from "./context/options.ts";

/**
 * What turns the observed engine into the stack: every difference with its reason, and the exact
 * steps in order. Pure; what needs permission is held, what cannot be done is a conflict.
 */
export function plan(stack: Stack, observed: Observed, policy: Policy): Plan {
  return assemble(survey(stack, observed, policy), { purpose: "apply", order: stack });
}

/**
 * What removes all that the stack owns. `stack` gives the order; its resources may be empty, when
 * there is no file. Volumes stay unless `volumes`, and plugins unless `plugins`.
 */
export function planDestroy(
  stack: Stack,
  observed: Observed,
  policy: Policy & { readonly volumes: boolean; readonly plugins?: boolean },
): Plan {
  const targets = withDependents(stack, policy.targets ?? []);
  const nothing = { name: stack.name, resources: [] };
  const empty = survey(nothing, observed, { ...policy, targets }, stack);
  const { volumes, plugins = false } = policy;
  const made = assemble(empty, { purpose: "destroy", order: stack, volumes, plugins });
  return targets.length > 0 ? { ...made, targets } : made;
}

function assemble(world: Survey, purpose: Purpose): Plan {
  const { stack, observed, policy } = world;
  const plugins = decidePlugins(world);
  const decided = inScope(world, "network").map((resource) =>
    decideNamed<FoundNetwork>(world, resource, observed.networks, catalogue.network),
  );
  const { standing: networks, held: heldNets } = heldNetworks(world, decided);
  const volumes = inScope(world, "volume").map((resource) =>
    decideNamed<FoundVolume>(world, resource, observed.volumes, catalogue.volume),
  );
  const { replaced, held: heldVolumes } = consent(world, volumes);
  const { standing: verdicts, held: heldOnes } = heldContainers(world, networks, replaced);
  const images = wantedImages(world, verdicts);
  // A container whose replacement is held keeps its name, its ports, and what it is attached to.
  const held = [...heldNets, ...heldVolumes, ...heldOnes];
  const staying = withLenders(withKept(world, verdicts), verdicts);
  const gone = leftovers(withIgnoring(staying, verdicts), networks, volumes, purpose);
  const lost = removals(world, purpose, gone);
  const heirs = heirsOf(verdicts);
  const { rollouts, conflicts: orders } = rollOut(world, verdicts, replaced, heirs);
  const conflicts = [
    ...plugins.flatMap(({ conflicts: own }) => own),
    ...orders,
    ...[...networks, ...volumes].flatMap(({ conflict }) => (conflict ? [conflict] : [])),
    ...conflictsOf(staying, verdicts, [...networks, ...volumes], images),
    ...buildConflicts(world, images),
    ...subnetConflicts(world, networks, gone),
    ...addressConflicts(world, verdicts),
  ];
  const named = { plugins, lost: lost.going, networks, volumes, verdicts, images, replaced, gone };
  const { drafts, unrecoverable } = draftAll(world, { ...named, rollouts, heirs, purpose });
  const unrun = weaveHooks(world, drafts, purpose.order, rollouts);
  const { steps, recovery, exchanges } = drafts.number();
  const changes = [
    ...images.map((image) => imageChange(world, image)),
    ...publishedChanges(world, images, steps),
    ...plugins.flatMap((each) => pluginChange(world, each)),
    ...[...networks, ...volumes].flatMap((each) => namedChange(each, replaced)),
    ...verdicts.flatMap((verdict) => containerChange(verdict, rollouts)),
    ...movedChanges(verdicts, steps),
    ...gone.changes,
    ...lost.changes,
  ];
  const touched = new Set([...changes, ...held].map(({ address }) => address));
  const notes = [
    ...protectionNotes([...networks, ...volumes], verdicts),
    ...restartNotes(observed, verdicts),
    ...unawaitedNotes(world, verdicts, steps),
    ...lackingNotes(purpose.order, observed, verdicts),
    ...unrun,
    ...buildNotes(world, steps),
    ...unrecoverable,
    ...anonymousNotes(world, purpose, steps),
    ...earlyNotes(world, verdicts),
  ];
  const adopted = adoptedOf([...networks, ...volumes, ...verdicts]);
  const { targets = [], replacing = [], detach = false } = policy;
  let ground: Plan["fingerprint"] | undefined;
  return {
    stack: stack.name,
    purpose: purpose.purpose,
    engine: observed.engine,
    changes,
    steps,
    recovery,
    ...(exchanges ? { exchanges } : {}),
    held: [...held, ...gone.held, ...lost.held],
    conflicts,
    ...(notes.length > 0 ? { notes } : {}),
    ...(targets.length > 0 ? { targets } : {}),
    ...(replacing.length > 0 ? { replacing } : {}),
    ...(detach && purpose.purpose === "apply" ? { detached: true as const } : {}),
    ...(adopted.length > 0 ? { adopted } : {}),
    unchanged: stack.resources.filter(
      ({ address }) => world.scope.has(address) && !touched.has(address),
    ).length,
    // Taken when it is asked for: of a plan that is only shown, nobody does.
    get fingerprint() {
      ground ??= fingerprint(observed, stack.name, policy.digest, steps.length > 0);
      return ground;
    },
    sensitive: tokensIn([...steps, ...recovery] as unknown as Json),
  };
}

/** What is without our labels, and stays so. */
function adoptedOf(verdicts: readonly (NamedVerdict | Verdict)[]): readonly Address[] {
  const staying = verdicts.filter(
    ({ action, found }) => found?.owner?.adopted && action !== "replace",
  );
  return staying.map(({ resource }) => resource.address);
}

function withKept(world: Survey, verdicts: readonly Verdict[]): Survey {
  const left = verdicts.flatMap(({ left, found }): [string, string][] =>
    left && found && !world.kept.has(found.id) ? [[found.id, "is protected"]] : [],
  );
  return left.length > 0 ? { ...world, kept: new Map([...world.kept, ...left]) } : world;
}

/** One whose mounts or networks are ignored holds on to what its block no longer names. */
function withIgnoring(world: Survey, verdicts: readonly Verdict[]): Survey {
  const holding = verdicts.filter(
    ({ action, resource: { lifecycle } }) =>
      action !== "replace" && ["volumes", "networks"].some((name) => ignores(lifecycle, name)),
  );
  const kept = holding.flatMap(({ found }): [string, string][] =>
    found ? [[found.id, "keeps what it ignores"]] : [],
  );
  return { ...world, kept: new Map([...kept, ...world.kept]) };
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
