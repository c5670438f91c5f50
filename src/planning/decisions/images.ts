import { ignores } from "../../attributes/core/lifecycle.ts";
import type { Resource } from "../../model/stack.ts";
import { imageStatus, type PlanContext, targeted } from "../context/context.ts";
import { referencedImages } from "../context/create-body.ts";
import type { ContainerDecision } from "./container.ts";

/**
 * Images that are pulled or built: those that a container to be made needs, or a build, and those
 * that the file names for nobody.
 */
export function imagesToProvide(
  context: PlanContext,
  decisions: readonly ContainerDecision[],
): readonly Resource[] {
  const images = targeted(context, "image");
  const wanted = (image: Resource): boolean => {
    const { pull } = imageStatus(context, image);
    if (pull === "no" || (image.spec.pull === "never" && !image.content)) return false;
    const users = decisions.filter(({ resource }) =>
      referencedImages(resource.spec).includes(image.name),
    );
    const makes = users.some(({ action }) => action === "create" || action === "replace");
    const follows = users.some(({ resource }) => !ignores(resource.lifecycle, "image"));
    const builders = images.filter(({ build }) => build?.bases.includes(image.name));
    const unused = users.length === 0 && builders.length === 0;
    return makes || unused || (pull !== "absent" && follows) || builders.some(wanted);
  };
  return images.filter(wanted);
}
