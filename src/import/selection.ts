import { at, record, text } from "../attributes/values/json.ts";
import type { JsonObject } from "../model/json.ts";
import type {
  ListedContainer,
  ObservedContainer,
  ObservedNetwork,
  ObservedState,
  ObservedVolume,
  Owner,
} from "../model/observed-state.ts";

/** What is to be imported; nothing said: all that no stack owns. */
export interface Choice {
  /** Names of containers, networks and volumes. */
  readonly names: readonly string[];
  /** `key=value`, or `key` alone for any value; all must hold. */
  readonly labels: readonly string[];
  /** A Compose project. */
  readonly project?: string | undefined;
  /** A stack whose file is lost: what it owns, and nothing else. */
  readonly stack?: string | undefined;
}

export interface Selection {
  readonly containers: readonly ObservedContainer[];
  readonly networks: readonly ObservedNetwork[];
  readonly volumes: readonly ObservedVolume[];
}

export const PROJECT = "com.docker.compose.project";
const BUILT_IN = new Set(["bridge", "host", "none"]);
const ANONYMOUS = /^[0-9a-f]{64}$/;

type Found = ObservedContainer | ObservedNetwork | ObservedVolume;

export function labelsOf({ json }: Found): JsonObject {
  return record(json.Labels ?? at(json, "Config", "Labels"));
}

export function selected(observed: ObservedState, choice: Choice): Selection {
  const chosen = (found: Found) => mayBe(found.owner, choice) && fits(found, choice);
  return {
    containers: observed.containers.filter(chosen),
    networks: observed.networks.filter((found) => !isBuiltIn(found) && chosen(found)),
    volumes: observed.volumes.filter((found) => !ANONYMOUS.test(found.name) && chosen(found)),
  };
}

/** The engine's own networks, and a swarm's, are nobody's to change. */
export function isBuiltIn({ name, json }: ObservedNetwork): boolean {
  return BUILT_IN.has(name) || json.Ingress === true || json.Scope === "swarm";
}

function mayBe(owner: Owner | undefined, { stack }: Choice): boolean {
  return stack === undefined ? !owner || owner.adopted === true : owner?.stack === stack;
}

function fits(found: Found, { names, labels, project }: Choice): boolean {
  const have = labelsOf(found);
  return (
    (names.length === 0 || names.includes(found.name)) &&
    (project === undefined || have[PROJECT] === project) &&
    labels.every((each) => {
      const [key = "", ...value] = each.split("=");
      return have[key] !== undefined && (value.length === 0 || have[key] === value.join("="));
    })
  );
}

/** Names that were asked for and are nobody's, or somebody's; in words. */
export function unfound(observed: ObservedState, { names }: Choice): readonly string[] {
  const all: readonly { name: string; owner?: Owner }[] = [
    ...observed.listed,
    ...observed.networks,
    ...observed.volumes,
  ];
  return names.flatMap((name) => {
    const found = all.filter((each) => each.name === name);
    if (found.some(({ owner }) => !owner || owner.adopted)) return [];
    const owner = found[0]?.owner;
    return [owner ? `${name} belongs to the stack ${owner.stack}` : `nothing is named ${name}`];
  });
}

/** Whether somebody beside what is selected uses the network or volume. */
export function isShared(
  observed: ObservedState,
  { containers }: Selection,
  uses: (listed: ListedContainer) => boolean,
): boolean {
  const own = new Set(containers.map(({ id }) => id));
  return observed.listed.some((listed) => !own.has(listed.id) && uses(listed));
}

export function networksOf({ json }: ObservedContainer): readonly string[] {
  const attached = Object.keys(record(at(json, "NetworkSettings", "Networks")));
  return attached.filter((name) => !BUILT_IN.has(name));
}

export function volumesOf({ json }: ObservedContainer): readonly string[] {
  const mounts = Array.isArray(json.Mounts) ? json.Mounts.map(record) : [];
  const names = mounts.flatMap(({ Type, Name }) => (Type === "volume" ? [text(Name)] : []));
  return names.filter((name) => !ANONYMOUS.test(name));
}
