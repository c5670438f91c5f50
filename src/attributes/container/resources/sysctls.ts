import type { Json } from "../../../model/json.ts";
import { attribute } from "../../core/attribute.ts";
import { hostConfig } from "../../core/codecs.ts";
import { must, pairs, parsePairs } from "../../core/shapes.ts";
import { isMap, record } from "../../values/json.ts";

const MEMORY = [
  "msgmax",
  "msgmnb",
  "msgmni",
  "sem",
  "shmall",
  "shmmax",
  "shmmni",
  "shm_rmid_forced",
];

/**
 * The namespace that has a kernel parameter of its own (runc, "validate sysctls"), by the attribute that says
 * whose that is; `undefined`: it is the whole host's, and a runtime sets it for nobody.
 */
export function namespaceOf(parameter: string): "network_mode" | "ipc" | "uts" | undefined {
  const name = dotted(parameter);
  if (name.startsWith("net.")) return "network_mode";
  if (name.startsWith("fs.mqueue.")) return "ipc";
  const [first, second = ""] = name.split(/\.(.*)/s);
  if (first !== "kernel") return undefined;
  if (second === "domainname") return "uts";
  return MEMORY.includes(second) ? "ipc" : undefined;
}

const dotted = (parameter: string): string =>
  /^[^./]*\//.test(parameter) ? parameter.replace(/[./]/g, swapped) : parameter;

/** The parameter's path below /proc/sys, in which `default` stands for each interface; empty parts are none. */
export function pathOf(parameter: string): string {
  return dotted(parameter)
    .split(".")
    .map((part) => part.replaceAll("/", "."))
    .filter((part) => part !== "")
    .join("/")
    .replace(/^(net\/\w+\/(?:conf|neigh)\/)(?!all\/)[^/]+/, "$1default");
}

/** Whether it is one of an interface that only the container has, which engines from API 1.48 take elsewhere. */
export const isOfInterface = (parameter: string): boolean =>
  /^net\.\w+\.(conf|neigh)\.eth/.test(dotted(parameter));

/** With slashes between its parts, dots belong to the parts (sysctl.d(5)). */
const swapped = (separator: string): string => (separator === "/" ? "." : "/");

/** Parameters of the network that the whole host has, or of which a container sees only the value (Linux 6.18). */
const HOSTS = new RegExp(
  `^net\\.(${[
    "core\\.(bpf_jit_.*|busy_(poll|read)|default_qdisc|dev_weight.*|devconf_inherit_init_net|fb_tunnels_only_for_init_net)",
    "core\\.(flow_limit_.*|gro_normal_batch|high_order_alloc_disable|max_skb_frags|mem_pcpu_rsv|message_(burst|cost))",
    "core\\.(netdev_.*|rps_sock_flow_entries|skb_defer_max|warnings|[rw]mem_(default|max))",
    "ipv4\\.(cipso_.*|fib_sync_mem|inet_peer_.*|ipfrag_secret_interval|tcp_available_.*|tcp_allowed_congestion_control)",
    "ipv4\\.(tcp_low_latency|tcp_max_orphans|tcp_mem|udp_mem|tcp_ehash_entries|udp_hash_entries)",
    "ipv4\\.route\\.(error_.*|gc_.*|max_size|redirect_.*)",
    "ipv6\\.(calipso_.*|ip6frag_secret_interval|mld_max_msf|mld_qrv)",
    "netfilter\\.(nf_log_all_netns|nf_conntrack_(buckets|count|expect_max|max))|nf_conntrack_max",
    "mptcp\\.available_.*",
  ].join("|")})$`,
);

/** Parameters that hold texts; all others are lists of numbers. */
const TEXTS =
  /^(kernel\.domainname|net\.(?!core\.|ipv4\.|ipv6\.|unix\.|netfilter\.|bridge\.|mptcp\.).*)$|(congestion_control|fastopen_key|stable_secret|reserved_ports|ratemask|rps_default_mask|scheduler|path_manager)$|\.nf_log\./;
/** As the kernel reads them, in its three bases. */
const NUMBERS = /^\s*(-?(0x[\da-f]+|\d+)(\s+|$))*$/i;
const PORTS = /^(\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*)?\s*$/;
const LARGEST_PORT = 65_535;
const LARGEST = 2 ** 32 - 1;

/** Bounds of the kernel for each number of a value, the same on all of its versions. */
const BOUNDS: Readonly<Record<string, readonly [number, number]>> = {
  "net.core.somaxconn": [0, 2 ** 31 - 1],
  "net.ipv4.ip_unprivileged_port_start": [0, LARGEST_PORT],
  "net.ipv4.ip_local_port_range": [1, LARGEST_PORT],
  "net.ipv4.ip_default_ttl": [1, 255],
  "net.ipv4.ip_forward": [-(2 ** 31), 2 ** 31 - 1],
  "net.ipv4.ping_group_range": [0, LARGEST - 1],
  "net.ipv4.tcp_syn_retries": [1, 127],
  "net.ipv4.tcp_tw_reuse": [0, 2],
  "net.ipv4.tcp_rmem": [1, 2 ** 31 - 1],
  "net.ipv4.tcp_wmem": [1, 2 ** 31 - 1],
  "kernel.msgmax": [0, 2 ** 31 - 1],
  "kernel.msgmni": [0, 2 ** 24],
  "kernel.shmall": [0, 2 ** 64],
  "kernel.shmmax": [0, 2 ** 64],
  "kernel.shmmni": [0, 2 ** 24],
  "kernel.shm_rmid_forced": [0, 1],
  "fs.mqueue.msg_default": [1, 65_536],
  "fs.mqueue.msg_max": [1, 65_536],
  "fs.mqueue.msgsize_default": [128, 2 ** 24],
  "fs.mqueue.msgsize_max": [128, 2 ** 24],
};

/** What the kernel refuses to be written there (EINVAL at the container's start); `undefined`: nothing is known. */
function valueFault(parameter: string, value: string): string | undefined {
  const name = dotted(parameter);
  if (name.endsWith("reserved_ports")) {
    const ports = value.split(/[-,]/).map(Number);
    return PORTS.test(value) && ports.every((port) => port <= LARGEST_PORT)
      ? undefined
      : "ports and ranges of them, for example 8080,9000-9010";
  }
  if (TEXTS.test(name)) return undefined;
  if (!NUMBERS.test(value)) return "a number, or several with blanks between them";
  const numbers = value.trim() === "" ? [] : value.trim().split(/\s+/).map(numberOf);
  const wide = /^kernel\.sh|mem$/.test(name);
  const [least, most] = BOUNDS[name] ?? (wide ? [-Infinity, Infinity] : [-(2 ** 31), LARGEST]);
  if (!numbers.every((each) => each >= least && each <= most)) return `${least} to ${most}`;
  const [first = 0, last = first] = numbers;
  const range = name.endsWith(".ip_local_port_range");
  return range && last < first ? "the lower port first" : undefined;
}

const numberOf = (word: string): number =>
  /^-/.test(word)
    ? -numberOf(word.slice(1))
    : /^0[0-7]+$/.test(word)
      ? Number.parseInt(word, 8)
      : Number(word);

function parse(authored: Json): Readonly<Record<string, string>> {
  const all = parsePairs(authored, (key) => {
    const name = dotted(key);
    if (name === "kernel.hostname") return "`kernel.hostname` is what `hostname` says";
    const own = namespaceOf(key) !== undefined && pathOf(key).split("/").length > 1;
    return own && !HOSTS.test(name)
      ? undefined
      : `\`${key}\` is no kernel parameter that a container has of its own`;
  });
  for (const [index, [name, value]] of Object.entries(all).entries()) {
    const fault = valueFault(name, value);
    must(fault === undefined, `\`${value}\` cannot be \`${name}\``, {
      hint: `it takes ${fault}`,
      path: [isMap(authored) ? name : index],
    });
  }
  return all;
}

export const sysctls = {
  sysctls: attribute<Readonly<Record<string, string>>>({
    description:
      "Kernel parameters of the container's namespaces: `net.*`, `fs.mqueue.*` and some of `kernel.*`.",
    schema: pairs,
    examples: [{ "net.ipv4.ip_unprivileged_port_start": 0 }, ["net.core.somaxconn=1024"]],
    absent: { is: "value", value: {} },
    merge: "pairs",
    parse,
    docker: hostConfig("Sysctls", { from: (json) => record(json) as Record<string, string> }),
  }),
};
