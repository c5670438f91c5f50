import { isMap, record, texts } from "../attributes/values/json.ts";
import type { Json, JsonObject } from "../model/json.ts";

/** Endpoints in canonical form without what a file says elsewhere, and that. */
export interface Parted {
  readonly networks: JsonObject;
  /** `NAME:ALIAS`, on any of the networks. */
  readonly links: readonly string[];
}

/**
 * Links are said of a container as a whole (Compose Specification, "links"); and that a network is
 * not the one that it was is for nobody to ask.
 */
export function parted(networks: Json | undefined): Parted | undefined {
  if (!isMap(networks)) return undefined;
  const links = new Set<string>();
  const entries = Object.entries(networks).map(([name, endpoint]): [string, Json] => {
    const { links: own, stale: _, ...rest } = record(endpoint);
    for (const link of texts(own)) links.add(link);
    return [name, rest];
  });
  return { networks: Object.fromEntries(entries), links: [...links].sort() };
}

/** The links in the forms that people write. `key`: the container's key in the file, if it has one. */
export function writtenLinks(
  links: readonly string[],
  key: (container: string) => string | undefined,
): JsonObject {
  const each = links.map((link) => {
    const [name = "", alias = name] = link.split(":");
    const own = key(name);
    const as = own ?? name;
    return { own: own !== undefined, text: alias === as ? as : `${as}:${alias}` };
  });
  const [within, outside] = [true, false].map((own) =>
    each.filter((link) => link.own === own).map(({ text }) => text),
  );
  return {
    ...(within && within.length > 0 ? { links: within } : {}),
    ...(outside && outside.length > 0 ? { external_links: outside } : {}),
  };
}
