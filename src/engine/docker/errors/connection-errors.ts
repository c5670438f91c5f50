import type { Retry } from "./api-errors.ts";

interface Fault {
  readonly errors: readonly string[];
  readonly code: string;
  readonly message: (endpoint: string, detail: string) => string;
  readonly hint?: string;
  readonly retry?: Retry;
}

const unreachable = (why: string) => (endpoint: string) =>
  `no engine answers at ${endpoint}: ${why}`;
const CHOOSE = "Name another one with --host, --context or DOCKER_HOST.";

/** Connection failures by Node's error code. Each occurs before the call has any effect. */
const FAULTS = [
  {
    errors: ["ENOENT"],
    code: "unreachable",
    message: unreachable("there is no such socket"),
    hint: `Is Docker installed and running? ${CHOOSE}`,
  },
  {
    errors: ["ECONNREFUSED"],
    code: "unreachable",
    message: unreachable("nothing listens there"),
    hint: `Start Docker. ${CHOOSE}`,
  },
  {
    errors: ["EACCES", "EPERM"],
    code: "permission",
    retry: "no",
    message: (endpoint) => `no permission to use the engine at ${endpoint}`,
    hint: "Add your user to the `docker` group (`sudo usermod -aG docker $USER`) and log in again.",
  },
  {
    errors: ["ENOTFOUND", "EAI_AGAIN"],
    code: "unreachable",
    message: unreachable("the host's name can't be resolved"),
    hint: CHOOSE,
  },
  {
    errors: ["EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"],
    code: "unreachable",
    message: unreachable("the host can't be reached"),
    hint: CHOOSE,
  },
  {
    errors: ["ENAMETOOLONG", "EINVAL", "ENOTSOCK"],
    code: "unreachable",
    retry: "no",
    message: unreachable("that is not a usable socket path"),
    hint: CHOOSE,
  },
  {
    errors: ["SSH"],
    code: "unreachable",
    message: (endpoint, detail) => `no engine answers at ${endpoint}: ${detail}`,
    hint: "Try `ssh HOST docker version` by hand: it must work without a password.",
  },
  {
    errors: [
      "CERT_HAS_EXPIRED",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "CERT_SIGNATURE_FAILURE",
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
    code: "tls",
    retry: "no",
    message: (endpoint, detail) => `the certificate of ${endpoint} can't be trusted: ${detail}`,
    hint: "Check ca.pem in DOCKER_CERT_PATH or in the context, and the host's name.",
  },
  {
    errors: ["EPROTO"],
    code: "tls",
    retry: "no",
    message: (endpoint) => `${endpoint} does not speak TLS as asked`,
    hint: "Check the port, DOCKER_TLS_VERIFY, and the client's certificate.",
  },
] as const satisfies readonly Fault[];

export type FaultCode = (typeof FAULTS)[number]["code"] | "cut";

interface Told {
  readonly code: FaultCode;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Absent: it depends on the call. */
  readonly retry?: Retry | undefined;
}

/** Describes a connection failure. */
export function matchFault(cause: unknown, connecting: boolean, endpoint: string): Told {
  const error: NodeJS.ErrnoException = cause instanceof Error ? cause : new Error(String(cause));
  const detail = speaksNoHttp(error) ? "what it says is no HTTP" : within(error.message);
  // OpenSSL's error codes are many; a rejected client certificate is reported after connecting.
  const name = error.code?.startsWith("ERR_SSL_") ? "EPROTO" : (error.code ?? "");
  const rules: readonly (Fault & { readonly code: FaultCode })[] = FAULTS;
  const rule = rules.find(({ errors }) => errors.includes(name));
  if (rule && (connecting || rule.code === "tls"))
    return { ...rule, message: rule.message(endpoint, detail) };
  if (connecting)
    return { code: "unreachable", message: unreachable(detail)(endpoint), hint: CHOOSE };
  return { code: "cut", message: `the connection to ${endpoint} was cut: ${detail}` };
}

/** True for errors of Node's HTTP parser, which has codes of its own. */
export const speaksNoHttp = (cause: unknown): boolean =>
  cause instanceof Error && String((cause as NodeJS.ErrnoException).code).startsWith("HPE_");

/** Longest text kept of an external message, in characters. */
const LONGEST = 1 << 16;

/**
 * External text, limited in length but otherwise unchanged: sensitive values are redacted later.
 */
export const within = (text: string): string => text.trim().slice(0, LONGEST);

/** External text on one line, without control characters, at most 500 characters. */
export function cutText(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length > 500 ? `${line.slice(0, 499)}…` : line;
}
