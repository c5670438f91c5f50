import type { JsonObject } from "../../model/json.ts";
import type { Resource } from "../../model/stack.ts";
import { splitReference } from "../values/image-reference.ts";
import { list, text, texts } from "../values/json.ts";

/** The names under which an image is to be pushed: its own only where it is made here. */
export function pushedNames({ name, spec, build }: Resource): readonly string[] {
  const made = [spec.archive, spec.rootfs, build].some((each) => each !== undefined);
  return [...new Set([...(made ? [name] : []), ...texts(spec.tags)])];
}

/** The digests under which registries have the image, as far as the engine knows of it. */
export function digestsOf(image: JsonObject): readonly string[] {
  return list(image.RepoDigests).flatMap((each) => text(each).split("@")[1] ?? []);
}

/** Whether the image is what a registry has under the name, as far as the engine knows of it. */
export function hasDigest(image: JsonObject, name: string, digest: string): boolean {
  const { host, path } = splitReference(name);
  return list(image.RepoDigests).some((each) => {
    const known = splitReference(text(each));
    return known.host === host && known.path === path && known.digest === digest;
  });
}
