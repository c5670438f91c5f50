import { capacity } from "../../attributes/objects/address-pools.ts";
import { contains, rangeOfAddress } from "../../attributes/values/cidr.ts";
import { record, text } from "../../attributes/values/json.ts";
import { type Container, type Model, replicas } from "../model/model.ts";
import type { Named } from "../model/named-objects.ts";
import { placeOf } from "../yaml/tree.ts";
import { type AskedPool, hasUsualGateway, isPlain, poolsOf } from "./networks.ts";

/* What containers find taken when they join: their network's addresses, and its bridge. */

/** A network has an address for each container that runs on it. */
export function roomForAll(model: Model): void {
  for (const network of model.networks.values()) {
    if (network.external || !isPlain(network)) continue;
    const joining = [...model.containers.values()].filter((each) => joins(each, network));
    for (const pool of poolsOf(network, model)) {
      const { family } = pool.range;
      if (family === 4 && network.values.enable_ipv4 === false) continue;
      const room = capacity(pool, hasUsualGateway(network));
      const count = joining.reduce((sum, each) => sum + taking(each, network, pool), 0);
      if (BigInt(count) <= room && (room > 0n || !hasUsualGateway(network))) continue;
      const others = room === 0n ? "none" : `only ${room}`;
      const who = count === 1 ? "1 container is" : `${count} containers are`;
      const range = text(pool.asked.ip_range) || pool.prefix;
      const message =
        count === 0
          ? `${range} has no address for a container`
          : `${who} to have an address of ${range}, and it has ${others} to give`;
      model.report.error(message, pool.at, "the gateway has one too: choose a larger subnet");
    }
  }
}

/** Whether it runs on the network, and is not gone again as a job is. */
function joins({ authored, values }: Container, { key, name }: Named): boolean {
  const state = text(values.state) || "running";
  if (!["running", "paused"].includes(state) || values.job === true) return false;
  const asked = record(values.networks);
  if (Object.keys(asked).length > 0) return asked[name] !== undefined;
  return key === "default" && authored.network_mode === undefined;
}

/** How many addresses of the pool's range its replicas take; a fixed one may lie outside. */
function taking(container: Container, { name }: Named, { range, part }: AskedPool): number {
  const { ipv4_address, ipv6_address } = record(record(container.values.networks)[name]);
  const fixed = text(range.family === 4 ? ipv4_address : ipv6_address);
  if (fixed && !contains(part, rangeOfAddress(fixed))) return 0;
  return replicas(container);
}

const BRIDGE = "com.docker.network.bridge.name";
/** The bridge of an engine's own network, which would go with a network of this name (20.10). */
const DEFAULT_BRIDGE = "docker0";

/** Each network has a bridge of its own. */
export function ownBridges({ networks, root, report }: Model): void {
  const taken = new Map([[DEFAULT_BRIDGE, "the engine's own network `bridge`"]]);
  for (const { key, values, external } of networks.values()) {
    const name = text(record(values.driver_opts)[BRIDGE]);
    if (external || !name) continue;
    const holder = taken.get(name);
    taken.set(name, `the network \`${key}\``);
    if (!holder) continue;
    const at = placeOf(root, ["networks", key, "driver_opts", BRIDGE]);
    report.error(`${name} is the bridge of ${holder}`, at, "choose another name");
  }
}
