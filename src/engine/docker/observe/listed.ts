import { ownerOf } from "../../../attributes/core/ownership.ts";
import { at, list, record, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { ListedContainer, Owner } from "../../../model/observed-state.ts";

/** The facts about a container that the engine's list contains. */
export function listed(
  summary: JsonObject,
  stack: string,
  owners: ReadonlyMap<string, Owner | undefined>,
): ListedContainer {
  const id = text(summary.Id);
  const labelled = ownerOf(record(summary.Labels));
  // An ownership label that the container inherited from its image was detected by the inspect.
  const owner = labelled && labelled.stack !== stack ? labelled : owners.get(id);
  const ports = list(summary.Ports).flatMap((each) => {
    const { IP, PublicPort, Type } = record(each);
    return PublicPort ? [`${text(IP)}:${text(PublicPort)}/${text(Type)}`] : [];
  });
  return {
    id,
    name: text(list(summary.Names)[0]).slice(1),
    state: text(summary.State),
    networks: Object.keys(record(at(summary, "NetworkSettings", "Networks"))),
    volumes: list(summary.Mounts).flatMap((mount) => {
      const { Type, Name } = record(mount);
      return Type === "volume" ? [text(Name)] : [];
    }),
    ports,
    ...(owner ? { owner } : {}),
  };
}
