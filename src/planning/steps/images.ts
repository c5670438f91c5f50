import { buildRecord } from "../../attributes/image/build-record.ts";
import { text, texts } from "../../attributes/values/json.ts";
import type { Operation } from "../../model/operations/operations.ts";
import type { Resource } from "../../model/stack.ts";
import { loadOperation } from "../context/archive-images.ts";
import { type ImageStatus, imageStatus, type PlanContext, pullReason } from "../context/context.ts";
import type { StepGraph, StepNode } from "../graph/step-graph.ts";

/** A node for each image; base images come first. */
export function imageSteps(
  context: PlanContext,
  graph: StepGraph,
  images: readonly Resource[],
): ReadonlyMap<string, StepNode> {
  const made = new Map<string, StepNode>();
  const node = (image: Resource): StepNode => {
    const known = made.get(image.name);
    if (known) return known;
    const bases = images.filter(({ name }) => image.build?.bases.includes(name)).map(node);
    const state = imageStatus(context, image);
    const reason = pullReason(state);
    const [work, ...more] = retag(image, state) ?? [provide(context, image)];
    const added = graph.add(image.address, work, reason, bases);
    for (const each of more) graph.add(image.address, each, reason, bases);
    made.set(image.name, added);
    return added;
  };
  for (const image of images) node(image);
  return made;
}

function provide(context: PlanContext, image: Resource): Operation {
  return image.build ? buildWork(context, image) : (loadOperation(image) ?? pullWork(image));
}

/** An image that is here gets its names again. */
function retag(
  { name, build }: Resource,
  { pull, json }: ImageStatus,
): [Operation, ...Operation[]] | undefined {
  if (pull !== "moved") return undefined;
  const tag = (to: string): Operation => ({ operation: "image.tag", image: text(json?.Id), to });
  return [tag(name), ...(build?.asked.tags ?? []).map(tag)];
}

function pullWork(image: Resource): Operation {
  const platform = text(image.spec.platform);
  const mirrors = texts(image.spec.mirrors);
  return {
    operation: "image.pull",
    image: image.name,
    ...(platform ? { platform } : {}),
    ...(image.digest === undefined ? {} : { digest: image.digest }),
    ...(mirrors.length > 0 ? { mirrors } : {}),
  };
}

function buildWork({ observed }: PlanContext, { name, spec, build }: Resource): Operation {
  if (!build) throw new Error(`nothing says how ${name} is built`);
  const { platform } = spec;
  return {
    operation: "image.build",
    image: name,
    by: observed.builder ?? "classic",
    build: { ...(platform === undefined ? {} : { platform: text(platform) }), ...build.asked },
    bases: build.bases,
    record: buildRecord(build),
  };
}
