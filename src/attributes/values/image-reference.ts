import { Invalid } from "./invalid.ts";

const REFERENCE =
  /^(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;
const MIRROR = /^[a-zA-Z0-9.-]+(?::\d+)?(?:\/[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)?$/;

/** An image reference: repository[:tag][@digest] (distribution's reference grammar). Throws `Invalid`. */
export function imageReference(source: string): string {
  if (REFERENCE.test(source)) return source;
  throw new Invalid(`\`${source}\` is no image reference`, {
    hint: "write repository[:tag][@digest], the repository in lower case",
  });
}

/** A registry that holds copies: `host[:port][/prefix]`. Throws `Invalid`. */
export function mirrorHost(host: string): string {
  // A first part that could be a user's name of Docker Hub is one (`splitReference`).
  if (MIRROR.test(host) && splitReference(`${host}/x`).host !== "docker.io") return host;
  const hint = "write host[:port][/prefix], the host with a dot or a port, without https://";
  throw new Invalid(`\`${host}\` is no registry`, { hint });
}

/** A reference in its parts; together they name the same image as the text. */
export interface Reference {
  /** As it was written: `busybox`, `ghcr.io/a/b`. */
  readonly repository: string;
  /** The registry that holds it: `docker.io` where none is named. */
  readonly host: string;
  /** Its path there: `library/busybox`, `a/b`. */
  readonly path: string;
  /** Absent: none is named. */
  readonly tag?: string;
  /** `sha256:...` */
  readonly digest?: string;
}

const HUB = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/** Distribution's rule: what precedes the first slash is a host if it has a dot, a port, or is localhost. */
export function splitReference(text: string): Reference {
  const [named = "", digest] = text.split("@");
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.lastIndexOf("/");
  const repository = tagged ? named.slice(0, colon) : named;
  const slash = repository.indexOf("/");
  const first = repository.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const host = isHost && !HUB.has(first) ? first : "docker.io";
  const rest = isHost ? repository.slice(slash + 1) : repository;
  return {
    repository,
    host,
    path: host === "docker.io" && !rest.includes("/") ? `library/${rest}` : rest,
    ...(tagged ? { tag: named.slice(colon + 1) } : {}),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The registry and its path, which is the same for all ways to write it: `docker.io/library/busybox`. */
export function repositoryOf(reference: string): string {
  const { host, path } = splitReference(reference);
  return `${host}/${path}`;
}

/** The same content under a mirror: `mirror/prefix/library/busybox`. */
export function onMirror(mirror: string, { path }: Reference): string {
  return `${mirror}/${path}`;
}
