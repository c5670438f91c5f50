import { catalogue } from "../attributes/catalogue.ts";
import type { Catalogue } from "../attributes/core/attribute.ts";
import { hasRecord, recordedSpec } from "../attributes/core/ownership.ts";
import { at, record, text } from "../attributes/values/json.ts";
import type { JsonObject } from "../model/json.ts";
import type { ObservedNetwork, ObservedState, ObservedVolume } from "../model/observed-state.ts";
import { authored } from "./authored-form.ts";
import { askedOf } from "./minimal-spec.ts";
import {
  type Choice,
  isBuiltIn,
  isShared,
  labelsOf,
  networksOf,
  PROJECT,
  type Selection,
  volumesOf,
} from "./selection.ts";

/** What names and owns the imported stack. */
export interface Frame {
  readonly name: string;
  readonly choice: Choice;
  readonly observed: ObservedState;
  readonly selection: Selection;
  readonly withSecrets: boolean;
  /** The engine's own host name. */
  readonly machine?: string | undefined;
  digest(text: string): string;
}

/** Networks or volumes as a file declares them, and their keys by the engine's names. */
export interface Section {
  readonly keys: ReadonlyMap<string, string>;
  readonly entries: JsonObject;
}

export function networkSection(frame: Frame): Section {
  const { observed, selection } = frame;
  const used = selection.containers.flatMap(networksOf);
  const all = [...new Set([...selection.networks.map(({ name }) => name), ...used])];
  const found = all.flatMap((name) => observed.networks.find((each) => each.name === name) ?? []);
  return section(frame, "network", found, (network) => {
    const shared = isShared(observed, selection, ({ networks }) => networks.includes(network.name));
    return isBuiltIn(network) || shared;
  });
}

export function volumeSection(frame: Frame): Section {
  const { observed, selection } = frame;
  const used = selection.containers.flatMap(volumesOf);
  const all = [...new Set([...selection.volumes.map(({ name }) => name), ...used])];
  const found = all.flatMap((name) => observed.volumes.find((each) => each.name === name) ?? []);
  return section(frame, "volume", found, (volume) =>
    isShared(observed, selection, ({ volumes }) => volumes.includes(volume.name)),
  );
}

function section(
  frame: Frame,
  kind: "network" | "volume",
  all: readonly (ObservedNetwork | ObservedVolume)[],
  othersUse: (found: ObservedNetwork | ObservedVolume) => boolean,
): Section {
  const keys = new Map<string, string>();
  const entries: Record<string, JsonObject | null> = {};
  for (const found of all.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const key = keyOf(frame, kind, found, new Set(keys.values()));
    keys.set(found.name, key);
    const external = isElsewhere(frame, found) || othersUse(found);
    const entry = external ? { external } : managed(frame, kind, found, key);
    const implied = external ? key : `${frame.name}_${key}`;
    const named = found.name === implied ? entry : { name: found.name, ...entry };
    entries[key] = Object.keys(named).length > 0 ? named : null;
  }
  return { keys, entries };
}

/** Another's, or no part of the project or stack that is imported. */
function isElsewhere({ choice }: Frame, found: ObservedNetwork | ObservedVolume): boolean {
  const { owner } = found;
  if (choice.stack !== undefined) return owner?.stack !== choice.stack;
  if (owner) return true;
  return choice.project !== undefined && labelsOf(found)[PROJECT] !== choice.project;
}

function keyOf(
  { name: stack, choice }: Frame,
  kind: "network" | "volume",
  { name, owner, ...found }: ObservedNetwork | ObservedVolume,
  taken: ReadonlySet<string>,
): string {
  const { Labels } = found.json;
  const byAddress = choice.stack ? owner?.address.slice(kind.length + 1) : undefined;
  const byCompose = choice.project ? text(record(Labels)[`com.docker.compose.${kind}`]) : "";
  const prefix = `${stack}_`;
  const bare = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  const key = [byAddress, byCompose, bare].find((each) => each && !taken.has(each));
  return key ?? name;
}

function managed(
  { choice, observed, selection, digest }: Frame,
  kind: "network" | "volume",
  found: ObservedNetwork | ObservedVolume,
  key: string,
): JsonObject {
  const attributes: Catalogue = catalogue[kind];
  // An engine gives fixed addresses only out of a subnet that was asked for.
  const fixed = selection.containers.some(({ json }) => {
    const ipam = record(at(json, "NetworkSettings", "Networks", found.name, "IPAMConfig"));
    return Boolean(ipam.IPv4Address || ipam.IPv6Address);
  });
  const spec = askedOf(attributes, {
    json: found.json,
    image: undefined,
    api: observed.engine.api,
    recorded: recordedSpec(record(found.json.Labels)),
    digest,
    isFixed: choice.stack !== undefined && hasRecord(record(found.json.Labels)),
    networkId: () => undefined,
    containerId: () => undefined,
    file: () => undefined,
    keep: (name, part) => fixed && name === "ipam" && part.startsWith("subnet "),
  });
  const own = { key, network: String, volume: String, container: String };
  const { values } = authored(attributes, spec, own);
  return { ...(choice.stack === undefined ? { adopt: true } : {}), ...values };
}
