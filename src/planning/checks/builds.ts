import { apiAtLeast } from "../../attributes/values/units.ts";
import type { Building } from "../../model/build.ts";
import type { Conflict, Note, Step } from "../../model/plan.ts";
import type { Address, Resource } from "../../model/stack.ts";
import { imageStatus, type PlanContext } from "../context/context.ts";

/** Which builder it is, where that is not the one that Docker's client would take as a rule. */
export function builderNotes({ observed }: PlanContext, steps: readonly Step[]): readonly Note[] {
  const { withoutBuildKit: reason } = observed;
  if (reason === undefined) return [];
  return steps.flatMap((step): Note[] =>
    step.operation === "image.build"
      ? [{ address: step.address, message: `the classic builder builds it, since ${reason}` }]
      : [],
  );
}

/** What the builder that is there cannot do, and bases that may not be pulled. */
export function buildConflicts(
  context: PlanContext,
  wanted: readonly Resource[],
): readonly Conflict[] {
  const building = wanted.filter(
    (image) => image.build !== undefined && imageStatus(context, image).pull !== "moved",
  );
  return building.flatMap(({ address, build }): Conflict[] => {
    const missing = (build?.bases ?? []).flatMap((base): Conflict[] => {
      const image = context.images.get(base);
      if (!image || wanted.includes(image) || imageStatus(context, image).pull !== "absent")
        return [];
      const message = `its base image ${base} is not on the engine, and its policy is never to pull`;
      return [{ address, message, hint: `load it, or let \`images:\` pull it` }];
    });
    if (context.observed.builder === "buildkit")
      return [...missing, ...aheadOfEngine(context, address, build)];
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
  { observed }: PlanContext,
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
