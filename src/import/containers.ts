import { catalogue } from "../attributes/catalogue.ts";
import { configLabels, recordedSpec } from "../attributes/core/ownership.ts";
import { equal, record, text } from "../attributes/values/json.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { ObservedContainer } from "../model/observed-state.ts";
import { authored } from "./authored-form.ts";
import { dependsOn, isAwaited } from "./compose-labels.ts";
import { treatmentOf } from "./lifecycle.ts";
import { parted, writtenLinks } from "./links.ts";
import { askedOf } from "./minimal-spec.ts";
import type { Frame, Section } from "./networks-volumes.ts";
import type { Vault } from "./secrets.ts";
import { labelsOf } from "./selection.ts";
import { hooksOf, hostnameOf, withHardwareAddress } from "./traces.ts";
import { unwritten } from "./unwritten.ts";

/** Where a container stands in the stack: its key, and which of the key's replicas it is. */
interface Place {
  readonly key: string;
  readonly number: number;
}

interface Entry extends Place {
  readonly found: ObservedContainer;
  readonly values: JsonObject;
}

interface Sections {
  readonly networks: Section;
  readonly volumes: Section;
  readonly vault: Vault;
}

/** The containers as a file declares them; equal ones that are numbered on are replicas of one. */
export function containerSection(
  frame: Frame,
  sections: Sections,
  warn: (message: string) => void,
): JsonObject {
  const placed = frame.selection.containers.map((found) => ({ found, ...placeOf(frame, found) }));
  const groups = Map.groupBy(
    placed.sort((a, b) => (a.key === b.key ? a.number - b.number : a.key < b.key ? -1 : 1)),
    ({ key }) => key,
  );
  const services = new Set(groups.keys());
  const taken = new Set(services);
  const result: Record<string, JsonObject> = {};
  for (const [key, members] of groups) {
    const own = (place: (typeof placed)[number], as: string): Entry => ({
      ...place,
      key: as,
      values: valuesOf(frame, place.found, as, services, sections, warn),
    });
    const [first, ...others] = members.map((member) => own(member, key));
    if (!first) continue;
    const regular = members.every(({ found: { name }, number }, index) => {
      return number === index + 1 && name === `${frame.name}-${key}-${number}`;
    });
    if (regular && others.every(({ values }) => equal(values, first.values))) {
      result[key] = assembled(frame, first, members.length);
      continue;
    }
    result[key] = assembled(frame, first, 1);
    for (const other of others) {
      const as = freeKey(`${key}-${other.number}`, taken);
      result[as] = assembled(frame, own(other, as), 1);
    }
  }
  return result;
}

function freeKey(wanted: string, taken: Set<string>): string {
  let key = wanted;
  for (let number = 2; taken.has(key); number++) key = `${wanted}-${number}`;
  taken.add(key);
  return key;
}

function placeOf({ choice }: Frame, found: ObservedContainer): Place {
  const labels = labelsOf(found);
  if (choice.stack !== undefined) {
    const [, key = found.name, number = "1"] =
      /^container\.(.*?)(?:\[(\d+)\])?$/.exec(found.owner?.address ?? "") ?? [];
    return { key, number: Number(number) };
  }
  const service = text(labels["com.docker.compose.service"]);
  if (choice.project === undefined || !/^[a-zA-Z0-9]/.test(service)) {
    return { key: found.name, number: 1 };
  }
  return { key: service, number: Number(labels["com.docker.compose.container-number"] ?? 1) };
}

function valuesOf(
  frame: Frame,
  found: ObservedContainer,
  key: string,
  services: ReadonlySet<string>,
  { networks, volumes, vault }: Sections,
  warn: (message: string) => void,
): JsonObject {
  const { observed } = frame;
  const spec = askedOf(catalogue.container, {
    json: found.json,
    image: observed.images[text(found.json.Image)] ?? undefined,
    api: observed.engine.api,
    recorded: withHardwareAddress(recordedSpec(configLabels(found.json)), found.json),
    digest: frame.digest,
    isFixed: false,
    networkId: (name) => observed.networks.find((each) => each.name === name)?.id,
    containerId: (name) => observed.listed.find((each) => each.name === name)?.id,
    file: () => undefined,
    keep: () => false,
  });
  const joins = parted(spec.networks);
  const asked = { ...spec, ...hooksOf(found.json), ...(joins && { networks: joins.networks }) };
  const { values, lost } = authored(catalogue.container, asked, {
    key,
    network: (name) => networks.keys.get(name) ?? name,
    volume: (name) => volumes.keys.get(name) ?? name,
    container: (other) => referred(frame, services, other),
  });
  for (const name of lost) warn(`container.${key}: \`${name}\` cannot be read back; add it again`);
  const image = observed.images[text(found.json.Image)] ?? undefined;
  for (const what of unwritten(found.json, image)) warn(`container.${key}: not written: ${what}`);
  const all = frame.selection.containers;
  const treatment = (each: ObservedContainer) =>
    treatmentOf(each, isAwaited(placeOf(frame, each).key, all.map(labelsOf)));
  const down = new Set(
    all
      .filter((each) => ["stopped", "created"].includes(text(treatment(each).state)))
      .map((each) => placeOf(frame, each).key),
  );
  const { networks: joined, environment, command, entrypoint, ...rest } = values;
  const recorded = recordedSpec(configLabels(found.json));
  const implied = equal(joined, ["default"]);
  const secret = (of: JsonObject) =>
    frame.withSecrets
      ? of
      : vault.without(key, record(spec.environment), of, record(recorded.environment));
  const words = (name: "command" | "entrypoint", of: Json | undefined) => {
    if (of === undefined) return {};
    const [clear = null, asked = null] = [spec[name], recorded[name]];
    return { [name]: frame.withSecrets ? of : vault.words(key, name, clear, of, asked) };
  };
  return {
    ...rest,
    ...words("command", command),
    ...words("entrypoint", entrypoint),
    ...treatment(found),
    ...(environment === undefined ? {} : { environment: secret(record(environment)) }),
    ...(joined === undefined || implied ? {} : { networks: joined }),
    ...writtenLinks(joins?.links ?? [], (name) => keyOf(frame, services, name)),
    ...hostnameOf(found, frame.machine),
    ...dependsOn(labelsOf(found), services, frame.choice, down),
  };
}

/** The key of a container that is imported too, and is the first of its replicas. */
function keyOf(frame: Frame, services: ReadonlySet<string>, name: string): string | undefined {
  const found = frame.selection.containers.find((each) => each.name === name);
  if (!found) return undefined;
  const { key, number } = placeOf(frame, found);
  return services.has(key) && number === 1 ? key : undefined;
}

/** The reference to another container, by its id or name. */
function referred(frame: Frame, services: ReadonlySet<string>, other: string): string {
  const { containers } = frame.selection;
  const found = containers.find(({ id, name }) => name === other || id.startsWith(other));
  if (!found) {
    const outside = frame.observed.listed.find(({ id }) => id.startsWith(other));
    return `container:${outside?.name ?? other}`;
  }
  const { key, number } = placeOf(frame, found);
  return services.has(key) && number === 1 ? `service:${key}` : `container:${found.name}`;
}

/** With what has no place on the engine, in the catalogue's order. */
function assembled({ name: stack, choice }: Frame, entry: Entry, replicas: number): JsonObject {
  const { key, values, found } = entry;
  const all: Record<string, Json | undefined> = {
    ...values,
    ...(choice.stack === undefined ? { adopt: true } : {}),
    ...(replicas > 1 ? { replicas } : {}),
    ...(found.name === `${stack}-${key}-1` ? {} : { container_name: found.name }),
  };
  const names = Object.keys(catalogue.container).filter((name) => all[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}
