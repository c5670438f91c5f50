import http from "node:http";
import https from "node:https";
import tls from "node:tls";
import type { JsonObject } from "../../../model/json.ts";
import type { Certificates } from "./certificates.ts";

export interface Call {
  readonly url: string;
  /** Value of `Authorization`; empty for none. */
  readonly authorization: string;
  /** Form fields; if present, the request is a POST. */
  readonly form?: Readonly<Record<string, string>>;
  readonly certificates: Certificates;
  /** `false` accepts any server certificate. */
  readonly verify: boolean;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  header(name: string): string;
  /** The body; empty if it is not a JSON object. */
  readonly json: JsonObject;
}

/** Bytes; a thousand tags have some ten thousand. */
const LONGEST = 16 << 20;

/**
 * Calls a registry. Redirections are not followed: the login must not be sent elsewhere. Rejects
 * with the connection's error.
 */
export async function call({ url, authorization, form, signal, ...trust }: Call): Promise<Answer> {
  const body = form && new URLSearchParams(form).toString();
  const options = {
    method: form ? "POST" : "GET",
    headers: {
      ...(authorization === "" ? {} : { authorization }),
      ...(form ? { "content-type": "application/x-www-form-urlencoded" } : {}),
    },
    // No keep-alive: a command makes few calls.
    agent: false,
    signal,
  } as const;
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = url.startsWith("https:")
      ? https.request(url, { ...options, ...tlsOptions(trust) })
      : http.request(url, options);
    request.on("response", resolve).on("error", reject).end(body);
  });
  let text = "";
  for await (const part of answer.setEncoding("utf8")) {
    text += part;
    if (text.length > LONGEST) throw new Error("it answers without an end");
  }
  return {
    status: answer.statusCode ?? 0,
    header: (name) => [answer.headers[name] ?? ""].flat().join(", "),
    json: objectOf(text),
  };
}

function tlsOptions({
  certificates: { ca, cert, key },
  verify,
}: Pick<Call, "certificates" | "verify">) {
  return {
    rejectUnauthorized: verify,
    // `ca` replaces the default authorities.
    ...(ca.length > 0 ? { ca: [...trustedAnyway(), ...ca] } : {}),
    ...(cert.length > 0 ? { cert: [...cert], key: [...key] } : {}),
  };
}

/** The default authorities. Node below 22.15 cannot report those of NODE_EXTRA_CA_CERTS. */
const trustedAnyway = (): readonly string[] =>
  tls.getCACertificates?.("default") ?? tls.rootCertificates;

function objectOf(text: string): JsonObject {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? (json as JsonObject) : {};
  } catch {
    return {};
  }
}
