/**
 * How a failed call is retried. `safe`: repeat the call; `ambiguous`: inspect the object first, and
 * repeat only if the change was not made; `no`: fail.
 */
export type Retry = "safe" | "ambiguous" | "no";

interface Rule {
  readonly code: string;
  /** Matching statuses; absent: any status, and errors inside a stream. */
  readonly status?: readonly number[];
  /** Lower-case fragments of the engine's message, one of which must occur; absent: any message. */
  readonly says?: readonly string[];
  readonly retry: Retry;
  /** Milliseconds for which a retry is worth it; absent: no retry. */
  readonly patience?: number;
  /** Replaces the engine's message. */
  readonly message?: string;
  readonly hint?: string;
}

/**
 * The engine's error responses and how each is retried (carried out by retry-step.ts). The first
 * match applies. Messages are those of 20.10 to 28 and of Podman; case and prefixes differ between
 * releases, hence the substrings.
 */
const REFUSALS = [
  {
    code: "no-space",
    says: ["no space left on device"],
    retry: "no",
    hint: "Free space on the engine's disk (`docker system df` shows what uses it).",
  },
  {
    code: "rate-limited",
    says: ["toomanyrequests", "too many requests"],
    retry: "safe",
    patience: 20_000,
    hint: "The registry limits pulls: wait, log in, or use a mirror.",
  },
  {
    code: "registry-denied",
    says: [
      "pull access denied",
      "unauthorized: ",
      "no basic auth credentials",
      "requested access to the resource is denied",
      ...["401 unauthorized", "403 forbidden", "failed to authorize"],
    ],
    retry: "no",
    hint: "Check the image's name, and log in to its registry with `docker login`.",
  },
  {
    code: "registry-tls",
    says: ["x509: ", "server gave http response to https client"],
    retry: "no",
    hint: "The engine must trust the registry: put its CA into /etc/docker/certs.d/HOST:PORT/ca.crt on the engine's machine.",
  },
  {
    code: "registry-unreachable",
    status: [500, 502, 503, 504],
    says: [
      "dial tcp",
      "i/o timeout",
      "tls handshake timeout",
      "no such host",
      "client.timeout exceeded",
      // A connection lost in the response, before it, or in its head (Go's net/http).
      ...["unexpected eof", '": eof', "transport connection broken"],
      "connection reset by peer",
    ],
    retry: "safe",
    patience: 8_000,
    hint: "The engine (not this machine) must reach the registry.",
  },
  {
    code: "image-unknown",
    says: [
      ...["manifest unknown", "no matching manifest", "no match for platform", "manifest for "],
      "failed to resolve reference",
    ],
    retry: "no",
    hint: "The registry has no such tag, or not for this platform.",
  },
  { code: "image-missing", status: [404], says: ["no such image"], retry: "ambiguous" },
  {
    code: "command-missing",
    says: ["executable file not found", "no such file or directory: unknown"],
    retry: "no",
    hint: "The image has no such program: check `command` and `entrypoint`.",
  },
  {
    code: "command-denied",
    says: ["permission denied: unknown", "exec format error"],
    retry: "no",
    hint: "The program is not executable, or made for another platform.",
  },
  {
    code: "port-taken",
    says: [
      "port is already allocated",
      "failed to bind host port",
      "bind: address already in use",
      "ports are not available",
    ],
    retry: "ambiguous",
    patience: 3_000,
    hint: "Something else listens on this port of the host: publish another one, or stop it.",
  },
  {
    code: "network-overlap",
    says: ["pool overlaps"],
    retry: "no",
    hint: "Another network uses this subnet: choose another in `ipam`, or remove that network.",
  },
  {
    code: "address-taken",
    status: [403],
    says: ["address already in use"],
    retry: "ambiguous",
    patience: 3_000,
    hint: "Another container of the network has this address.",
  },
  {
    code: "bind-missing",
    says: ["bind source path does not exist"],
    retry: "no",
    hint: "Bind mounts need an existing path on the engine's machine.",
  },
  {
    code: "read-only",
    says: ["rootfs is marked read-only", "volume is marked read-only"],
    retry: "no",
  },
  {
    code: "no-manager",
    status: [503],
    says: ["not a swarm manager"],
    retry: "no",
    hint: "Connect to a swarm manager, or run `docker swarm init`.",
  },
  {
    code: "name-taken",
    says: ["is already in use by container", "is already in use", "network with name"],
    status: [409, 500],
    retry: "ambiguous",
    patience: 8_000,
  },
  { code: "being-removed", says: ["is already in progress"], retry: "safe", patience: 30_000 },
  { code: "being-removed", says: ["marked for removal"], retry: "ambiguous", patience: 30_000 },
  {
    code: "endpoints-active",
    says: ["active endpoints"],
    retry: "safe",
    patience: 5_000,
    hint: "Containers are still attached to this network.",
  },
  { code: "already-connected", says: ["already exists in network"], retry: "ambiguous" },
  { code: "not-connected", says: ["is not connected to"], retry: "ambiguous" },
  { code: "not-running", status: [409], says: ["is not running"], retry: "ambiguous" },
  { code: "not-paused", says: ["is not paused"], retry: "ambiguous" },
  { code: "paused", status: [409], says: ["is paused"], retry: "ambiguous" },
  {
    code: "in-use",
    status: [409],
    says: ["in use", "being used", "running container", "container is running"],
    retry: "ambiguous",
    patience: 4_000,
  },
  {
    code: "cancelled",
    says: ["context canceled", "invalid output path"],
    retry: "ambiguous",
    patience: 30_000,
  },
  {
    code: "api-too-old",
    status: [400],
    says: ["is too new. maximum supported"],
    retry: "no",
    hint: "Update the engine: Docker 20.10 is the oldest that works.",
  },
  {
    code: "api-too-new",
    status: [400],
    says: ["is too old. minimum supported"],
    retry: "no",
    hint: "Update stack: this engine no longer speaks the API that it uses.",
  },
  {
    code: "tls",
    status: [400],
    says: ["http request to an https server"],
    retry: "no",
    message: "the engine expects TLS",
    hint: "Set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to its certificates.",
  },
  // Sent for a start during a stop, when it is not true.
  { code: "not-modified", status: [304], retry: "ambiguous", patience: 10_000 },
  { code: "registry-denied", status: [401], retry: "no", hint: "Log in with `docker login`." },
  { code: "forbidden", status: [403], retry: "no" },
  { code: "not-found", status: [404], retry: "ambiguous" },
  { code: "conflict", status: [409], retry: "ambiguous" },
  { code: "unavailable", status: [429, 502, 503, 504], retry: "safe", patience: 60_000 },
  { code: "refused", retry: "no" },
] as const satisfies readonly Rule[];

/** Codes of error responses. */
export type RefusalCode = (typeof REFUSALS)[number]["code"];

/** The first matching rule; the last rule matches everything. */
export function matchRefusal(
  status: number | undefined,
  text: string,
): Rule & { code: RefusalCode } {
  const lower = text.toLowerCase();
  const rules: readonly (Rule & { code: RefusalCode })[] = REFUSALS;
  const holds = (rule: Rule) =>
    !rule.status || (status === undefined ? Boolean(rule.says) : rule.status.includes(status));
  const fits = (rule: Rule) =>
    holds(rule) && (!rule.says || rule.says.some((part) => lower.includes(part)));
  return rules.find(fits) ?? { code: "refused", retry: "no" };
}
