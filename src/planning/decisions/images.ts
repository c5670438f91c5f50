import { ignores } from "../../attributes/core/lifecycle.ts";
import { buildRecord } from "../../attributes/image/build-record.ts";
import { text, texts } from "../../attributes/values/json.ts";
import { apiAtLeast } from "../../attributes/values/units.ts";
import type { Building } from "../../model/build.ts";
import type { Conflict, Note, Step, Work } from "../../model/plan.ts";
import type { Address, Resource } from "../../model/stack.ts";
import { supplyWork } from "../context/archive-images.ts";
import {
  type ImageState,
  imageState,
  inScope,
  pullReason,
  type Survey,
} from "../context/context.ts";
import { imagesOf } from "../context/create-body.ts";
import type { Draft, Drafts } from "../graph/step-graph.ts";
import type { Verdict } from "./container.ts";

/**
 * Images that are pulled or built: those that a container to be made needs, or a build, and those
 * that the file names for nobody.
 */
export function wantedImages(world: Survey, verdicts: readonly Verdict[]): readonly Resource[] {
  const images = inScope(world, "image");
  const wanted = (image: Resource): boolean => {
    const { pull } = imageState(world, image);
    if (pull === "no" || (image.spec.pull === "never" && !image.content)) return false;
    const users = verdicts.filter(({ resource }) => imagesOf(resource.spec).includes(image.name));
    const makes = users.some(({ action }) => action === "create" || action === "replace");
    const follows = users.some(({ resource }) => !ignores(resource.lifecycle, "image"));
    const builders = images.filter(({ build }) => build?.bases.includes(image.name));
    const unused = users.length === 0 && builders.length === 0;
    return makes || unused || (pull !== "absent" && follows) || builders.some(wanted);
  };
  return images.filter(wanted);
}

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

/** Which builder it is, where that is not the one that Docker's client would take as a rule. */
export function buildNotes({ observed }: Survey, steps: readonly Step[]): readonly Note[] {
  const { withoutBuildKit: why } = observed;
  if (why === undefined) return [];
  return steps.flatMap((step): Note[] =>
    step.do === "build"
      ? [{ address: step.target, message: `the classic builder builds it, since ${why}` }]
      : [],
  );
}

/** What the builder that is there cannot do, and bases that may not be pulled. */
export function buildConflicts(world: Survey, wanted: readonly Resource[]): readonly Conflict[] {
  const building = wanted.filter(
    (image) => image.build !== undefined && imageState(world, image).pull !== "moved",
  );
  return building.flatMap(({ address, build }): Conflict[] => {
    const missing = (build?.bases ?? []).flatMap((base): Conflict[] => {
      const image = world.images.get(base);
      if (!image || wanted.includes(image) || imageState(world, image).pull !== "absent") return [];
      const message = `its base image ${base} is not on the engine, and its policy is never to pull`;
      return [{ address, message, hint: `load it, or let \`images:\` pull it` }];
    });
    if (world.observed.builder === "buildkit")
      return [...missing, ...aheadOfEngine(world, address, build)];
    if (build?.modern === undefined) return missing;
    const message = `its build needs BuildKit for ${build.modern}, and only the classic builder is there`;
    const hint =
      "install docker buildx (the package docker-buildx or docker-buildx-plugin); only a Docker engine has BuildKit, and DOCKER_BUILDKIT=0 rules it out";
    return [...missing, { address, message, hint }];
  });
}

/**
 * What the BuildKit of an engine below 23 (API 1.42) refuses in the midst of a build, or passes over
 * in silence.
 */
function aheadOfEngine(
  { observed }: Survey,
  address: Address,
  build: Building | undefined,
): readonly Conflict[] {
  const { api, server } = observed.engine;
  if (!build || apiAtLeast(api, "1.42")) return [];
  const { shm_size, additional_contexts } = build.asked;
  const conflict = (part: string, hint: string): Conflict => {
    const message = `\`build.${part}\` with BuildKit needs API 1.42, and ${server} speaks ${api}`;
    return { address, message, hint: `update the engine, or ${hint}` };
  };
  const classic = "let its classic builder do it (DOCKER_BUILDKIT=0)";
  const syntax = "begin the Dockerfile with `# syntax=docker/dockerfile:1`";
  return [
    ...(shm_size === undefined ? [] : [conflict("shm_size", classic)]),
    ...(additional_contexts && !build.syntax ? [conflict("additional_contexts", syntax)] : []),
  ];
}
