import { isConnected } from "../../attributes/container/network/endpoint.ts";
import { at, record, text } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import type { FoundContainer } from "../../model/observed-state.ts";
import type { Address } from "../../model/stack.ts";
import { isUp } from "../context/container-status.ts";
import type { Verdict } from "../decisions/container.ts";
import { isToRun } from "../diff/run-state.ts";
import type { Built, Ground } from "../graph/context.ts";
import type { Draft } from "../graph/step-graph.ts";
import { reattach } from "./containers/attachments.ts";

/*
 * An engine gives away fixed addresses of who does not run. Whoever of the stack has been given one
 * that another is to have joins its network again, and has another address then.
 */

/** By the container that is to have an address: what takes another off it. */
export type Yields = ReadonlyMap<Address, readonly Draft[]>;

/** Before the containers are built: their recipes await whoever comes back. */
export function makeWay(ground: Ground, verdicts: readonly Verdict[]): Yields {
  const yields = new Map<Address, readonly Draft[]>();
  for (const verdict of verdicts) {
    const { resource, action, found } = verdict;
    if (action === "none" || !isToRun(resource)) continue;
    for (const [network, endpoint] of Object.entries(record(resource.spec.networks))) {
      const ip = text(record(endpoint).ipv4_address);
      if (!ip || ground.leavingNetworks.has(network)) continue;
      const holder = verdicts.find(
        (other) => other.found !== found && staysOn(other, network) && has(other, network, ip),
      );
      if (!holder?.found) continue;
      const because = `${resource.name} is to have its address`;
      const moving = { resource: holder.resource, found: holder.found, because, stays: true };
      const { leave, comeBack } = reattach(ground, { name: network }, moving);
      if (comeBack) ground.comebacks.add(comeBack(leave));
      yields.set(resource.address, [...(yields.get(resource.address) ?? []), leave]);
    }
  }
  return yields;
}

/** Who takes such an address waits until it is free. */
export function awaitWay({ drafts }: Ground, yields: Yields, built: ReadonlyMap<Address, Built>) {
  for (const [address, leaves] of yields) {
    const { start } = built.get(address) ?? {};
    const takers = [...(start ? [start] : []), ...connectsOf(drafts.on(address))];
    for (const taker of takers) for (const leave of leaves) taker.after.add(leave);
  }
}

const connectsOf = (drafts: readonly Draft[]): readonly Draft[] =>
  drafts.filter(({ work }) => work.do === "connect");

/** It neither stops nor leaves the network of its own account, nor is anything about that changed. */
function staysOn({ resource, action, found, inPlace, restart, transition }: Verdict, on: string) {
  if (!found || !isUp(found) || restart || action === "replace" || action === "create")
    return false;
  if (transition?.moves.includes("stop")) return false;
  const moves = inPlace.some(
    (each) => "connect" in each && (each.disconnect.includes(on) || on in each.connect),
  );
  return !moves && record(resource.spec.networks)[on] !== undefined;
}

/** Whether it has the address, which nobody has asked for it. */
function has({ found, resource }: Verdict, network: string, ip: string): boolean {
  const entry = entryOf(found, network);
  if (!found || !isConnected(found.json, entry)) return false;
  const asked = record(record(resource.spec.networks)[network]).ipv4_address;
  return text(entry.IPAddress) === ip && asked === undefined;
}

const entryOf = (found: FoundContainer | undefined, network: string): JsonObject =>
  record(at(found?.json, "NetworkSettings", "Networks", network));
