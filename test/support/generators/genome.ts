import fc from "fast-check";
import { catalogue } from "../../../src/attributes/catalogue.ts";
import { FILES } from "../engine/live-tracks.ts";
import type { Inputs } from "../fixtures/stackfile.ts";

/*
 * A document is read off a genome: small numbers by name, 0 for what is absent. An edit overwrites
 * some of them, so that a failing case shrinks to few attributes and few edits.
 */
export type Genome = Readonly<Record<string, number>>;

export const KEYS = ["web", "db", "job", "api"] as const;
export const NETWORKS = ["front", "back"] as const;
export const VOLUMES = ["data", "cache"] as const;

/** These need more than one of their examples to make sense together with the others. */
const SPECIAL = new Set([
  ...[
    "image",
    "build",
    "container_name",
    "platform",
    "pull_policy",
    "replicas",
    "depends_on",
    "update_config",
  ],
  ...[
    "env_file",
    "environment",
    "labels",
    "ports",
    "networks",
    "network_mode",
    "volumes",
    "configs",
    "secrets",
  ],
  ...["mem_limit", "memswap_limit", "mem_reservation"],
  ...["state", "job", "ignore_changes", "protect"],
  ...["ipc", "pid", "volumes_from", "mac_address", "links", "external_links"],
]);
// What only later engines know is refused by the older one that the properties run on, too.
export const PLAIN = Object.entries(catalogue.container)
  .filter(([name, { docker }]) => !SPECIAL.has(name) && docker?.since === undefined)
  .map(([name]) => name);

const STRUCTURE = KEYS.flatMap((key) => [
  ...[
    "there",
    "rank",
    "image",
    "replicas",
    "front",
    "back",
    "data",
    "state",
    "job",
    "shares.network",
    "shares.ipc",
    "shares.pid",
    "shares.volumes",
  ].map((name) => `${key}.${name}`),
]).concat(
  [...NETWORKS, ...VOLUMES].map((key) => `${key}.there`),
  NETWORKS.map((key) => `${key}.subnet`),
);

const DETAILS = [
  ...KEYS.flatMap((key) =>
    [
      ...[
        "port",
        "name",
        "mode",
        "cache",
        "anonymous",
        "tmp",
        "scratch",
        "app",
        "motd",
        "key",
        "secrets",
      ],
      ...["front.ip", "back.ip", "front.alias", "back.alias", "pull"],
      ...["environment", "labels", "mem_limit", "memswap_limit", "mem_reservation", "rollout"],
      ...KEYS.map((other) => `needs.${other}`),
      ...PLAIN,
    ].map((name) => `${key}.${name}`),
  ),
  ...NETWORKS.flatMap((key) =>
    ["internal", "labels", "driver_opts"].map((name) => `${key}.${name}`),
  ),
  ...VOLUMES.flatMap((key) => ["labels", "driver_opts"].map((name) => `${key}.${name}`)),
  ...["motd.content", "secret.value"],
];

/** What only one container or network can have at a time, and others may take over. */
const HANDED = DETAILS.filter((name) => /\.(port|name|ip)$/.test(name)).concat(
  KEYS.map((key) => `${key}.there`),
  NETWORKS.map((key) => `${key}.subnet`),
);

const some = (names: readonly string[], maxLength: number): fc.Arbitrary<Genome> =>
  fc
    .array(fc.tuple(fc.constantFrom(...names), fc.nat(11)), { maxLength })
    .map((genes) => Object.fromEntries(genes));

export const genome: fc.Arbitrary<Genome> = fc
  .tuple(
    fc.record(Object.fromEntries(STRUCTURE.map((name) => [name, fc.nat(11)]))),
    some(HANDED, 8),
    some(DETAILS, 30),
  )
  .map((parts) => Object.assign({}, ...parts));

/** What becomes of a genome: a few of its genes are others. */
export const edited = (before: Genome): fc.Arbitrary<Genome> =>
  fc
    .oneof(some([...STRUCTURE, ...DETAILS], 8), some(STRUCTURE, 4), some(HANDED, 6), genome)
    .map((edits) => ({ ...before, ...edits }));

/** What its stack file asks for beside itself. */
export function inputsOf(genes: Genome): Inputs {
  const value = `clear-text-${genes["secret.value"] ?? 0}`;
  return { variables: [`API=${value}`], env: { PASSWORD: value }, files: FILES };
}
