import { catalogue } from "../../attributes/catalogue.ts";
import type { Catalogue } from "../../attributes/core/attribute.ts";
import { record, texts } from "../../attributes/values/json.ts";
import { apiAtLeast } from "../../attributes/values/units.ts";
import type { Conflict } from "../../model/plan.ts";
import type { Resource } from "../../model/stack.ts";
import { imageStatus, ofKind, type PlanContext } from "../context/context.ts";
import { referencedImages } from "../context/create-body.ts";
import type { ContainerDecision } from "../decisions/container.ts";
import type { NetworkVolumeDecision } from "../decisions/networks-volumes.ts";
import { shouldRun } from "../diff/run-state.ts";
import { lackingForNetwork, missingPaths, missingSupport, ofInterfaces } from "./engine-support.ts";
import { foreignAttachment, takenName, takenPorts } from "./names-ports.ts";
import { blockedProvider, missingProvider } from "./namespaces.ts";

/** Actions that fail where a path is missing on the engine's machine. */
const BEGINS: ReadonlySet<string> = new Set(["create", "replace", "start", "restart"]);

const isMade = (action: string): boolean => action === "create" || action === "replace";

/** What stands in the plan's way and belongs to others, or cannot be had: found before anything stops. */
export function conflictsOf(
  context: PlanContext,
  decisions: readonly ContainerDecision[],
  named: readonly NetworkVolumeDecision[],
  pulled: readonly Resource[],
): readonly Conflict[] {
  const making = decisions.filter(({ action }) => isMade(action));
  return [
    ...missingImages(context, making, pulled),
    ...decisions
      .filter((each) => making.includes(each) || each.found?.name !== each.resource.name)
      .flatMap((decision) => takenName(context, decision)),
    ...decisions
      .filter(({ action, resource }) => action !== "none" && shouldRun(resource))
      .flatMap((decision) => takenPorts(context, decision)),
    ...named
      .filter(({ resource, action }) => resource.kind === "network" && action === "replace")
      .flatMap((each) => foreignAttachment(context, each)),
    ...named
      .filter(({ resource, action }) => resource.kind === "network" && isMade(action))
      .flatMap(({ resource }) => lackingForNetwork(context, resource)),
    ...decisions.flatMap((decision) => neverHealthy(context, decision)),
    ...decisions
      .filter(({ action }) => action !== "none")
      .flatMap((decision) => [
        ...missingProvider(context, decision),
        ...blockedProvider(decisions, decision),
      ]),
    ...[...decisions, ...named].flatMap(({ resource }) => unsupportedByApi(context, resource)),
    ...decisions
      .filter(({ action }) => action !== "none")
      .flatMap(({ resource }) => missingSupport(context, resource)),
    ...[...decisions, ...named]
      .filter(({ action }) => BEGINS.has(action))
      .flatMap(({ resource }) => [
        ...missingPaths(context, resource),
        ...ofInterfaces(context, resource),
      ]),
  ];
}

function missingImages(
  context: PlanContext,
  making: readonly ContainerDecision[],
  pulled: readonly Resource[],
): Conflict[] {
  return ofKind(context.stack, "image")
    .filter((image) => imageStatus(context, image).pull === "absent" && !pulled.includes(image))
    .filter((image) =>
      making.some(({ resource }) => referencedImages(resource.spec).includes(image.name)),
    )
    .map(({ address, name }) => ({
      address,
      message: `the image ${name} is not on the engine, and its policy is never to pull`,
      hint: `load it (docker pull ${name}), or use \`pull_policy: missing\``,
    }));
}

/** Somebody waits for its health, and it has no health check: that wait would never end. */
function neverHealthy(
  { waiting: all }: PlanContext,
  { resource, image }: ContainerDecision,
): Conflict[] {
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
function unsupportedByApi(
  { observed }: PlanContext,
  { address, kind, spec }: Resource,
): Conflict[] {
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
