import { at, list, record, text, texts } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ContainerParts } from "./create-body.ts";

/**
 * The files of a container that are written to where others may see them: to volumes and binds, or to
 * what another container lends it. Anything else is its own.
 */
export function sharedFiles(
  spec: JsonObject,
  { create, injects }: ContainerParts,
): readonly string[] {
  const lent = texts(spec.volumes_from).length > 0;
  const points = mountPoints(create.body);
  return injects
    .flatMap(({ files }) => files.map(({ target }) => target))
    .filter((target) => lent || points.some((point) => target.startsWith(`${point}/`)))
    .sort();
}

/** Where a create body mounts what there is; a volume without a name will be the container's own. */
function mountPoints(body: JsonObject): readonly string[] {
  const structured = list(at(body, "HostConfig", "Mounts")).flatMap((mount) => {
    const { Type, Source, Target } = record(mount);
    return (Type === "volume" || Type === "bind") && Source !== undefined ? [text(Target)] : [];
  });
  const binds = list(at(body, "HostConfig", "Binds")).map((each) => text(each).split(":")[1] ?? "");
  return [...structured, ...binds];
}
