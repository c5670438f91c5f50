import { SHARING, sharedName } from "../../attributes/container/namespaces/sharing.ts";
import { at, text, texts } from "../../attributes/values/json.ts";
import type { Conflict } from "../../model/plan.ts";
import { isActive, statusOf } from "../context/container-status.ts";
import { ofKind, type PlanContext } from "../context/context.ts";
import type { ContainerDecision } from "../decisions/container.ts";
import { shouldRun } from "../diff/run-state.ts";

/** Whoever is to share what somebody else's container has can only do so while that is there. */
export function missingProvider(context: PlanContext, { resource }: ContainerDecision): Conflict[] {
  const { spec, address } = resource;
  const own = new Set(ofKind(context.stack, "container").map(({ name }) => name));
  const namespaces = SHARING.map((name) => ({ name: sharedName(spec[name]), running: true }));
  const mounts = texts(spec.volumes_from).map((item) => ({
    name: item.replace(/:ro$/, ""),
    running: false,
  }));
  return [...namespaces, ...mounts].flatMap(({ name, running }): Conflict[] => {
    if (name === undefined || own.has(name)) return [];
    const host = context.observed.listed.find(
      (each) => each.name === name || each.id.startsWith(name),
    );
    if (host && (!running || host.state === "running")) return [];
    const fault = host ? `is ${host.state}` : "does not exist";
    const hint = host
      ? `start it (docker start ${name})`
      : `start one of this name, or share another's`;
    return [
      { address, message: `the container ${name}, which it is to share with, ${fault}`, hint },
    ];
  });
}

/** What stays as it is, since its change is held or ignored, may lack what others need of it. */
export function blockedProvider(
  decisions: readonly ContainerDecision[],
  { resource }: ContainerDecision,
): Conflict[] {
  return resource.needs.flatMap(({ on, bound }): Conflict[] => {
    const host = decisions.find((each) => each.resource.address === on);
    if (!bound || !host?.found || host.action === "replace") return [];
    const { found } = host;
    const { name } = host.resource;
    const memory = text(at(found.json, "HostConfig", "IpcMode"));
    if (sharedName(resource.spec.ipc) === name && memory !== "shareable") {
      const message = `${on} does not share its memory, and stays as it is`;
      return [{ address: resource.address, message, hint: "permit its replacement" }];
    }
    const starts = host.transition?.operations.includes("start");
    const down = bound === "namespaces" && shouldRun(resource) && !isActive(found) && !starts;
    if (!down && (!host.left || found.name === name)) return [];
    const stays = down ? statusOf(found) : `named ${found.name}`;
    const message = `${on}, which it is to share with, stays ${stays}: its change is held, or ignored`;
    return [{ address: resource.address, message, hint: "permit that change" }];
  });
}
