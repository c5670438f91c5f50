import fc from "fast-check";
import { catalogue } from "../../../src/attributes/catalogue.ts";
import type { Attribute, Catalogue } from "../../../src/attributes/core/attribute.ts";
import type { Json, JsonObject } from "../../../src/model/json.ts";
import { IDLE, understand } from "../fixtures/stackfile.ts";

/** Attributes of the file that the engine or its host may not have; the walk over all says which. */
const LACKING = new Set([
  ...["privileged", "gpus", "storage_opt", "annotations", "cpu_rt_period", "cpu_rt_runtime"],
  ...["blkio_config", "oom_kill_disable", "mem_swappiness"],
]);
/** What cannot stand beside each other, the latter gives way. */
const EXCLUSIVE: readonly (readonly [string, string])[] = [
  ["network_mode", "networks"],
  ["cpu_period", "cpus"],
  ["cpu_quota", "cpus"],
  ["uts", "hostname"],
  ["uts", "domainname"],
  // The image's command would be appended to it.
  ["entrypoint", "command"],
];
const NEEDS: Readonly<Record<string, JsonObject>> = {
  memswap_limit: { mem_limit: "64m" },
  mem_reservation: { mem_limit: "128m" },
};

/** Five digits, of which the last is the example's: each container publishes ports of its own. */
const PORTS = 1900 + (process.pid % 200) * 5;

interface Choice {
  readonly name: string;
  readonly example: Json;
}

const among = (attributes: Catalogue, usable: (name: string, attribute: Attribute) => boolean) =>
  Object.entries(attributes)
    .filter(([name, attribute]) => attribute.docker && usable(name, attribute))
    .flatMap(([name, { examples }]) => examples.map((example): Choice => ({ name, example })));

/** An attribute that a file of one container may have, and whose value can be written back. */
function importable(name: string, { examples, write }: Attribute): boolean {
  // Each has one already, and the engine no other.
  if (LACKING.has(name) || name === "image") return false;
  const keys = { key: "c0", network: String, volume: String, container: String };
  return examples.every((example) => {
    try {
      const file = document("probe", [[{ name, example }]], [], []);
      const { stack } = understand(file);
      const value = stack.resources.find(({ kind }) => kind === "container")?.spec[name];
      return value !== undefined && (!write || write(value, keys) !== undefined);
    } catch (error) {
      // It needs something beside it, which the generated files do not have.
      if (error instanceof Error && error.message.startsWith("the stack is invalid")) return false;
      throw error;
    }
  });
}

const CONTAINER = among(catalogue.container, importable);
const NETWORK = among(catalogue.network, (name) => !/^enable_ipv[46]$/.test(name));
const VOLUME = among(catalogue.volume, () => true);

const some = (choices: readonly Choice[], maxLength: number) =>
  fc.uniqueArray(fc.constantFrom(...choices), { maxLength, selector: ({ name }) => name });

/** Stacks of a few containers, a network and a volume, of the catalogue's own examples. */
export const stacks: fc.Arbitrary<(name: string) => JsonObject> = fc
  .record({
    containers: fc.array(some(CONTAINER, 8), { minLength: 2, maxLength: 4 }),
    network: some(NETWORK, 3),
    volume: some(VOLUME, 2),
  })
  .map(({ containers, network, volume }) => {
    const file = (name: string) => document(name, containers, network, volume);
    return Object.assign(file, { toString: () => JSON.stringify(file("shop")) });
  })
  .filter((file) => isValid(file("probe")));

/** Examples that are right each for itself may not be so together: two mounts at one place. */
function isValid(file: JsonObject): boolean {
  try {
    understand(file);
    return true;
  } catch {
    return false;
  }
}

function fromChoices(choices: readonly Choice[]): Record<string, Json> {
  return Object.fromEntries(choices.map(({ name, example }) => [name, example]));
}

function document(
  name: string,
  containers: readonly (readonly Choice[])[],
  network: readonly Choice[],
  volume: readonly Choice[],
): JsonObject {
  const file = {
    name,
    networks: {
      front: {},
      back: { ipam: { config: [{ subnet: "10.213.7.0/24" }] } },
      any: fromChoices(network),
    },
    volumes: { data: {}, any: fromChoices(volume) },
    containers: Object.fromEntries(
      containers.map((choices, index) => [`c${index}`, container(choices, index)]),
    ),
  };
  // The examples' subnets belong to the walk over all attributes, on the same engine.
  return JSON.parse(JSON.stringify(file).replace(/\b10\.213\.(?=[78]\.)/g, "10.213.7"));
}

function container(choices: readonly Choice[], index: number): JsonObject {
  const asked = fromChoices(choices);
  const needs = choices.map(({ name }) => NEEDS[name] ?? {});
  const all: Record<string, Json | undefined> = Object.assign({ ...IDLE }, ...needs, asked);
  for (const [first, second] of EXCLUSIVE) if (asked[first] !== undefined) delete all[second];
  return JSON.parse(JSON.stringify(all).replace(/\b1848(?=\d\b)/g, String(PORTS + index)));
}
