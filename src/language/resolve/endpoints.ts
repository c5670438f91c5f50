import { asSet, record, texts } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Container } from "../model/model.ts";

/**
 * The endpoints of a container with what is said of it as a whole: `mac_address` is the first
 * network's, `links` and `external_links` are names on each of them (Compose Specification).
 */
export function endpointsOf(
  joins: JsonObject,
  { values: { mac_address: mac, links, external_links: external } }: Pick<Container, "values">,
): JsonObject {
  const names = asSet([...texts(links), ...texts(external)]);
  const entries = Object.entries(joins).map(([name, endpoint], index) => [
    name,
    {
      ...(mac !== undefined && index === 0 && { mac_address: mac }),
      ...record(endpoint),
      ...(names.length > 0 && { links: names }),
    },
  ]);
  return Object.fromEntries(entries);
}
