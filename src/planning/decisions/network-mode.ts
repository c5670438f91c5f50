import { modeNetwork } from "../../attributes/container/network/networks-codec.ts";
import { ignores } from "../../attributes/core/lifecycle.ts";
import { at, record } from "../../attributes/values/json.ts";
import type { ObservedContainer, ObservedNetwork } from "../../model/observed-state.ts";
import type { Resource } from "../../model/stack.ts";
import { findForeignUser, ofKind, type PlanContext } from "../context/context.ts";
import type { NetworkVolumeDecision } from "./networks-volumes.ts";

/**
 * Why a container cannot stay with the network that it was made with: the engine looks for it at each
 * start, whatever others the container is on, and nothing changes that but a replacement.
 */
export function networkModeLost(
  context: PlanContext,
  { lifecycle }: Resource,
  found: ObservedContainer,
  replaced: readonly NetworkVolumeDecision[],
): string | undefined {
  const mode = modeNetwork(found.json);
  if (mode === undefined) return undefined;
  const network = networkOf(context, mode);
  if (!network) {
    const made = ofKind(context.stack, "network").some(({ name }) => name === mode);
    return made ? undefined : `its network mode names ${mode}, which does not exist`;
  }
  const { name } = network;
  if (name !== mode && replaced.some((decision) => decision.found === network))
    return `its network mode names the network ${name} by its id, and that is replaced`;
  const stays = ignores(lifecycle, "networks") && isOn(found, name);
  return !stays && goes(context, network)
    ? `its network mode names ${name}, which the stack no longer has`
    : undefined;
}

/** By name, or by the beginning of its id, as `docker run --network` takes it. */
function networkOf(
  { observed: { networks } }: PlanContext,
  mode: string,
): ObservedNetwork | undefined {
  const named = networks.find(({ name }) => name === mode);
  return named ?? networks.find(({ id }) => mode.length >= 12 && id.startsWith(mode));
}

const isOn = ({ json }: ObservedContainer, network: string): boolean =>
  record(at(json, "NetworkSettings", "Networks"))[network] !== undefined;

/** It is the stack's, the file does not name it, and nothing keeps it. */
function goes(context: PlanContext, { name, owner, json }: ObservedNetwork): boolean {
  const { stack, targeting: scope, resources } = context;
  if (owner?.stack !== stack.name) return false;
  if (ofKind(stack, "network").some((resource) => resource.name === name)) return false;
  const { address } = owner;
  if (!(resources.has(address) ? scope.includes(address) : scope.isTarget(address))) return false;
  if (scope.isProtected(address, record(json.Labels))) return false;
  return findForeignUser(context, ({ networks }) => networks.includes(name)) === undefined;
}
