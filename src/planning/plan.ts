import { catalogue } from "../attributes/index.ts";
import { tokensIn } from "../attributes/sensitive.ts";
import type { Json } from "../model/json.ts";
import type { FoundNetwork, FoundVolume, Observed } from "../model/observed.ts";
import type { Plan } from "../model/plan.ts";
import type { Address, Stack } from "../model/stack.ts";
import { containerChange, imageChange, movedChanges, namedChange } from "./changes.ts";
import { conflictsOf } from "./conflicts.ts";
import { consent } from "./consent.ts";
import type { Verdict } from "./decide.ts";
import { fingerprint } from "./fingerprint.ts";
import { heirsOf } from "./hand-over.ts";
import { buildConflicts, wantedImages } from "./images.ts";
import { leftovers } from "./leftovers.ts";
import { decideNamed, type NamedVerdict } from "./named.ts";
import type { Policy } from "./policy.ts";
import type { Purpose } from "./purpose.ts";
import { rollOut } from "./rollout.ts";
import { draftAll } from "./steps.ts";
import { subnetConflicts } from "./subnets.ts";
import { ofKind, type Survey, survey } from "./survey.ts";
import { decideContainers } from "./verdicts.ts";

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
  const empty = survey({ name: stack.name, resources: [] }, observed, policy);
  return assemble(empty, { purpose: "destroy", order: stack, volumes: policy.volumes });
}

function assemble(world: Survey, purpose: Purpose): Plan {
  const { stack, observed, policy } = world;
  const networks = ofKind(stack, "network").map((resource) =>
    decideNamed<FoundNetwork>(world, resource, observed.networks, catalogue.network),
  );
  const volumes = ofKind(stack, "volume").map((resource) =>
    decideNamed<FoundVolume>(world, resource, observed.volumes, catalogue.volume),
  );
  const { replaced, held } = consent(world, volumes);
  const verdicts = decideContainers(world, networks, replaced);
  const images = wantedImages(world, verdicts);
  const gone = leftovers(world, networks, volumes, purpose);
  const heirs = heirsOf(verdicts);
  const { rollouts, conflicts: orders } = rollOut(world, verdicts, replaced, heirs);
  const conflicts = [
    ...orders,
    ...[...networks, ...volumes].flatMap(({ conflict }) => (conflict ? [conflict] : [])),
    ...conflictsOf(world, verdicts, [...networks, ...volumes], images),
    ...buildConflicts(world, images),
    ...subnetConflicts(world, networks, gone),
  ];
  const named = { networks, volumes, verdicts, images, replaced, gone };
  const drafts = draftAll(world, { ...named, rollouts, heirs, purpose });
  const { steps, recovery } = drafts.number();
  const changes = [
    ...images.map((image) => imageChange(world, image)),
    ...[...networks, ...volumes].flatMap((each) => namedChange(each, replaced)),
    ...verdicts.flatMap((verdict) => containerChange(verdict, rollouts)),
    ...movedChanges(verdicts, steps),
    ...gone.changes,
  ];
  const touched = new Set([...changes, ...held].map(({ address }) => address));
  const adopted = adoptedOf([...networks, ...volumes, ...verdicts]);
  return {
    stack: stack.name,
    purpose: purpose.purpose,
    engine: observed.engine,
    changes,
    steps,
    recovery,
    held: [...held, ...gone.held],
    conflicts,
    ...(adopted.length > 0 ? { adopted } : {}),
    unchanged: stack.resources.filter(({ address }) => !touched.has(address)).length,
    fingerprint: fingerprint(observed, stack.name, policy.digest, steps.length > 0),
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
