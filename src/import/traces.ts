import { configLabels, recordedSpec } from "../attributes/core/ownership.ts";
import { tokensIn } from "../attributes/secrets/sensitive.ts";
import { at, record, text } from "../attributes/values/json.ts";
import type { JsonObject } from "../model/json.ts";
import type { ObservedContainer } from "../model/observed-state.ts";

/* What was asked of a container and can be told from elsewhere than from where the engine does it. */

/** Of ours, the label keeps them; what is sensitive in them has to be given again. */
export function hooksOf(json: JsonObject): JsonObject {
  const { post_start, pre_stop } = recordedSpec(configLabels(json));
  const all = { ...(post_start && { post_start }), ...(pre_stop && { pre_stop }) };
  return tokensIn(all).length > 0 ? {} : all;
}

/**
 * In one field an engine holds what was asked and what it has made up; another one (`Config`) holds
 * what was asked of the first network alone.
 */
export function withHardwareAddress(recorded: JsonObject, json: JsonObject): JsonObject {
  const mac = text(at(json, "Config", "MacAddress")).toLowerCase();
  const mode = text(at(json, "HostConfig", "NetworkMode"));
  if (mac === "" || at(json, "NetworkSettings", "Networks", mode) === undefined) return recorded;
  const networks = record(recorded.networks);
  return {
    ...recorded,
    networks: { ...networks, [mode]: { ...record(networks[mode]), mac_address: mac } },
  };
}

/** In the host's network a container has the host's name, unless another one was asked for. */
export function hostnameOf({ json }: ObservedContainer, machine: string | undefined): JsonObject {
  const name = text(at(json, "Config", "Hostname"));
  const shares = at(json, "HostConfig", "NetworkMode") === "host";
  const other = machine !== undefined && name !== "" && name !== machine;
  return shares && other && at(json, "HostConfig", "UTSMode") !== "host" ? { hostname: name } : {};
}
