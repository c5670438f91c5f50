import { ignores } from "../../attributes/core/lifecycle.ts";
import type { Resource } from "../../model/stack.ts";
import { imageState, inScope, type Survey } from "../context/context.ts";
import { imagesOf } from "../context/create-body.ts";
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
