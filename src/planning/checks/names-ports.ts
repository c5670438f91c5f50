import { FAILED } from "../../attributes/core/ownership.ts";
import type { Conflict } from "../../model/plan.ts";
import { findForeignUser, ownershipReason, type PlanContext } from "../context/context.ts";
import { hostPorts } from "../context/host-resources.ts";
import { otherReplacementName, replacementName, retiredName } from "../context/temporary-names.ts";
import type { ContainerDecision } from "../decisions/container.ts";
import type { NetworkVolumeDecision } from "../decisions/networks-volumes.ts";

export function takenName(
  context: PlanContext,
  { resource, action }: ContainerDecision,
): Conflict[] {
  const own = resource.name;
  const names =
    action === "replace"
      ? [own, replacementName(own), otherReplacementName(own), retiredName(own), own + FAILED]
      : [own];
  const holder = findForeignUser(context, ({ name }) => names.includes(name));
  if (!holder) return [];
  const { owner } = holder;
  const reason =
    owner && owner.stack !== context.stack.name
      ? `belongs to the stack ${owner.stack}`
      : ownershipReason(context, holder);
  return [
    {
      address: resource.address,
      message: `a container named ${holder.name} exists and ${reason}`,
      hint: `rename or remove it (docker rm ${holder.name}), or set another \`container_name\`${holder.owner || holder.name !== resource.name ? "" : "; `adopt: true` takes it over"}`,
    },
  ];
}

const everywhere = (ip: string): boolean => ["", "0.0.0.0", "::"].includes(ip);

export function takenPorts(context: PlanContext, { resource }: ContainerDecision): Conflict[] {
  return hostPorts(resource.spec).flatMap(({ ip, port, protocol }) => {
    const holder = findForeignUser(context, ({ ports }) =>
      ports.some((held) => {
        const [where = "", heldProtocol] = held.split("/");
        const index = where.lastIndexOf(":");
        const heldIp = where.slice(0, index);
        const same = heldIp === ip || everywhere(ip) || everywhere(heldIp);
        return same && where.slice(index + 1) === port && heldProtocol === protocol;
      }),
    );
    if (!holder) return [];
    return [
      {
        address: resource.address,
        message: `port ${port}/${protocol} of the host is held by the container ${holder.name}, which ${ownershipReason(context, holder)}`,
        hint: `publish another port, or stop it (docker stop ${holder.name})`,
      },
    ];
  });
}

export function foreignAttachment(
  context: PlanContext,
  { resource }: NetworkVolumeDecision,
): Conflict[] {
  // One of ours that has a block leaves the network for a moment, and comes back.
  const user = findForeignUser(
    context,
    ({ networks, owner }) =>
      networks.includes(resource.name) &&
      !(owner?.stack === context.stack.name && context.resources.has(owner.address)),
  );
  if (!user) return [];
  return [
    {
      address: resource.address,
      message: `the network ${resource.name} must be replaced, but the container ${user.name}, which ${ownershipReason(context, user)}, is attached to it`,
      hint: `detach it (docker network disconnect ${resource.name} ${user.name}), then plan again`,
    },
  ];
}
