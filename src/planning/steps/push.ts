import { hasDigest, pushedNames } from "../../attributes/image/digests.ts";
import { repositoryOf } from "../../attributes/values/image-reference.ts";
import { texts } from "../../attributes/values/json.ts";
import type { Change } from "../../model/change.ts";
import type { Step } from "../../model/plan.ts";
import type { Resource } from "../../model/stack.ts";
import { type PlanContext, targeted } from "../context/context.ts";
import type { StepGraph, StepNode } from "../graph/step-graph.ts";

/**
 * Gives images their further names, and pushes what the registries lack. Pushes into one repository
 * go one after another: the reference registry's file storage (2.8) answers a part of those at once
 * with 500, and the later ones find the layers there.
 */
export function pushSteps(
  context: PlanContext,
  graph: StepGraph,
  provided: ReadonlyMap<string, StepNode>,
): void {
  for (const image of targeted(context, "image")) publishOne(context, graph, image, provided);
}

function publishOne(
  { observed }: PlanContext,
  graph: StepGraph,
  image: Resource,
  provided: ReadonlyMap<string, StepNode>,
): void {
  const { address, name, spec } = image;
  const provider = provided.get(name);
  const json = observed.images[name] ?? undefined;
  if (!provider && !json) return;
  const tagged = new Map<string, StepNode>();
  for (const to of texts(spec.tags)) {
    if (!provider && observed.images[to]?.Id === json?.Id) continue;
    const reason = observed.images[to] ? `${to} is another image` : "it has not got that name";
    tagged.set(
      to,
      graph.add(address, { operation: "image.tag", image: name, to }, reason, [provider]),
    );
  }
  if (spec.push !== true) return;
  for (const each of pushedNames(image)) {
    const digest = observed.pushed?.[each];
    if (!provider && json && digest && hasDigest(json, each, digest)) continue;
    const reason = digest ? "its registry has other content" : "its registry does not have it";
    const last = graph
      .of("image.push")
      .findLast(({ work }) => "image" in work && repositoryOf(work.image) === repositoryOf(each));
    const after = [tagged.get(each) ?? provider, last];
    graph.add(address, { operation: "image.push", image: each }, reason, after);
  }
}

/** Images that are here, and only get a name or are pushed. */
export function publishedChanges(
  context: PlanContext,
  provided: readonly Resource[],
  steps: readonly Step[],
): readonly Change[] {
  return targeted(context, "image").flatMap((image): Change[] => {
    const { address, name } = image;
    const [step] = steps.filter(({ address: target }) => target === address);
    if (!step || provided.includes(image)) return [];
    const reason = step.reason;
    const what = { address, kind: "image", name, action: "update", reason } as const;
    return [{ ...what, origin: "unknown", deltas: [], unchanged: 0 }];
  });
}
