import { catalogue } from "../../../../src/attributes/catalogue.ts";
import { list, record } from "../../../../src/attributes/values/json.ts";
import type { Json, JsonObject } from "../../../../src/model/json.ts";
import { answers, config } from "./record.ts";

type Section = "services" | "networks" | "volumes" | "configs" | "secrets";

/** Two files' values of one attribute, and the tag before the later one. */
export interface Merge {
  readonly section: Section;
  readonly attribute: string;
  readonly base: Json;
  readonly over: Json;
  readonly tag?: "!override" | "!reset";
}

/** What Compose has no such attribute for. */
const OURS = new Set([
  "adopt",
  "state",
  "job",
  "protect",
  "ignore_changes",
  "replicas",
  "update_config",
  // Its forms are a secret's program; and every container here has an image.
  "command of secrets",
  "image",
]);

/** Every form that Compose has for an attribute whose forms differ, with items that meet. */
const PAIRS = (a: string, b: string, c: string): readonly Json[] => [
  [`${a}=1`, `${b}=2`],
  [`${b}=3`, `${c}=4`],
  { [a]: "5", [c]: "6" },
  { [b]: "7" },
  {},
  [],
];
const STRINGS = (a: string, b: string, c: string): readonly Json[] => [a, [a, b], [b, c], c, []];
const LISTS = (a: string, b: string, c: string): readonly Json[] => [[a, b], [b, c], [c], []];
const HOSTS: readonly Json[] = [
  ["a:192.0.2.1", "b:192.0.2.2"],
  ["b:192.0.2.3", "c=192.0.2.4"],
  ["b:192.0.2.2"],
  { a: "192.0.2.5" },
  { b: "192.0.2.2", c: "192.0.2.6" },
  { a: ["192.0.2.1", "192.0.2.7"] },
];
/** Forms of a part of a build, with the short form and a build that has not got it. */
const part = (name: string, values: readonly Json[]): readonly Json[] => [
  "./web",
  { context: "./other", target: "t" },
  ...values.map((value) => ({ [name]: value })),
];

/** By attribute families of forms; each form is merged with each of its family. */
const FORMS: Readonly<Record<Section, Readonly<Record<string, readonly (readonly Json[])[]>>>> = {
  services: {
    annotations: [PAIRS("a", "b", "c")],
    build: [
      [
        "./web",
        "./other",
        {},
        { context: "./web", dockerfile: "a.docker" },
        { dockerfile: "b.docker", target: "t" },
        { dockerfile_inline: "FROM a" },
        { no_cache: true, pull: false, network: "host", shm_size: "1m" },
        { no_cache: false, network: "none", shm_size: 2048 },
      ],
      part("args", [...PAIRS("A", "B", "C"), ["A"], { B: null }]),
      part("labels", PAIRS("a", "b", "c")),
      part("additional_contexts", [["x=./x", "y=./y"], { y: "./z", w: "./w" }, ["x=./v"]]),
      part("extra_hosts", HOSTS),
      part("cache_from", LISTS("a", "b", "c")),
      part("ssh", [["default"], ["default", "k=/k"], []]),
      part("secrets", [["s1"], [{ source: "s2", target: "x" }], [{ source: "s1", target: "y" }]]),
      part("tags", LISTS("t:1", "t:2", "t:3")),
      part("platforms", [["linux/amd64"], ["linux/arm64"]]),
    ],
    cap_add: [LISTS("NET_ADMIN", "SYS_TIME", "MKNOD")],
    cap_drop: [LISTS("NET_ADMIN", "SYS_TIME", "ALL")],
    command: [["a b", ["c", "d"], "e", []]],
    configs: [
      [["c1", "c2"], [{ source: "c2", target: "/c1" }], [{ source: "c1", mode: "0400" }], ["c1"]],
    ],
    depends_on: [
      [
        ["db"],
        ["db", "mq"],
        { db: { condition: "service_healthy" } },
        { mq: { condition: "service_started", restart: true } },
        { db: { condition: "service_started", required: false } },
        [],
        {},
      ],
    ],
    deploy: [
      [
        { replicas: 2 },
        { replicas: 3, resources: { limits: { cpus: "0.5", memory: "64m" } } },
        {
          resources: {
            limits: { memory: "96m", pids: 10 },
            reservations: { memory: "32m" },
          },
        },
        { restart_policy: { condition: "on-failure", max_attempts: 2 } },
        { restart_policy: { condition: "on-failure", max_attempts: 3 } },
        { update_config: { order: "stop-first", parallelism: 2 } },
        { update_config: { parallelism: 3, monitor: "3s" } },
        {
          resources: {
            reservations: { devices: [{ capabilities: ["gpu"], count: 1 }] },
          },
        },
        { mode: "replicated" },
      ],
    ],
    device_cgroup_rules: [LISTS("c 1:3 mr", "a 7:* rmw", "c 1:5 r")],
    devices: [
      [
        ["/dev/null:/dev/a", "/dev/zero"],
        ["/dev/full:/dev/a:r"],
        ["/dev/zero:/dev/zero:r"],
        [{ source: "/dev/full", target: "/dev/zero" }],
        [],
      ],
    ],
    dns: [STRINGS("192.0.2.1", "192.0.2.2", "192.0.2.3")],
    dns_opt: [LISTS("ndots:2", "timeout:3", "ndots:4")],
    dns_search: [STRINGS("a.example", "b.example", "c.example")],
    entrypoint: [["a b", ["c", "d"], "e", []]],
    env_file: [
      [
        "a.env",
        ["a.env", "b.env"],
        [{ path: "b.env", required: false }],
        [{ path: "./a.env", format: "raw" }, "c.env"],
        [],
      ],
    ],
    environment: [[...PAIRS("A", "B", "C"), ["A", "B=x=y"], { A: null, D: 1 }, ["A="]]],
    expose: [[["9000", 9001], [9000], ["9001-9002/udp"], ["9000/udp"]]],
    external_links: [LISTS("x", "y:a", "x:b")],
    extra_hosts: [HOSTS],
    gpus: [["all", [{ driver: "nvidia", count: 1 }], [{ device_ids: ["0"] }]]],
    group_add: [[["100", 101], ["101", "102"], ["100"]]],
    healthcheck: [
      [
        { test: "true" },
        { test: ["CMD", "a", "b"] },
        { test: ["CMD-SHELL", "c"], interval: "3s" },
        { interval: "5s", retries: 3 },
        { retries: 5, timeout: "1s" },
        { disable: true },
        { test: ["NONE"] },
        {},
      ],
    ],
    label_file: [STRINGS("a.labels", "b.labels", "c.labels")],
    labels: [[...PAIRS("a", "b", "c"), ["a"], { a: null }]],
    links: [LISTS("db", "mq:a", "db:b")],
    logging: [
      [
        { driver: "local" },
        { driver: "local", options: { "max-size": "1m", "max-file": "2" } },
        { driver: "json-file", options: { "max-size": "2m" } },
        { options: { "max-file": "3" } },
        { driver: "none" },
        {},
      ],
    ],
    networks: [
      [
        ["front"],
        ["front", "back"],
        { back: null },
        { front: { aliases: ["a", "b"], priority: 1 } },
        { front: { aliases: ["b", "c"], ipv4_address: "10.5.0.9" }, back: {} },
        {
          front: {
            link_local_ips: ["169.254.1.1"],
            driver_opts: { a: "1", b: "2" },
          },
        },
        {
          front: {
            link_local_ips: ["169.254.1.1", "169.254.1.2"],
            driver_opts: { b: "3" },
          },
        },
        [],
        {},
      ],
    ],
    ports: [
      [
        ["8080:80", "8443:443/tcp"],
        ["8080:80"],
        ["8081:80"],
        ["127.0.0.1:8080:80"],
        ["8080:80/udp"],
        [{ target: 80, published: "8080" }],
        [
          {
            target: 80,
            published: "8080",
            host_ip: "127.0.0.1",
            protocol: "tcp",
          },
        ],
        ["8080-8081:80-81"],
        ["90"],
        [90],
        [],
      ],
    ],
    post_start: [
      [[{ command: "a" }], [{ command: ["b"], user: "1" }], [{ command: "a" }, { command: "c" }]],
    ],
    pre_stop: [[[{ command: "a" }], [{ command: ["b"], user: "1" }]]],
    secrets: [
      [
        ["s1", "s2"],
        [{ source: "s2", target: "/run/secrets/s1" }],
        [{ source: "s1", mode: "0400" }],
        ["s1"],
      ],
    ],
    security_opt: [LISTS("no-new-privileges:true", "label=disable", "seccomp=unconfined")],
    storage_opt: [[{ size: "1G" }, { size: "2G", x: "y" }]],
    sysctls: [PAIRS("net.a", "net.b", "net.c")],
    tmpfs: [["/run", ["/run:size=8m", "/cache"], ["/run:size=9m"], "/cache:size=1m", []]],
    ulimits: [
      [
        { nofile: 1024 },
        { nofile: { soft: 512, hard: 1024 }, nproc: 256 },
        { nofile: { soft: 1, hard: 2 } },
        { core: 1 },
        {},
      ],
    ],
    volumes: [
      [
        ["data:/data", "/srv:/srv"],
        ["data:/data:ro"],
        ["other:/data"],
        ["./src:/data/"],
        [
          {
            type: "volume",
            source: "data",
            target: "/data",
            volume: { nocopy: true },
          },
        ],
        [{ type: "tmpfs", target: "/data", tmpfs: { size: 1048576 } }],
        ["/anonymous"],
        ["data:/anonymous"],
        [],
      ],
    ],
    volumes_from: [[["db"], ["db:ro"], ["mq"]]],
    blkio_config: [
      [
        { weight: 300 },
        { weight: 500, device_read_bps: [{ path: "/dev/a", rate: 1024 }] },
        { device_read_bps: [{ path: "/dev/b", rate: 1024 }] },
        { device_read_bps: [{ path: "/dev/a", rate: 2048 }] },
      ],
    ],
  },
  networks: {
    driver_opts: [[{ a: "1", b: "2" }, { b: "3" }, {}]],
    ipam: [
      [
        { config: [{ subnet: "10.5.0.0/24" }] },
        { config: [{ subnet: "10.6.0.0/24" }] },
        { config: [{ subnet: "10.5.0.0/24", gateway: "10.5.0.9" }] },
        {
          config: [{ subnet: "10.5.0.0/24", aux_addresses: { a: "10.5.0.7" } }],
        },
        {
          config: [{ subnet: "10.5.0.0/24", aux_addresses: { b: "10.5.0.8" } }],
        },
        {
          config: [{ subnet: "10.6.0.0/24" }, { subnet: "10.5.0.0/24", ip_range: "10.5.0.0/25" }],
        },
        { driver: "default" },
        {},
      ],
    ],
    labels: [PAIRS("a", "b", "c")],
  },
  volumes: {
    driver_opts: [[{ a: "1", b: "2" }, { b: "3" }, {}]],
    labels: [PAIRS("a", "b", "c")],
  },
  configs: { file: [["a.txt", "b.txt"]], content: [["a", "b"]], name: [] },
  secrets: { file: [["a.txt", "b.txt"]], name: [] },
};

const KINDS = {
  services: "container",
  networks: "network",
  volumes: "volume",
  configs: "config",
  secrets: "secret",
} as const;

/** Other values of a kind where the catalogue shows one. */
const more = (examples: readonly Json[]): readonly Json[] =>
  examples.every((each) => typeof each === "boolean") ? [true, false] : examples;

/** Every attribute in every form over every other form of it, and over its tags. */
export function merges(): readonly Merge[] {
  return (Object.keys(KINDS) as Section[]).flatMap((section) => {
    const attributes = Object.entries(catalogue[KINDS[section]]);
    const own = FORMS[section];
    const all = new Map(
      attributes.map(([name, { examples }]) => [name, own[name] ?? [more(examples)]]),
    );
    if (own.deploy) all.set("deploy", own.deploy);
    return [...all]
      .filter(([name]) => !OURS.has(name) && !OURS.has(`${name} of ${section}`))
      .flatMap(([name, families]) => families.flatMap((each) => pairsOf(section, name, each)));
  });
}

function pairsOf(section: Section, attribute: string, forms: readonly Json[]): readonly Merge[] {
  const [first = null, ...others] = forms;
  const last = others.at(-1) ?? first;
  const of = { section, attribute };
  return [
    ...forms.flatMap((base) => forms.map((over) => ({ ...of, base, over }))),
    { ...of, base: first, over: null },
    { ...of, base: first, over: others[0] ?? first, tag: "!override" },
    { ...of, base: last, over: first, tag: "!override" },
    { ...of, base: first, over: null, tag: "!reset" },
    { ...of, base: first, over: last, tag: "!reset" },
  ];
}

/** What the files hold that attributes name: which were read, and which of them last. */
export const BESIDE: Readonly<Record<string, string>> = Object.fromEntries(
  ["a", "b", "c"].flatMap((name) => [
    [`${name}.env`, `${name.toUpperCase()}=${name}\nLAST=${name}\n`],
    [`${name}.labels`, `${name}=${name}\nlast=${name}\n`],
  ]),
);

/** The two files of some merges, each under a key of its own; `named`: what sections are called. */
export function filesOf(some: readonly Merge[], containers: string): readonly [string, string] {
  const file = (which: "base" | "over"): string => {
    const sections = Map.groupBy(some.entries(), ([, { section }]) => section);
    const lines = [...sections].flatMap(([section, all]) => [
      `${section === "services" ? containers : section}:`,
      ...all.flatMap(([index, merge]) => [
        `  k${index}:`,
        ...(section === "services" ? ["    image: busybox"] : []),
        `    ${merge.attribute}: ${which === "over" ? (merge.tag ?? "") : ""} ${JSON.stringify(merge[which])}`,
      ]),
    ]);
    return `${["name: shop", ...lines].join("\n")}\n`;
  };
  return [file("base"), file("over")];
}

/** Compose leaves out what no service uses. */
function used(some: readonly Merge[]): string {
  const keys = (section: Section) =>
    [...some.entries()].flatMap(([index, merge]) =>
      merge.section === section ? [`k${index}`] : [],
    );
  const user = {
    image: "busybox",
    networks: keys("networks"),
    volumes: keys("volumes").map((key) => `${key}:/${key}`),
    configs: keys("configs"),
    secrets: keys("secrets"),
  };
  return JSON.stringify({ name: "shop", services: { user } });
}

/** An entry without what Compose's output adds, or spells otherwise than it reads it. */
function told(entry: JsonObject): JsonObject {
  const { image: _, command, entrypoint, deploy, volumes, blkio_config: blkio, ...rest } = entry;
  const { placement: __, ...deployed } = record(deploy);
  const mounts = list(volumes).map((each) => {
    const { bind, ...mount } = record(each);
    const { create_host_path: ___, ...own } = record(bind);
    return { ...mount, ...(Object.keys(own).length > 0 && { bind: own }) };
  });
  const lower = JSON.stringify(blkio)?.replace(/"(Path|Rate|Weight)":/g, (key) =>
    key.toLowerCase(),
  );
  return {
    ...rest,
    ...(command === null || command === undefined ? {} : { command }),
    ...(entrypoint === null || entrypoint === undefined ? {} : { entrypoint }),
    ...(deploy === undefined ? {} : { deploy: deployed }),
    ...(volumes === undefined ? {} : { volumes: mounts }),
    ...(blkio === undefined ? {} : { blkio_config: JSON.parse(lower) as JsonObject }),
  };
}

/** What Compose merges each to: all of the entry; `null` where it refuses it. */
export function merged(all: readonly Merge[]): (JsonObject | null)[] {
  const flags = ["--no-consistency"];

  // What one attribute's values are refused for concerns no other's.
  const groups = Map.groupBy(all, ({ section, attribute }) => `${section}.${attribute}`);
  const ask = (some: readonly Merge[]) => {
    const [base, over] = filesOf(some, "services");
    const files = { ...BESIDE, "a.yaml": base, "b.yaml": over, "c.yaml": used(some) };
    const made = config(files, ["a.yaml", "b.yaml", "c.yaml"], ...flags);
    return (
      made &&
      some.map(({ section }, index) => {
        return told(record(record(made[section])[`k${index}`]));
      })
    );
  };
  return [...groups.values()].flatMap((group) => answers(group, ask));
}
