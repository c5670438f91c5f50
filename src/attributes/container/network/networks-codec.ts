import type { JsonObject } from "../../../model/json.ts";
import type { Codec } from "../../core/attribute.ts";
import { at, equal, member, record, text } from "../../values/json.ts";
import { apiAtLeast } from "../../values/units.ts";
import { sharedName } from "../namespaces/sharing.ts";
import {
  type Endpoint,
  type Endpoints,
  endpointBody,
  newerParts,
  readEndpoint,
} from "./endpoint.ts";

/** The engine's own names: a container is in one of these modes or on networks of its own. */
export const MODES = new Set(["host", "none", "bridge"]);

/**
 * The network, by name or id, that a container was made with. Its mode cannot be changed, and from
 * 28 on the container neither starts nor joins others while there is no such network.
 */
export function modeNetwork(container: JsonObject): string | undefined {
  const mode = text(at(container, "HostConfig", "NetworkMode"));
  const others = mode === "" || mode === "default" || MODES.has(mode);
  return others || sharedName(mode) !== undefined ? undefined : mode;
}

/** The endpoint configuration that a container's spec asks for on one network, if any. */
export function endpointOf(spec: JsonObject, network: string): JsonObject | undefined {
  const endpoint = member(record(spec.networks), network);
  return endpoint === undefined ? undefined : endpointBody(endpoint as Endpoint);
}

const takesAll = (api: string): boolean => apiAtLeast(api, "1.44");

export const networks: Codec<Endpoints> = {
  newer: newerParts,
  toEngine: (value, { api }) => {
    const names = Object.keys(value);
    const first = names[0];
    if (first === undefined) return {};
    const sent = takesAll(api) ? names : [first];
    const bodies = sent.map((name) => [name, endpointBody(value[name] ?? { aliases: [] })]);
    const mac = takesAll(api) ? undefined : value[first]?.mac_address;
    return {
      ...(mac ? { MacAddress: mac } : {}),
      HostConfig: { NetworkMode: first },
      NetworkingConfig: { EndpointsConfig: Object.fromEntries(bodies) },
    };
  },
  connects: (value, { api }) =>
    takesAll(api)
      ? {}
      : Object.fromEntries(
          Object.entries(value)
            .slice(1)
            .map(([name, endpoint]) => [name, endpointBody(endpoint)]),
        ),
  fromEngine: (live, want) => {
    const attached = Object.entries(record(at(live.json, "NetworkSettings", "Networks")));
    const mode = modeNetwork(live.json);
    const asked = (name: string) => (want && member(want, name)) !== undefined;
    // One that is asked will be there; under a name that nobody has, the container cannot start.
    const lost = mode !== undefined && !asked(mode) && live.networkId(mode) === undefined;
    return Object.fromEntries([
      ...(lost ? [[mode, { aliases: [], gone: true }]] : []),
      ...attached
        .filter(([name]) => !MODES.has(name) || asked(name))
        .map(([name, json]) => [
          name,
          readEndpoint(live, name, record(json), want && member(want, name)),
        ]),
    ]);
  },
  update: (after, before) => {
    // Of an entry that the engine keeps for the next start only a container that is down gets rid.
    const stuck = Object.entries(before).some(
      ([name, { stale, connected }]) => stale && connected === false && !member(after, name),
    );
    if (stuck || Object.values(before).some(({ gone }) => gone)) return undefined;
    const changed = Object.keys(after).filter(
      (name) => !equal(member(after, name), member(before, name)),
    );
    // A connect call below API 1.54 takes no hardware address.
    const fixed = (name: string) => after[name]?.mac_address ?? before[name]?.mac_address;
    if (changed.some((name) => fixed(name) !== undefined)) return undefined;
    return {
      disconnect: Object.keys(before).filter(
        (name) => !equal(member(after, name), member(before, name)),
      ),
      connect: Object.fromEntries(
        changed.map((name) => [name, endpointBody(after[name] ?? { aliases: [] })]),
      ),
    };
  },
};
