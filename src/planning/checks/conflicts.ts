import { catalogue } from "../../attributes/catalogue.ts";
import { SHARING, sharedName } from "../../attributes/container/namespaces/sharing.ts";
import type { Catalogue } from "../../attributes/core/attribute.ts";
import { FAILED } from "../../attributes/core/ownership.ts";
import { at, record, text, texts } from "../../attributes/values/json.ts";
import { apiAtLeast } from "../../attributes/values/units.ts";
import type { Conflict } from "../../model/plan.ts";
import type { Resource } from "../../model/stack.ts";
import { isUp, statusOf } from "../context/container-status.ts";
import { foreignHolder, imageState, ofKind, type Survey, whose } from "../context/context.ts";
import { imagesOf } from "../context/create-body.ts";
import { hostPorts } from "../context/host-resources.ts";
import { newName, nextName, oldName } from "../context/temporary-names.ts";
import type { Verdict } from "../decisions/container.ts";
import type { NamedVerdict } from "../decisions/networks-volumes.ts";
import { isToRun } from "../diff/run-state.ts";
import { absentPaths, lacking, lackingForNetwork, ofInterfaces } from "./engine-support.ts";

/** Actions that fail where a path is missing on the engine's machine. */
const BEGINS: ReadonlySet<string> = new Set(["create", "replace", "start", "restart"]);

const isMade = (action: string): boolean => action === "create" || action === "replace";

/** What stands in the plan's way and belongs to others, or cannot be had: found before anything stops. */
export function conflictsOf(
  world: Survey,
  verdicts: readonly Verdict[],
  named: readonly NamedVerdict[],
  pulled: readonly Resource[],
): readonly Conflict[] {
  const making = verdicts.filter(({ action }) => isMade(action));
  return [
    ...missingImages(world, making, pulled),
    ...verdicts
      .filter((each) => making.includes(each) || each.found?.name !== each.resource.name)
      .flatMap((verdict) => takenName(world, verdict)),
    ...verdicts
      .filter(({ action, resource }) => action !== "none" && isToRun(resource))
      .flatMap((verdict) => takenPorts(world, verdict)),
    ...named
      .filter(({ resource, action }) => resource.kind === "network" && action === "replace")
      .flatMap((each) => foreignAttachment(world, each)),
    ...named
      .filter(({ resource, action }) => resource.kind === "network" && isMade(action))
      .flatMap(({ resource }) => lackingForNetwork(world, resource)),
    ...verdicts.flatMap((verdict) => neverHealthy(world, verdict)),
    ...verdicts
      .filter(({ action }) => action !== "none")
      .flatMap((verdict) => [...missingHost(world, verdict), ...heldHost(verdicts, verdict)]),
    ...verdicts
      .filter(({ action }) => action !== "none")
      .flatMap((verdict) => heldSubnet(named, verdict)),
    ...[...verdicts, ...named].flatMap(({ resource }) => tooNew(world, resource)),
    ...verdicts
      .filter(({ action }) => action !== "none")
      .flatMap(({ resource }) => lacking(world, resource)),
    ...[...verdicts, ...named]
      .filter(({ action }) => BEGINS.has(action))
      .flatMap(({ resource }) => [
        ...absentPaths(world, resource),
        ...ofInterfaces(world, resource),
      ]),
  ];
}

function missingImages(
  world: Survey,
  making: readonly Verdict[],
  pulled: readonly Resource[],
): Conflict[] {
  return ofKind(world.stack, "image")
    .filter((image) => imageState(world, image).pull === "absent" && !pulled.includes(image))
    .filter((image) => making.some(({ resource }) => imagesOf(resource.spec).includes(image.name)))
    .map(({ address, name }) => ({
      address,
      message: `the image ${name} is not on the engine, and its policy is never to pull`,
      hint: `load it (docker pull ${name}), or use \`pull_policy: missing\``,
    }));
}

function takenName(world: Survey, { resource, action }: Verdict): Conflict[] {
  const own = resource.name;
  const names =
    action === "replace" ? [own, nextName(own), newName(own), oldName(own), own + FAILED] : [own];
  const holder = foreignHolder(world, ({ name }) => names.includes(name));
  if (!holder) return [];
  const { owner } = holder;
  const why =
    owner && owner.stack !== world.stack.name
      ? `belongs to the stack ${owner.stack}`
      : whose(world, holder);
  return [
    {
      address: resource.address,
      message: `a container named ${holder.name} exists and ${why}`,
      hint: `rename or remove it (docker rm ${holder.name}), or set another \`container_name\`${holder.owner || holder.name !== resource.name ? "" : "; `adopt: true` takes it over"}`,
    },
  ];
}

const everywhere = (ip: string): boolean => ["", "0.0.0.0", "::"].includes(ip);

function takenPorts(world: Survey, { resource }: Verdict): Conflict[] {
  return hostPorts(resource.spec).flatMap(({ ip, port, protocol }) => {
    const holder = foreignHolder(world, ({ ports }) =>
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
        message: `port ${port}/${protocol} of the host is held by the container ${holder.name}, which ${whose(world, holder)}`,
        hint: `publish another port, or stop it (docker stop ${holder.name})`,
      },
    ];
  });
}

function foreignAttachment(world: Survey, { resource }: NamedVerdict): Conflict[] {
  // One of ours that has a block leaves the network for a moment, and comes back.
  const user = foreignHolder(
    world,
    ({ networks, owner }) =>
      networks.includes(resource.name) &&
      !(owner?.stack === world.stack.name && world.resources.has(owner.address)),
  );
  if (!user) return [];
  return [
    {
      address: resource.address,
      message: `the network ${resource.name} must be replaced, but the container ${user.name}, which ${whose(world, user)}, is attached to it`,
      hint: `detach it (docker network disconnect ${resource.name} ${user.name}), then plan again`,
    },
  ];
}

/** Somebody waits for its health, and it has no health check: that wait would never end. */
function neverHealthy({ waiting: all }: Survey, { resource, image }: Verdict): Conflict[] {
  const waiting = all.get(`${resource.address} healthy`);
  if (!waiting || !image) return [];
  const { healthcheck } = catalogue.container;
  const effective = healthcheck.docker?.merged?.(resource.spec.healthcheck, image, resource.spec);
  const [kind = "NONE"] = texts(record(effective).test);
  if (kind !== "NONE") return [];
  return [
    {
      address: resource.address,
      message: `${waiting} waits until it is healthy, but it has no health check`,
      hint: "give it a `healthcheck`, or wait with `condition: service_started`",
    },
  ];
}

/** An engine ignores fields of a later API in silence, and the plan would never be empty. */
function tooNew({ observed }: Survey, { address, kind, spec }: Resource): Conflict[] {
  const { api, server } = observed.engine;
  const attributes: Catalogue = catalogue[kind];
  const parts = Object.entries(spec).flatMap(([name, value]): [string, string][] => {
    const { since, newer } = attributes[name]?.docker ?? {};
    const below = value === undefined ? {} : (newer?.(value) ?? {});
    const own = Object.entries(below).map(([part, version]): [string, string] => [
      `${name}.${part}`,
      version,
    ]);
    return since ? [[name, since], ...own] : own;
  });
  return parts
    .filter(([, since]) => !apiAtLeast(api, since))
    .map(([part, since]) => ({
      address,
      message: `\`${part}\` needs API ${since}, and ${server} speaks ${api}`,
      hint: "update the engine, or leave it out",
    }));
}

/** Whoever is to share what somebody else's container has can only do so while that is there. */
function missingHost(world: Survey, { resource }: Verdict): Conflict[] {
  const { spec, address } = resource;
  const own = new Set(ofKind(world.stack, "container").map(({ name }) => name));
  const namespaces = SHARING.map((name) => ({ name: sharedName(spec[name]), running: true }));
  const mounts = texts(spec.volumes_from).map((item) => ({
    name: item.replace(/:ro$/, ""),
    running: false,
  }));
  return [...namespaces, ...mounts].flatMap(({ name, running }): Conflict[] => {
    if (name === undefined || own.has(name)) return [];
    const host = world.observed.listed.find(
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
function heldHost(verdicts: readonly Verdict[], { resource }: Verdict): Conflict[] {
  return resource.needs.flatMap(({ on, bound }): Conflict[] => {
    const host = verdicts.find((each) => each.resource.address === on);
    if (!bound || !host?.found || host.action === "replace") return [];
    const { found } = host;
    const { name } = host.resource;
    const memory = text(at(found.json, "HostConfig", "IpcMode"));
    if (sharedName(resource.spec.ipc) === name && memory !== "shareable") {
      const message = `${on} does not share its memory, and stays as it is`;
      return [{ address: resource.address, message, hint: "permit its replacement" }];
    }
    const starts = host.transition?.moves.includes("start");
    const down = bound === "namespaces" && isToRun(resource) && !isUp(found) && !starts;
    if (!down && (!host.left || found.name === name)) return [];
    const stays = down ? statusOf(found) : `named ${found.name}`;
    const message = `${on}, which it is to share with, stays ${stays}: its change is held, or ignored`;
    return [{ address: resource.address, message, hint: "permit that change" }];
  });
}

/** An address belongs to a subnet, which a network whose replacement is held does not get. */
function heldSubnet(named: readonly NamedVerdict[], { resource }: Verdict): Conflict[] {
  return named.flatMap(({ resource: network, action, difference }): Conflict[] => {
    const { ipv4_address, ipv6_address } = record(record(resource.spec.networks)[network.name]);
    const fixed = ipv4_address ?? ipv6_address;
    const other = difference?.deltas.some(({ attribute }) => attribute.startsWith("ipam"));
    if (network.kind !== "network" || action !== "none" || fixed === undefined || !other) return [];
    const message = `its address ${text(fixed)} needs other subnets of ${network.address}, whose change is held`;
    return [{ address: resource.address, message, hint: "permit that change" }];
  });
}
