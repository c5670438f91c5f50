import { catalogue } from "../../../src/attributes/catalogue.ts";
import { record, text } from "../../../src/attributes/values/json.ts";
import type { Json, JsonObject } from "../../../src/model/json.ts";
import { IMAGES, REMOTE } from "../simulator/images.ts";
import { type Genome, KEYS, NETWORKS, PLAIN, VOLUMES } from "./genome.ts";

const ENVIRONMENTS: readonly JsonObject[] = [
  { GREETING: "hello", DEBUG: "1" },
  { GREETING: "good day" },
  { RELEASE: "mine" },
  { API_TOKEN: "${API}", PATH: "/usr/bin" },
];
const LABELS: readonly JsonObject[] = [
  { team: "web" },
  { team: "shop", tier: "1" },
  { vendor: "me" },
];
const MEMORY = ["64m", "96m", "128m"];
const SWAP = ["128m", "192m", -1];
const RESERVATION = ["32m", "48m"];
/** Most containers are to run. */
const STATES = [...Array(7).fill("running"), "paused", "paused", "stopped", "created"];
const ROLLOUTS: readonly JsonObject[] = [
  { order: "stop-first", monitor: "1s" },
  { parallelism: 2, delay: "1s" },
  { parallelism: 0, failure_action: "continue" },
  { failure_action: "pause" },
  { order: "start-first" },
];

/** What cannot be asked of a container on another one's network. */
const OWN_NETWORK = ["expose", "hostname", "domainname", "dns", "extra_hosts"];
/** What cannot be asked of one with the machine's names. */
const OWN_NAMES = ["hostname", "domainname"];
const NAMES = ["alpha", "beta", "gamma"];

/** Reads a genome; what would contradict itself is left out, as an author would be told. */
export function documentOf(genes: Genome): JsonObject {
  const gene = (name: string): number => genes[name] ?? 0;
  const pick = <T>(name: string, values: readonly T[]): T | undefined =>
    gene(name) === 0 ? undefined : values[(gene(name) - 1) % values.length];
  const claimed = new Set<string>();
  const claim = (what: string | undefined): string | undefined => {
    if (what === undefined || claimed.has(what)) return undefined;
    claimed.add(what);
    return what;
  };
  const keys = KEYS.filter((key) => key === "web" || gene(`${key}.there`) % 3 > 0);
  const networks = section(NETWORKS, (key) => {
    const subnet = claim(pick(`${key}.subnet`, ["10.213.1", "10.213.2", "10.213.3"]));
    return {
      ...(gene(`${key}.internal`) % 2 ? { internal: true } : {}),
      ...(subnet ? { ipam: { config: [{ subnet: `${subnet}.0/24` }] } } : {}),
      ...example("network", key, "labels"),
      ...example("network", key, "driver_opts"),
    };
  });
  const volumes = section(VOLUMES, (key) => ({
    ...example("volume", key, "labels"),
    ...example("volume", key, "driver_opts"),
  }));
  return {
    name: "shop",
    variables: { API: { type: "string", sensitive: true } },
    networks,
    volumes,
    configs: {
      motd: { content: `hello ${gene("motd.content") % 2}` },
      key: { content: "key=${API}" },
    },
    secrets: { password: { environment: "PASSWORD" } },
    containers: Object.fromEntries(keys.map((key) => [key, container(key)])),
  };

  function section<K extends string>(
    names: readonly K[],
    make: (key: K) => JsonObject,
  ): Record<string, JsonObject> {
    const there = names.filter((key) => gene(`${key}.there`) % 4 > 0);
    return Object.fromEntries(there.map((key) => [key, make(key)]));
  }

  function example(
    kind: "container" | "network" | "volume",
    key: string,
    name: string,
  ): JsonObject {
    const attributes: Readonly<Record<string, { readonly examples: readonly Json[] }>> =
      catalogue[kind];
    const value = pick(`${key}.${name}`, attributes[name]?.examples ?? []);
    return value === undefined ? {} : { [name]: value };
  }

  function container(key: (typeof KEYS)[number]): JsonObject {
    const images = [...Object.keys(IMAGES), ...Object.keys(REMOTE)];
    const image = images[gene(`${key}.image`) % images.length] ?? "";
    const replicas = [1, 1, 1, 2, 3][gene(`${key}.replicas`) % 5] ?? 1;
    const single = replicas === 1;
    const plain = Object.assign({}, ...PLAIN.map((name) => example("container", key, name)));
    if (plain.cpus) for (const name of ["cpu_period", "cpu_quota"]) delete plain[name];
    const network = shares(key, "network");
    if (network) for (const name of OWN_NETWORK) delete plain[name];
    if (plain.uts) for (const name of OWN_NAMES) delete plain[name];
    if (isJob(key) && /always|unless/.test(text(plain.restart))) delete plain.restart;
    const joined = network ? {} : joinedNetworks(key, single);
    const mode = network
      ? `service:${network}`
      : Object.keys(joined).length === 0
        ? pick(`${key}.mode`, ["none", "host"])
        : undefined;
    if (mode === "host") delete plain.sysctls;
    const port =
      single && mode === undefined
        ? claim(pick(`${key}.port`, ["18481", "18482", "18483"]))
        : undefined;
    const name = single ? claim(pick(`${key}.name`, NAMES)) : undefined;
    const environment = pick(`${key}.environment`, ENVIRONMENTS);
    const labels = pick(`${key}.labels`, LABELS);
    const needs = needsOf(key);
    const mounts = mountsOf(key);
    const fixed = port || Object.values(joined).some((each) => record(each).ipv4_address);
    const rollout = pick(`${key}.rollout`, fixed ? ROLLOUTS.slice(0, -1) : ROLLOUTS);
    const files = plain.read_only === true ? [] : filesOf(key);
    const bare = plain.read_only === true || JSON.stringify(plain.tmpfs ?? "").includes("/run");
    const secrets = bare ? {} : example("container", key, "secrets");
    return {
      image,
      ...plain,
      ...memory(key),
      ...(replicas > 1 ? { replicas } : {}),
      ...(mode ? { network_mode: mode } : {}),
      ...(Object.keys(joined).length > 0 ? { networks: joined } : {}),
      ...(rollout ? { update_config: rollout } : {}),
      ...(port ? { ports: [`127.0.0.1:${port}:80`] } : {}),
      ...(name ? { container_name: name } : {}),
      ...(environment ? { environment } : {}),
      ...(labels ? { labels } : {}),
      ...(Object.keys(needs).length > 0 ? { depends_on: needs } : {}),
      ...sharing(key),
      ...(mounts.length > 0 ? { volumes: mounts } : {}),
      ...(files.length > 0 ? { configs: files } : {}),
      ...secrets,
      ...(gene(`${key}.pull`) % 3 === 2 ? { pull_policy: "always" } : {}),
      ...(isJob(key) ? { job: true } : {}),
      ...(isJob(key) ? {} : stateOf(key)),
    };
  }

  function isJob(key: string): boolean {
    return key === "job" && gene(`${key}.job`) % 2 > 0;
  }

  /** Nobody may wait for one that does not run, nor share its namespaces; nor for a paused one's health. */
  function stateOf(key: string): JsonObject {
    const state = pick(`${key}.state`, STATES);
    const needed = keys.some(
      (other) =>
        other !== key &&
        (gene(`${other}.needs.${key}`) > 0 ||
          ["network", "ipc", "pid"].some((what) => shares(other, what) === key)),
    );
    return state === undefined || needed ? {} : { state };
  }

  /** One of those that come first, whose network, memory, processes or mounts it has. */
  function shares(key: string, what: string): string | undefined {
    // A job that others wait for ends, and its namespaces with it.
    const hosts = earlier(key).filter((other) => what === "volumes" || other !== "job");
    const chosen = gene(`${key}.shares.${what}`);
    return chosen % 4 === 1 ? hosts[(chosen >> 2) % hosts.length] : undefined;
  }

  function sharing(key: string): JsonObject {
    const [ipc, pid, from] = ["ipc", "pid", "volumes"].map((what) => shares(key, what));
    const lends = keys.some((other) => shares(other, "ipc") === key);
    return {
      ...(lends ? { ipc: "shareable" } : ipc ? { ipc: `service:${ipc}` } : {}),
      ...(pid ? { pid: `service:${pid}` } : {}),
      ...(from ? { volumes_from: [from] } : {}),
    };
  }

  function memory(key: string): JsonObject {
    const limit = pick(`${key}.mem_limit`, MEMORY);
    const swap = pick(`${key}.memswap_limit`, SWAP);
    const reservation = pick(`${key}.mem_reservation`, RESERVATION);
    return {
      ...(limit ? { mem_limit: limit } : {}),
      ...(limit && swap ? { memswap_limit: swap } : {}),
      ...(reservation ? { mem_reservation: reservation } : {}),
    };
  }

  function joinedNetworks(key: string, single: boolean): JsonObject {
    const joins = NETWORKS.filter((name) => networks[name] && gene(`${key}.${name}`) % 2 > 0);
    return Object.fromEntries(
      joins.map((name) => {
        const alias = pick(`${key}.${name}.alias`, ["www", "store"]);
        const subnet = text(record(networks[name]?.ipam).config && subnetOf(name));
        const host = pick(`${key}.${name}.ip`, [10, 11, 12]);
        const ip = subnet && host && single ? claim(`${subnet}.${host}`) : undefined;
        const endpoint = {
          ...(alias ? { aliases: [alias] } : {}),
          ...(ip ? { ipv4_address: ip } : {}),
        };
        return [name, Object.keys(endpoint).length > 0 ? endpoint : null];
      }),
    );
  }

  function subnetOf(name: string): string {
    const { config } = record(networks[name]?.ipam);
    return text(record((config as Json[])[0]).subnet).replace(/\.0\/24$/, "");
  }

  function mountsOf(key: string): Json[] {
    const named = (volume: string, target: string) =>
      volumes[volume] && gene(`${key}.${volume}`) % 2 > 0 ? [`${volume}:${target}`] : [];
    return [
      ...named("data", "/data"),
      ...named("cache", gene(`${key}.cache`) % 4 === 3 ? "/d2:ro" : "/d2"),
      ...(gene(`${key}.anonymous`) % 2 ? ["/anon"] : []),
      ...(gene(`${key}.tmp`) % 2 ? ["/tmp:/host-tmp:ro"] : []),
      ...(gene(`${key}.scratch`) % 2
        ? [{ type: "tmpfs", target: "/scratch", tmpfs: { size: "8m" } }]
        : []),
      ...(gene(`${key}.app`) % 3 === 1 && volumes.data ? ["data:/var/lib/app"] : []),
      ...(gene(`${key}.app`) % 3 === 2 ? ["/var/lib/app"] : []),
    ];
  }

  function filesOf(key: string): Json[] {
    return [
      ...(gene(`${key}.motd`) % 2 ? [{ source: "motd", target: "/etc/motd", mode: "0440" }] : []),
      ...(gene(`${key}.key`) % 2 ? ["key"] : []),
    ];
  }

  /** An order without cycles. */
  function earlier(key: string): readonly (typeof KEYS)[number][] {
    const rank = (of: string) => gene(`${of}.rank`);
    return keys.filter(
      (other) => rank(other) < rank(key) || (rank(other) === rank(key) && other < key),
    );
  }

  function needsOf(key: (typeof KEYS)[number]): JsonObject {
    const others = earlier(key).filter((other) => gene(`${key}.needs.${other}`) > 0);
    return Object.fromEntries(
      others.map((other) => {
        const kind = gene(`${key}.needs.${other}`) % 3;
        const probed = pick(`${other}.healthcheck`, [true, true, false]);
        const condition =
          (kind === 1 && other === "job") || isJob(other)
            ? "service_completed_successfully"
            : kind === 2 && probed
              ? "service_healthy"
              : "service_started";
        return [
          other,
          {
            condition,
            ...(gene(`${key}.needs.${other}`) > 9 ? { required: false } : {}),
            ...(gene(`${key}.needs.${other}`) % 4 === 1 ? { restart: true } : {}),
          },
        ];
      }),
    );
  }
}
