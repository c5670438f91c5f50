import { buildRecord } from "../../attributes/image/build-record.ts";
import { text, texts } from "../../attributes/values/json.ts";
import type { Work } from "../../model/plan.ts";
import type { Resource } from "../../model/stack.ts";
import { supplyWork } from "../context/archive-images.ts";
import { type ImageState, imageState, pullReason, type Survey } from "../context/context.ts";
import type { Draft, Drafts } from "../graph/step-graph.ts";

/** A draft for each image, those that others start from first. */
export function imageDrafts(
  world: Survey,
  drafts: Drafts,
  images: readonly Resource[],
): ReadonlyMap<string, Draft> {
  const made = new Map<string, Draft>();
  const draft = (image: Resource): Draft => {
    const known = made.get(image.name);
    if (known) return known;
    const bases = images.filter(({ name }) => image.build?.bases.includes(name)).map(draft);
    const state = imageState(world, image);
    const because = pullReason(state);
    const [work, ...more] = moved(image, state) ?? [provision(world, image)];
    const added = drafts.add(image.address, work, because, bases);
    for (const each of more) drafts.add(image.address, each, because, bases);
    made.set(image.name, added);
    return added;
  };
  for (const image of images) draft(image);
  return made;
}

function provision(world: Survey, image: Resource): Work {
  return image.build ? buildWork(world, image) : (supplyWork(image) ?? pullWork(image));
}

/** An image that is here gets its names again. */
function moved(
  { name, build }: Resource,
  { pull, json }: ImageState,
): [Work, ...Work[]] | undefined {
  if (pull !== "moved") return undefined;
  const tag = (to: string): Work => ({ do: "tag", image: text(json?.Id), to });
  return [tag(name), ...(build?.asked.tags ?? []).map(tag)];
}

function pullWork(image: Resource): Work {
  const platform = text(image.spec.platform);
  const mirrors = texts(image.spec.mirrors);
  return {
    do: "pull",
    image: image.name,
    ...(platform ? { platform } : {}),
    ...(image.digest === undefined ? {} : { digest: image.digest }),
    ...(mirrors.length > 0 ? { mirrors } : {}),
  };
}

function buildWork({ observed }: Survey, { name, spec, build }: Resource): Work {
  if (!build) throw new Error(`nothing says how ${name} is built`);
  const { platform } = spec;
  return {
    do: "build",
    image: name,
    by: observed.builder ?? "classic",
    build: { ...(platform === undefined ? {} : { platform: text(platform) }), ...build.asked },
    bases: build.bases,
    record: buildRecord(build),
  };
}
