import { catalogue } from "../attributes/index.ts";
import { ignores } from "../attributes/lifecycle.ts";
import { tokensIn } from "../attributes/sensitive.ts";
import type { Json } from "../model/json.ts";
import type { FoundNetwork, FoundVolume, Observed } from "../model/observed.ts";
import type { Plan } from "../model/plan.ts";
import type { Address, Resource, Stack } from "../model/stack.ts";
import { volumesOf } from "./body.ts";
import { containerChange, imageChange, movedChanges, namedChange } from "./changes.ts";
import { conflictsOf } from "./conflicts.ts";
import { consent, heldContainers, heldNetworks, leave } from "./consent.ts";
import { decideContainer, type Verdict } from "./decide.ts";
import { fingerprint } from "./fingerprint.ts";
import { leftovers } from "./leftovers.ts";
import { decideNamed } from "./named.ts";
import { protectionNotes } from "./notes.ts";
import type { Policy } from "./policy.ts";
import type { Purpose } from "./purpose.ts";
import { withRestarts } from "./restarts.ts";
import { draftAll } from "./steps.ts";
import { subnetConflicts } from "./subnets.ts";
import { imageState, inScope, ofKind, type Survey, survey } from "./survey.ts";

export type { Policy } from "./policy.ts";

/**
 * What turns the observed engine into the stack: every difference with its reason, and the exact
 * steps in order. Pure; what needs permission is held, what cannot be done is a conflict.
 */
export function plan(stack: Stack, observed: Observed, policy: Policy): Plan {
  return assemble(survey(stack, observed, policy), { purpose: "apply", order: stack });
}

/**
 * What removes all that the stack owns. `stack` gives the order; its resources may be empty, when
 * there is no file. Volumes stay unless `volumes`.
 */
export function planDestroy(
  stack: Stack,
  observed: Observed,
  policy: Policy & { readonly volumes: boolean },
): Plan {
  const targets = withDependents(stack, policy.targets ?? []);
  const nothing = { name: stack.name, resources: [] };
  const empty = survey(nothing, observed, { ...policy, targets }, stack);
  const made = assemble(empty, { purpose: "destroy", order: stack, volumes: policy.volumes });
  return targets.length > 0 ? { ...made, targets } : made;
}

function assemble(world: Survey, purpose: Purpose): Plan {
  const { stack, observed, policy } = world;
  const decided = inScope(world, "network").map((resource) =>
    decideNamed<FoundNetwork>(world, resource, observed.networks, catalogue.network),
  );
  const { standing: networks, held: heldNets } = heldNetworks(world, decided);
  const volumes = inScope(world, "volume").map((resource) =>
    decideNamed<FoundVolume>(world, resource, observed.volumes, catalogue.volume),
  );
  const { replaced, held: heldVolumes } = consent(world, volumes);
  const { standing, held: heldOnes } = heldContainers(world, judged(world, replaced));
  const verdicts = withRestarts(standing);
  const images = pulls(world, verdicts);
  // A container whose replacement is held keeps its name, its ports, and what it is attached to.
  const held = [...heldNets, ...heldVolumes, ...heldOnes];
  const staying = withKept(world, verdicts);
  const gone = leftovers(withIgnoring(staying, verdicts), networks, volumes, purpose);
  const conflicts = [
    ...[...networks, ...volumes].flatMap(({ conflict }) => (conflict ? [conflict] : [])),
    ...conflictsOf(staying, verdicts, networks, images),
    ...subnetConflicts(world, networks, gone),
  ];
  const drafts = draftAll(world, { networks, volumes, verdicts, images, replaced, gone, purpose });
  const steps = drafts.number();
  const changes = [
    ...images.map((image) => imageChange(world, image)),
    ...[...networks, ...volumes].flatMap((each) => namedChange(each, replaced)),
    ...verdicts.flatMap(containerChange),
    ...movedChanges(verdicts, steps),
    ...gone.changes,
  ];
  const touched = new Set([...changes, ...held].map(({ address }) => address));
  const notes = protectionNotes([...networks, ...volumes], verdicts);
  const { targets = [], replacing = [] } = policy;
  return {
    stack: stack.name,
    purpose: purpose.purpose,
    engine: observed.engine,
    changes,
    steps,
    held: [...held, ...gone.held],
    conflicts,
    ...(notes.length > 0 ? { notes } : {}),
    ...(targets.length > 0 ? { targets } : {}),
    ...(replacing.length > 0 ? { replacing } : {}),
    unchanged: stack.resources.filter(
      ({ address }) => world.scope.has(address) && !touched.has(address),
    ).length,
    fingerprint: fingerprint(observed, stack.name, policy.digest),
    sensitive: tokensIn(steps as unknown as Json),
  };
}

/** What becomes of each container; of those that are not targeted, nothing. */
function judged(world: Survey, replaced: ReadonlySet<string>): readonly Verdict[] {
  return ofKind(world.stack, "container").flatMap((resource) => {
    const targeted = world.scope.has(resource.address);
    const lost = volumesOf(resource.spec).find((name) => targeted && replaced.has(name));
    const why = lost && `the volume ${lost} under it is replaced`;
    const verdict = decideContainer(world, resource, why);
    if (targeted) return [verdict];
    return verdict.found ? [leave({ ...verdict, debris: [] })] : [];
  });
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

/** Images that a container to be made needs, or that the file names for nobody. */
function pulls(world: Survey, verdicts: readonly Verdict[]): readonly Resource[] {
  return inScope(world, "image").filter((image) => {
    const { pull } = imageState(world, image);
    if (pull === "no" || image.spec.pull === "never") return false;
    const users = verdicts.filter(({ resource }) => resource.spec.image === image.name);
    const makes = users.some(({ action }) => action === "create" || action === "replace");
    const follows = users.some(({ resource }) => !ignores(resource.lifecycle, "image"));
    return makes || users.length === 0 || (pull !== "absent" && follows);
  });
}
