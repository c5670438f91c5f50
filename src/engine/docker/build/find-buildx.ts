import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { record, texts } from "../../../attributes/values/json.ts";
import type { ObservedState } from "../../../model/observed-state.ts";
import { configFolder } from "../connection/docker-context.ts";
import type { Endpoint } from "../connection/endpoint.ts";
import type { ClientEnvironment } from "../connection/environment.ts";

/** The `docker buildx` plugin, run as a program of its own. */
export interface Buildx {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of the program; `undefined` if it is not installed. */
  program(): string | undefined;
}

/** Folders where Docker's packages install plugins (docker/cli, "cli-plugins/manager"). */
const FOLDERS = [
  ...["/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins"],
  ...["/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins"],
];

type Around = Pick<ClientEnvironment, "env" | "home" | "readFile">;

/**
 * Searches in the order of Docker's CLI: `cliPluginsExtraDirs` of its config file, its config
 * folder, the system's folders; then the PATH.
 */
export function buildxOf(around: Around): Buildx {
  const { env } = around;
  const windows = process.platform === "win32";
  const name = windows ? "docker-buildx.exe" : "docker-buildx";
  const paths = (env.PATH ?? "").split(delimiter).filter(Boolean);
  const system = windows
    ? [env.ProgramData, env.ProgramFiles].flatMap((folder) =>
        folder ? [join(folder, "Docker/cli-plugins")] : [],
      )
    : FOLDERS;
  const own = join(configFolder(around), "cli-plugins");
  return {
    env,
    program: () =>
      [...extraFolders(around), own, ...system, ...paths]
        .map((folder) => join(folder, name))
        .find(isProgram),
  };
}

/** An invalid config file is reported by the commands that require it. */
function extraFolders(around: Around): readonly string[] {
  try {
    const text = around.readFile(join(configFolder(around), "config.json")) ?? "{}";
    return texts(record(JSON.parse(text)).cliPluginsExtraDirs);
  } catch {
    return [];
  }
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
 * Chooses the builder for an engine. `DOCKER_BUILDKIT=0` selects the classic builder, as in
 * Docker's CLI. So do engines without BuildKit, which are not Docker's, and TLS without a CA of its
 * own, which buildx does not support; the reason is then in `withoutBuildKit`.
 */
export function builderOf(
  server: string,
  buildx: Buildx,
  endpoint: Endpoint,
): Pick<ObservedState, "builder" | "withoutBuildKit"> {
  const classic = (why?: string) =>
    ({ builder: "classic", ...(why && { withoutBuildKit: why }) }) as const;
  if (buildx.env.DOCKER_BUILDKIT === "0") return classic();
  if (!server.startsWith("Docker/")) return classic("the engine is not Docker's");
  if (endpoint.kind === "tcp" && endpoint.tls?.verify && endpoint.tls.ca === undefined)
    return classic("docker buildx needs a CA of its own for this connection");
  if (buildx.program() === undefined) return classic("docker buildx was not found");
  return { builder: "buildkit" };
}
