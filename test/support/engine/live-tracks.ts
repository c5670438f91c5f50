import { catalogue } from "../../../src/attributes/catalogue.ts";
import type { Attribute } from "../../../src/attributes/core/attribute.ts";
import { equal, record } from "../../../src/attributes/values/json.ts";
import type { Json, JsonObject } from "../../../src/model/json.ts";
import { IDLE } from "../fixtures/stackfile.ts";

type TrackKind = "container" | "network" | "volume";

/** One attribute that walks through its examples, on an object of its own. */
export interface Track {
  readonly kind: TrackKind;
  readonly attribute: string;
  /** Key in the file. */
  readonly key: string;
  /** `undefined`: the line is not there. */
  readonly states: readonly (Json | undefined)[];
  /** Other attributes of the object, which the examples need or which must not disturb them. */
  readonly context: JsonObject;
  /** Attributes that rightly change with it, and why is said where they are named. */
  readonly companions: readonly string[];
}

/** Attributes that become part of another one. */
export const BECOMES: Readonly<Record<string, string>> = {
  env_file: "environment",
  label_file: "labels",
  mac_address: "networks",
  links: "networks",
  external_links: "networks",
};

/** What a plan is to say of one step of the walk. */
export type Expected =
  | "nothing"
  | "update"
  | "replace"
  | "create"
  | "create and remove"
  | "another replica";

/** A shell at a terminal idles too: the image's own command must run where none is asked. */
const SHELL: JsonObject = { ...IDLE, command: undefined, tty: true, stdin_open: true };

const CONTEXT: Readonly<Record<string, JsonObject>> = {
  command: SHELL,
  entrypoint: SHELL,
  memswap_limit: { ...IDLE, mem_limit: "64m" },
  mem_reservation: { ...IDLE, mem_limit: "128m" },
  network_mode: IDLE,
};
const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  // Twice the memory, unless asked.
  mem_limit: ["memswap_limit"],
  // The image's command runs with the image's entrypoint only.
  entrypoint: ["command"],
  // It leaves the default network, or comes back to it.
  network_mode: ["networks"],
};
const NAMED_CONTEXT: Readonly<Record<string, JsonObject>> = {
  enable_ipv6: {
    ipam: { config: [{ subnet: "10.213.9.0/24" }, { subnet: "fd00:10:213::/64" }] },
  },
};

/** Attributes without a place on the engine: what their change means is told here. */
const MEANING: Readonly<Record<string, Expected>> = {
  "container.container_name": "update",
  "container.platform": "nothing",
  "container.pull_policy": "nothing",
  "container.depends_on": "nothing",
  "container.replicas": "another replica",
  "network.name": "create and remove",
  // The one of the former name is kept, as all data is.
  "volume.name": "create",
};

/** They change what stack does, not what an object is: lifecycle.test.ts walks through them. */
const LIFECYCLE = new Set(["state", "job", "ignore_changes", "protect"]);

export function tracks(external: string): readonly Track[] {
  return (["container", "network", "volume"] as const).flatMap((kind) =>
    Object.entries(catalogue[kind] as Record<string, Attribute>)
      .filter(([attribute]) => !LIFECYCLE.has(attribute) && attribute !== "build")
      .map(([attribute, { examples }]) => track(kind, attribute, relocated(examples), external)),
  );
}

/** Ten ports of this run's own: the examples' may be held by the same test of another clone. */
const DECADE = 1000 + (process.pid % 800);

function relocated(examples: readonly Json[]): readonly Json[] {
  return JSON.parse(JSON.stringify(examples).replace(/\b1848(?=\d\b)/g, String(DECADE)));
}

function track(
  kind: TrackKind,
  attribute: string,
  examples: readonly Json[],
  external: string,
): Track {
  const key = `${kind.charAt(0)}-${attribute.replaceAll("_", "-")}`;
  const companions = kind === "container" ? (COMPANIONS[attribute] ?? []) : [];
  const common = { kind, attribute, key, companions };
  if (attribute === "external") return { ...common, states: examples, context: { name: external } };
  const needed = attribute === "image" ? examples[0] : undefined;
  const states = [needed, ...examples, needed];
  if (kind !== "container") return { ...common, states, context: NAMED_CONTEXT[attribute] ?? {} };
  const { [attribute]: _, ...context } = CONTEXT[attribute] ?? IDLE;
  return { ...common, states, context };
}

function entryOf({ context, attribute, states }: Track, round: number): JsonObject {
  const state = states[Math.min(round, states.length - 1)];
  return state === undefined ? context : { ...context, [attribute]: state };
}

/** The file of one round. */
export function fileOf(name: string, alive: readonly Track[], round: number): JsonObject {
  const section = (kind: TrackKind) =>
    Object.fromEntries(
      alive.filter((each) => each.kind === kind).map((each) => [each.key, entryOf(each, round)]),
    );
  return {
    name,
    networks: {
      front: {},
      back: { ipam: { config: [{ subnet: "10.213.7.0/24" }] } },
      ...section("network"),
    },
    volumes: { data: {}, ...section("volume") },
    configs: { motd: { content: "welcome\n" } },
    secrets: { password: { file: "password.txt" } },
    // Others share what it has.
    containers: { db: { ...IDLE, ipc: "shareable" }, ...section("container") },
  };
}

export const FILES = {
  "app.env": "FROM_FILE=yes\n",
  "app.labels": "from.file=yes\n",
  "password.txt": "swordfish\n",
  "profile.json": `{"defaultAction": "SCMP_ACT_ALLOW"}`,
};

/** What the catalogue says of a change of the track's attribute between two resolved specs. */
export function expected(
  { kind, attribute }: Track,
  before: JsonObject,
  after: JsonObject,
  image: JsonObject,
): Expected {
  const meaning = MEANING[`${kind}.${attribute}`];
  if (meaning) return meaning;
  const name = BECOMES[attribute] ?? attribute;
  const attributes = catalogue[kind] as Record<string, Attribute>;
  const definition = attributes[name];
  const was = effective(definition, name, before, image);
  const is = effective(definition, name, after, image);
  if (was === undefined ? is === undefined : is !== undefined && equal(was, is)) return "nothing";
  if (is === undefined || !definition?.docker?.update) return "replace";
  const wants = Object.fromEntries(
    Object.keys(attributes).map((each) => [each, effective(attributes[each], each, after, image)]),
  );
  return definition.docker.update(is, was ?? null, wants) ? "update" : "replace";
}

/** What holds: what is asked merged with the image, or what silence means; `undefined`: unmanaged. */
function effective(
  definition: Attribute | undefined,
  name: string,
  spec: JsonObject,
  image: JsonObject,
): Json | undefined {
  const asked = spec[name];
  if (definition?.docker?.merged) return definition.docker.merged(asked, image, spec);
  if (asked !== undefined || !definition) return asked;
  const { absent } = definition;
  if (absent.is === "value") return absent.value;
  return absent.is === "derived" ? absent.from(record(spec)) : undefined;
}
