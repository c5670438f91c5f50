import { text } from "../../attributes/values/json.ts";
import type { Path } from "../yaml/tree.ts";
import type { Model } from "./model.ts";

/** All that the stack builds; `path` is where that is written. */
export function buildsIn({ images, containers }: Pick<Model, "images" | "containers">) {
  const declared = [...images.values()].map(({ key, source, build }) => ({
    ...{ reference: source, build, path: ["images", key, "build"] as Path },
  }));
  const own = [...containers.values()].map(({ key, values, build }) => ({
    ...{ reference: text(values.image), build, path: ["containers", key, "build"] as Path },
  }));
  return [...declared, ...own].flatMap(({ build, ...rest }) => (build ? [{ ...rest, build }] : []));
}

/** The images that the stack's builds start from. */
export function basesIn(model: Pick<Model, "images" | "containers">) {
  return buildsIn(model).flatMap(({ build, path }) =>
    build.bases.map((base) => ({ base, build, path })),
  );
}
