import { mountedImages } from "../../attributes/container/storage/mount-codec.ts";
import type { Container, Model } from "../model/model.ts";

/** References that are shown by mounts, and are nobody's image. */
export function mountedOnly(
  model: Model,
  known: (reference: string) => boolean,
): ReadonlyMap<string, Container> {
  const found = [...model.containers.values()].flatMap((container) =>
    mountedImages(container.values.volumes).map((reference) => [reference, container] as const),
  );
  return new Map(found.filter(([reference]) => !known(reference)).toReversed());
}
