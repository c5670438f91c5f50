import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Builder } from "../../model/build.ts";
import { configFolder } from "./context.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Surroundings } from "./surroundings.ts";

/** `docker buildx`, as a program of its own. */
export interface Buildx {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Its path; `undefined`: it is not installed. */
  program(): string | undefined;
}

/** Where Docker's packages put plugins (docker/cli, "cli-plugins/manager"). */
const FOLDERS = [
  ...["/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins"],
  ...["/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins"],
];

/** Looks where Docker's client does: its config folder, the system's folders, then the PATH. */
export function buildxOf(around: Pick<Surroundings, "env" | "home">): Buildx {
  const { env } = around;
  const paths = (env.PATH ?? "").split(delimiter).filter(Boolean);
  const name = process.platform === "win32" ? "docker-buildx.exe" : "docker-buildx";
  return {
    env,
    program: () =>
      [join(configFolder(around), "cli-plugins"), ...FOLDERS, ...paths]
        .map((folder) => join(folder, name))
        .find(isProgram),
  };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * What builds on an engine. `DOCKER_BUILDKIT=0` asks for the classic builder, as of Docker's own
 * client; engines that are not Docker's have no BuildKit inside; and Docker's client, which buildx
 * goes by, knows no TLS without a CA of its own.
 */
export function builderOf(server: string, buildx: Buildx, endpoint: Endpoint): Builder {
  if (buildx.env.DOCKER_BUILDKIT === "0" || !server.startsWith("Docker/")) return "classic";
  if (endpoint.kind === "tcp" && endpoint.tls?.verify && endpoint.tls.ca === undefined)
    return "classic";
  return buildx.program() === undefined ? "classic" : "buildkit";
}
